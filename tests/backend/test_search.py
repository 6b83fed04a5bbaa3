"""A search finds exactly the rows that a look at each row finds."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.backend.colours import plain
from console.backend.rows import ScreenRows
from console.backend.search import Matcher
from console.core.sources import SearchPattern
from tests.backend.test_rows import training_rows, write


def matching(rows: list[bytes], pattern: SearchPattern) -> list[int]:
    """The slow truth."""
    source = pattern.text if pattern.regex else re.escape(pattern.text)
    flags = re.IGNORECASE if pattern.ignore_case else re.NOFLAG
    search = re.compile(source, flags).search
    return [
        number for number, row in enumerate(rows) if search(plain(row).decode("utf-8", "replace"))
    ]


def mixed_rows() -> list[bytes]:
    rows = training_rows(9000)
    chance = random.Random(3)
    for text in (
        b"\x1b[31mCUDA out \x1b[1mof memory\x1b[0m",
        b"\x1ePAUSED at step 5",
        "GPU 67°C ✓ Größe ÄRGER".encode(),
        b"",
        b"[ERROR] nan",
    ):
        for _ in range(40):
            rows[chance.randrange(len(rows))] = text
    return rows


MIXED = mixed_rows()
PATTERNS = [
    SearchPattern("loss: 0.07"),
    SearchPattern("Loss: 0.07"),
    SearchPattern("LOSS"),
    SearchPattern("out of memory"),
    SearchPattern("paused"),
    SearchPattern("größe ä"),
    SearchPattern("Größe Ä"),
    SearchPattern("67°c"),
    SearchPattern("[error]"),
    SearchPattern("nowhere to be found"),
    SearchPattern(r"batch \d+7 \| loss", regex=True),
    SearchPattern(r"^PAUSED", regex=True),
    SearchPattern(r"memory$", regex=True),
    SearchPattern(r"gr.ße", regex=True),
    SearchPattern(r"0\.021\s+b", regex=True),
    SearchPattern(r"[^|]*out", regex=True),
    SearchPattern(r"^$", regex=True),
    SearchPattern(r"x*", regex=True),
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> ScreenRows:
    folder = tmp_path_factory.mktemp("search")
    write(folder, MIXED, (2500, 6000))
    return ScreenRows(folder)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.text)
def test_all_matches_are_found_and_no_others(source: ScreenRows, pattern: SearchPattern) -> None:
    expected = matching(MIXED, pattern)
    assert source.matches(pattern, 10**6) == expected
    assert source.matches(pattern, 3) == expected[:3]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.text)
def test_find_goes_to_the_nearest_in_either_direction(
    source: ScreenRows, pattern: SearchPattern
) -> None:
    expected = matching(MIXED, pattern)
    for start in (0, 1, 4321, len(MIXED) - 1):
        after = next((row for row in expected if row >= start), None)
        before = next((row for row in reversed(expected) if row <= start), None)
        assert source.find(pattern, start, forward=True) == after
        assert source.find(pattern, start, forward=False) == before


@given(
    rows=st.lists(st.text(alphabet="aAbäÄ|\x1b[1m ✓", max_size=8), max_size=20),
    text=st.text(alphabet="aAbäÄ| ✓", min_size=1, max_size=3),
)
@settings(max_examples=200, deadline=None)
def test_a_block_gives_its_matching_rows(rows: list[str], text: str) -> None:
    encoded = [row.encode() for row in rows]
    block = b"".join(row + b"\n" for row in encoded)
    pattern = SearchPattern(text)
    assert list(Matcher(pattern).rows(block)) == matching(encoded, pattern)


def test_a_search_hands_over_in_slices(source: ScreenRows) -> None:
    ticks = iter(range(10**9))
    source._clock = lambda: float(next(ticks))  # type: ignore[method-assign]
    try:
        portions = list(source.scan(SearchPattern("batch")))
    finally:
        del source._clock
    assert len(portions) > 100
    assert [row for part in portions for row in part] == matching(MIXED, SearchPattern("batch"))


def test_a_bad_expression_is_said_to_be_bad(source: ScreenRows) -> None:
    with pytest.raises(re.error):
        source.matches(SearchPattern("(", regex=True), 1)


def test_rows_that_came_later_do_not_prolong_a_search(tmp_path: Path) -> None:
    write(tmp_path, [b"hit"] * 10)
    source = ScreenRows(tmp_path)
    source.tell(4, ())
    assert source.matches(SearchPattern("hit"), 100) == [0, 1, 2, 3]
    assert list(source.scan(SearchPattern("hit"), 2)) == [[2, 3]]
