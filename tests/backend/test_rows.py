"""Rows read from screen.* files equal the rows written there, however the files lie."""

from __future__ import annotations

import random
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.backend.rows import ScreenRows
from console.backend.rows_index import GRAIN
from console.core.sources import RowSource, SearchPattern


def write(
    folder: Path, rows: list[bytes], cuts: tuple[int, ...] = (), index: str = "full"
) -> list[bytes]:
    """Segments beginning at row 0 and at each of `cuts`, and an index: full, half or none."""
    folder.mkdir(exist_ok=True)
    bounds = [0, *cuts, len(rows)]
    for first, end in pairwise(bounds):
        text = b"".join(row + b"\n" for row in rows[first:end])
        (folder / f"screen.{first:020d}.log").write_bytes(text)
    entries, offset = [(0, 0)], 0
    for number, row in enumerate(rows):
        if offset - entries[-1][1] >= GRAIN:
            entries.append((number, offset))
        offset += len(row) + 1
    kept = {"full": entries, "half": entries[: len(entries) // 2 + 1], "none": []}[index]
    if kept:
        data = b"".join(struct.pack("<QQ", *entry) for entry in kept)
        (folder / "screen.idx").write_bytes(data)
    return rows


def training_rows(count: int) -> list[bytes]:
    return [
        b"Epoch %d | Batch %d | Loss: 0.%04d | Expert-0: 0.021" % (n // 100, n, n * 7 % 9999)
        + b" |" * (n % 40)
        for n in range(count)
    ]


ROWS = training_rows(9000)


@pytest.fixture(params=["full", "half", "none"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> ScreenRows:
    write(tmp_path, ROWS, (3000, 3001, 7777), request.param)
    return ScreenRows(tmp_path)


def test_a_page_anywhere_equals_the_lines_there(source: ScreenRows) -> None:
    chance = random.Random(1)
    for _ in range(300):
        first, count = chance.randrange(len(ROWS) + 50), chance.randrange(1, 80)
        assert source.rows(first, count) == ROWS[first : first + count]
    assert source.count() == len(ROWS)
    assert source.rows(0, len(ROWS)) == ROWS


def test_the_tail_is_the_end(source: ScreenRows) -> None:
    assert source.tail(50) == ROWS[-50:]
    assert source.tail(10**6) == ROWS


@given(
    rows=st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")), max_size=60),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_any_rows_in_any_segments(
    rows: list[bytes], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cuts = data.draw(st.sets(st.integers(1, max(1, len(rows) - 1)), max_size=3))
    folder = tmp_path_factory.mktemp("rows")
    write(folder, rows, tuple(sorted(cut for cut in cuts if cut < len(rows))))
    source = ScreenRows(folder)
    first, count = data.draw(st.integers(0, 70)), data.draw(st.integers(0, 70))
    assert source.rows(first, count) == rows[first : first + count]
    assert source.count() == len(rows)
    source.close()


def test_no_files_are_no_rows(tmp_path: Path) -> None:
    source = ScreenRows(tmp_path)
    assert source.count() == 0
    assert source.rows(0, 10) == []
    assert source.tail(5) == []
    assert source.find(SearchPattern("x"), 0, forward=True) is None
    assert source.find(SearchPattern("x"), 0, forward=False) is None
    assert source.matches(SearchPattern("x"), 10) == []


def test_a_file_that_grows_is_seen_growing(tmp_path: Path) -> None:
    source = ScreenRows(tmp_path)
    path = tmp_path / f"screen.{0:020d}.log"
    for first in range(0, len(ROWS), 1000):
        with path.open("ab") as file:
            file.write(b"".join(row + b"\n" for row in ROWS[first : first + 1000]))
            file.write(b"half a ro")
            file.flush()
            assert source.count() == first + 1000
            assert source.tail(3) == ROWS[first + 997 : first + 1000]
            file.truncate(file.tell() - 9)
    (tmp_path / f"screen.{len(ROWS):020d}.log").write_bytes(b"in a new segment\n")
    assert source.tail(1) == [b"in a new segment"]
    assert source.count() == len(ROWS) + 1


def test_what_was_told_is_the_count_and_later_text_stays_unseen(tmp_path: Path) -> None:
    write(tmp_path, ROWS)
    source: RowSource = ScreenRows(tmp_path)
    assert isinstance(source, ScreenRows)
    source.tell(100, [b"progress"])
    assert source.count() == 100
    assert source.live() == [b"progress"]
    assert source.rows(90, 50) == ROWS[90:100]
    assert source.matches(SearchPattern("Batch"), 10**6) == list(range(100))


def test_files_cut_back_and_written_again_are_read_anew(tmp_path: Path) -> None:
    write(tmp_path, ROWS)
    source = ScreenRows(tmp_path)
    source.tell(len(ROWS), ())
    assert source.tail(2) == ROWS[-2:]
    kept = 4000
    other = ROWS[:kept] + [b"another " + row for row in ROWS[kept:]]
    write(tmp_path, other)
    source.tell(kept, ())
    source.tell(len(other), ())
    assert source.rows(0, len(other)) == other


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param(b"\x01" * 15, id="torn"),
        pytest.param(struct.pack("<QQQQ", 0, 0, 900, 65537), id="inside a row"),
        pytest.param(struct.pack("<QQQQ", 0, 0, 10**9, 10**15), id="beyond the text"),
        pytest.param(struct.pack("<QQQQ", 5, 5, 3, 3), id="backward"),
    ],
)
def test_a_damaged_index_is_not_believed(entries: bytes, tmp_path: Path) -> None:
    write(tmp_path, ROWS)
    (tmp_path / "screen.idx").write_bytes(entries)
    source = ScreenRows(tmp_path)
    assert source.rows(8000, 20) == ROWS[8000:8020]
    assert source.count() == len(ROWS)


def test_a_page_costs_the_same_at_the_end_of_a_long_log(tmp_path: Path) -> None:
    write(tmp_path, training_rows(60000))
    source = ScreenRows(tmp_path)
    read = 0
    plain_read = source._text.read

    def counting(offset: int, count: int) -> bytes:
        nonlocal read
        part = plain_read(offset, count)
        read += len(part)
        return part

    source.tell(60000, ())
    source.rows(59000, 1)
    source._text.read = counting  # type: ignore[method-assign]
    assert len(source.rows(45000, 60)) == 60
    assert read <= 3 * GRAIN


def test_rows_of_great_length_are_whole(tmp_path: Path) -> None:
    rows = [b"a" * (3 * GRAIN), b"", b"b" * GRAIN, b"end"]
    write(tmp_path, rows, index="none")
    source = ScreenRows(tmp_path)
    assert source.rows(0, 9) == rows


@pytest.mark.parametrize("clean", [True, False])
def test_an_export_is_the_whole_log(clean: bool, tmp_path: Path) -> None:
    rows = [b"\x1b[31mred\x1b[0m", b"\x1ePAUSED at step 7", *ROWS]
    write(tmp_path / "run", rows, (5000,))
    source = ScreenRows(tmp_path / "run")
    source.tell(len(rows) - 1, ())
    source.export(tmp_path / "log.txt", clean=clean)
    first = b"red" if clean else rows[0]
    expected = [first, b"PAUSED at step 7", *ROWS[:-1]]
    assert (tmp_path / "log.txt").read_bytes().splitlines() == expected
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_an_export_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    write(tmp_path / "run", ROWS)
    with pytest.raises(OSError, match="No such file"):
        ScreenRows(tmp_path / "run").export(tmp_path / "nowhere" / "log.txt")
