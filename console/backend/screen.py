"""Writes the clean rows: screen.<first row>.log, and screen.idx to find a row without counting.

An entry of the index is a row number and the byte where that row begins, counted over all
segments, both little-endian u64; there is one at the first row after each INDEX_BYTES of text.
"""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path
from typing import Any

from console.backend.appender import Appender
from console.keeper.rundir import SCREEN_INDEX

SEGMENT_BYTES = 1 << 30
INDEX_BYTES = 1 << 16
OWN_ROW = b"\x1e"
"""How a row of ours begins; the cleaner never lets a trainer print it."""

ENTRY = struct.Struct("<QQ")

_SEGMENT = re.compile(r"screen\.([0-9]{20})\.log")


def segment_name(first_row: int) -> str:
    """The name of the segment that begins with row `first_row`."""
    return f"screen.{first_row:020d}.log"


def segments(directory: Path) -> list[tuple[int, Path]]:
    """(first row, path) of every segment, ascending."""
    with os.scandir(directory) as entries:
        names = [entry.name for entry in entries]
    return sorted((int(m[1]), directory / m[0]) for m in map(_SEGMENT.fullmatch, names) if m)


class Screen:
    """The writer of a run's rows. `rows` counts those in the files, readable by everybody."""

    def __init__(self, directory: Path, position: dict[str, Any]) -> None:
        """Cuts the files back to a committed `position` ({} = nothing). Raises Shorter, OSError."""
        self._directory = directory
        self.rows: int = position.get("rows", 0)
        self._first: int = position.get("first", 0)
        self._base: int = position.get("base", 0)
        self._marked: int = position.get("marked", 0)
        self._added: int = self.rows
        for first, path in segments(directory):
            if first > self._first:
                path.unlink()
        self._text = Appender(directory / segment_name(self._first), position.get("text", 0))
        self._index = Appender(directory / SCREEN_INDEX, position.get("index", 0))
        if not position:
            self._index.add(ENTRY.pack(0, 0))

    def position(self) -> dict[str, Any]:
        """What to commit, when nothing waits."""
        return {
            "rows": self.rows,
            "first": self._first,
            "base": self._base,
            "marked": self._marked,
            "text": self._text.length,
            "index": self._index.length,
        }

    @property
    def waiting(self) -> int:
        """Bytes that could not be written yet."""
        return self._text.waiting + self._index.waiting

    @property
    def added(self) -> int:
        """Rows in the files, and those that wait."""
        return self._added

    @property
    def place(self) -> tuple[int, int]:
        """Where the next row goes: (first row of the segment, byte in it)."""
        return self._first, self._text.end

    def add(self, rows: bytes, count: int) -> None:
        """Appends `count` rows, each ending in a newline."""
        self._mark(rows)
        self._text.add(rows)
        self._added += count

    def flush(self) -> None:
        """Writes what waits; `rows` counts it then. Raises OSError."""
        self._text.flush()
        self._index.flush()
        self.rows = self._added
        if self._text.length >= SEGMENT_BYTES:
            following = Appender(self._directory / segment_name(self.rows))
            self._base += self._text.length
            self._text.close()
            self._text, self._first = following, self.rows

    def close(self) -> None:
        self._text.close()
        self._index.close()

    def _mark(self, rows: bytes) -> None:
        """Index entries for rows about to be added."""
        begin, number, counted = self._base + self._text.end, self._added, 0
        while (wanted := self._marked + INDEX_BYTES - begin) <= len(rows):
            at = rows.find(b"\n", wanted - 1) + 1 if wanted > 0 else 0
            if wanted > 0 and (at == 0 or at == len(rows)):
                return
            number += rows.count(b"\n", counted, at)
            counted = at
            self._index.add(ENTRY.pack(number, begin + at))
            self._marked = begin + at
