"""Some rows of a run's output to a file: those a filter shows, those that are selected.

All of them: `ScreenRows.export`.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from console.backend.rows import ScreenRows
from console.backend.search import plain

if TYPE_CHECKING:
    from pathlib import Path

_PAGE = 1024


def export(run_dir: Path, path: Path, numbers: Sequence[int], *, clean: bool) -> int:
    """Writes settled rows, in ascending order, to `path`; how many there were.

    It is there whole or not at all; `clean` leaves the colours out. Opens files of its own: for a
    thread. Raises OSError.
    """
    part, count = path.with_name(f".{path.name}.part"), 0
    source = ScreenRows(run_dir)
    try:
        source.tell(source.count(), ())
        with part.open("wb") as file:
            for rows in _pages(source, numbers):
                block = b"".join(row + b"\n" for row in rows)
                file.write(plain(block) if clean else block.replace(b"\x1e", b""))
                count += len(rows)
        os.replace(part, path)
    finally:
        source.close()
        part.unlink(missing_ok=True)
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
