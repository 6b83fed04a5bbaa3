"""Some rows to a file."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from console.backend import rows_export
from console.backend.rows import ScreenRows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COUNT = 5000


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """5,000 rows in two segments; every tenth is red, every 500th ours."""
    folder = tmp_path / "run"
    folder.mkdir()
    rows = [row(number) + b"\n" for number in range(COUNT)]
    (folder / "screen.000000000000.log").write_bytes(b"".join(rows[:2000]))
    (folder / "screen.000000002000.log").write_bytes(b"".join(rows[2000:]) + b"not whole")
    return folder


def row(number: int) -> bytes:
    if number % 500 == 0:
        return b"\x1ePAUSED %d" % number
    if number % 10 == 0:
        return b"\x1b[31mrow %d\x1b[0m" % number
    return b"row %d " % number + b"x" * 100


@pytest.mark.parametrize(
    "numbers",
    [[], [0], [COUNT - 1], [3, 4, 1999, 2000, 4990], range(10, 4000), range(0, COUNT, 7)],
)
@pytest.mark.parametrize("clean", [True, False])
def test_the_rows_are_written_in_order(run: Path, numbers: Sequence[int], clean: bool) -> None:
    target = run.parent / "some.log"
    assert rows_export.export(run, target, numbers, clean=clean) == len(numbers)
    text = b"".join(row(number) + b"\n" for number in numbers).replace(b"\x1e", b"")
    if clean:
        text = text.replace(b"\x1b[31m", b"").replace(b"\x1b[0m", b"")
    assert target.read_bytes() == text


def test_rows_there_are_not_are_left_out(run: Path) -> None:
    target = run.parent / "some.log"
    assert rows_export.export(run, target, [4999, 5000, 9000], clean=True) == 1


def test_what_cannot_be_written_leaves_nothing(run: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        rows_export.export(run, run / "nowhere" / "some.log", [1], clean=True)
    assert sorted(path.name for path in run.parent.iterdir()) == ["run"]


@pytest.mark.parametrize("some", [True, False])
def test_what_others_put_beside_it_is_not_followed_and_nobody_else_may_read(
    run: Path, some: bool
) -> None:
    target, theirs = run.parent / "some.log", run.parent / "theirs"
    (run.parent / ".some.log.part").symlink_to(theirs)
    if some:
        rows_export.export(run, target, [1], clean=True)
    else:
        ScreenRows(run).export(target)
    assert target.read_bytes().startswith(row(1) if some else b"PAUSED 0")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert not theirs.exists()
