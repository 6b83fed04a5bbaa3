"""Some rows of a run's output to a file: those a filter shows, those that are selected.

All of them: `ScreenRows.export`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from console.backend.colours import plain
from console.backend.rows import ScreenRows
from console.backend.wholefile import whole

if TYPE_CHECKING:
    from pathlib import Path

_PAGE = 1024


def export(run_dir: Path, path: Path, numbers: Sequence[int], *, clean: bool) -> int:
    """Writes settled rows, in ascending order, to `path`; how many there were.

    It is there whole or not at all; `clean` leaves the colours out. Opens files of its own: for a
    thread. Raises OSError.
    """
    source, count = ScreenRows(run_dir), 0
    try:
        source.tell(source.count(), ())
        with whole(path) as file:
            for rows in _pages(source, numbers):
                block = b"".join(row + b"\n" for row in rows)
                file.write(plain(block) if clean else block.replace(b"\x1e", b""))
                count += len(rows)
    finally:
        source.close()
    return count


def _pages(source: ScreenRows, numbers: Sequence[int]) -> Iterator[list[bytes]]:
    place = 0
    while place < len(numbers):
        first = numbers[place]
        last = numbers[min(place + _PAGE, len(numbers)) - 1]
        page = source.rows(first, min(_PAGE, last - first + 1))
        if not page:
            return
        end = bisect_left(numbers, first + len(page), place)
        yield [page[number - first] for number in numbers[place:end]]
        place = end
