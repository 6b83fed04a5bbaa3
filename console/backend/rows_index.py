"""Where each clean row begins: the `screen.*` segments of a run as one text, and its sparse index.

`SegmentText` reads absolute offsets over all segments. `RowIndex` knows (row, offset) pairs at
least 64 KiB apart: those the recorder wrote to `screen.idx` as far as they go, its own beyond.
Both only ever read, a block at a time, and never map a file: the recorder may cut it.
"""

from __future__ import annotations

import operator
import os
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SEGMENT_PREFIX = "screen."
SEGMENT_SUFFIX = ".log"
INDEX_NAME = "screen.idx"
GRAIN = 65536
"""Bytes of text for one index entry, at least."""
_ENTRY = 16
_STEP = 4096


class Place(NamedTuple):
    """A segment from a byte on, which is the beginning of row `row`; `end` is the row after it."""

    path: Path
    offset: int
    row: int
    end: int | None


class SegmentText:
    """The text of all `screen.<first row>.log` segments in `run_dir`, one after another."""

    def __init__(self, run_dir: Path) -> None:
        self._dir = run_dir
        self._names: list[str] = []
        self._bases: list[int] = []
        self._files: dict[int, int] = {}
        self._size = 0

    @property
    def folder(self) -> Path:
        """Where the segments are."""
        return self._dir

    def size(self) -> int:
        """Bytes there are now; looks for grown and new segments."""
        names = _segment_names(self._dir)
        if names[: len(self._names)] != self._names:
            self.close()
            self._bases = []
        self._names = names
        self._bases = self._bases[: len(names)] or [0] * bool(names)
        for number in range(max(0, len(self._bases) - 1), len(names)):
            if number == len(self._bases):
                self._bases.append(self._size)
            self._size = self._bases[number] + os.fstat(self._file(number)).st_size
        if not names:
            self._size = 0
        return self._size

    def read(self, offset: int, count: int) -> bytes:
        """At most `count` bytes from `offset`, over segment ends; fewer only at the end."""
        parts: list[bytes] = []
        while count > 0 and self._bases:
            number = bisect_right(self._bases, offset) - 1
            part = os.pread(self._file(number), count, offset - self._bases[number])
            if not part and number + 1 == len(self._bases):
                break
            if not part:
                offset = self._bases[number + 1]
                continue
            parts.append(part)
            offset += len(part)
            count -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def places(self, offset: int, row: int, again: int) -> Iterator[Place]:
        """The segments from `offset` on, where row `row` begins.

        The first one from its beginning, when no more than `again` bytes lie before `offset`.
        """
        self.size()
        number = max(0, bisect_right(self._bases, offset) - 1)
        for index in range(number, len(self._names)):
            path, within = self._dir / self._names[index], max(0, offset - self._bases[index])
            if index > number or within <= again:
                within, row = 0, _first_row(self._names[index])
            later = index + 1 < len(self._names)
            yield Place(path, within, row, _first_row(self._names[index + 1]) if later else None)

    def close(self) -> None:
        """Closes the files; the next read opens them again."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()

    def __del__(self) -> None:
        self.close()  # descriptors are only numbers: nothing else would give them back

    def _file(self, number: int) -> int:
        if number not in self._files:
            flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
            self._files[number] = os.open(self._dir / self._names[number], flags)
        return self._files[number]


class RowIndex:
    """Offsets of some rows of a text, from which every other row is found.

    Entry i says that row `rows[i]` begins at `offsets[i]`; block i is the text from there to the
    next entry, or to the end of the text.
    """

    def __init__(self, text: SegmentText, path: Path) -> None:
        self.text = text
        self.rows = array("Q", (0,))
        self.offsets = array("Q", (0,))
        self._path = path
        self._read_to = 0
        self._damaged = False
        self._counted = (0, 0, 0)

    def __len__(self) -> int:
        return len(self.rows)

    def block_of(self, row: int) -> int:
        """The number of the block that holds `row`, or of the last one when no entry is beyond."""
        while self.rows[-1] <= row and self.grow():
            pass
        return bisect_right(self.rows, row) - 1

    def block(self, number: int, blocks: int = 1) -> bytes:
        """The text of `blocks` blocks from block `number` on."""
        start = self.offsets[number]
        end = number + blocks
        if end < len(self.offsets):
            return self.text.read(start, self.offsets[end] - start)
        return self.text.read(start, max(0, self.text.size() - start))

    def grow(self) -> bool:
        """Adds the next entry or entries; False when the last block is all there is."""
        if self._load():
            return True
        row, start = self.rows[-1], self.offsets[-1]
        block = self.text.read(start, GRAIN)
        if len(block) < GRAIN and start + len(block) < self.text.size():
            block = self.text.read(start, GRAIN)
        if len(block) < GRAIN:
            return False
        row += block.count(b"\n")
        end = start + GRAIN
        if block[-1:] != b"\n":
            found = self._line_end(end)
            if found is None:
                return False
            row, end = row + 1, found
        self._add(row, end)
        return True

    def total(self) -> int:
        """How many whole rows the text holds now."""
        while self.grow():
            pass
        row, start, size = self.rows[-1], self.offsets[-1], self.text.size()
        if self._counted[:2] != (start, size):
            whole = self.text.read(start, max(0, size - start)).count(b"\n")
            self._counted = (start, size, row + whole)
        return self._counted[2]

    def forget(self, row: int) -> None:
        """Drops what is known of the text after the beginning of `row`: it was cut there."""
        keep = max(1, bisect_right(self.rows, row))
        del self.rows[keep:], self.offsets[keep:]
        self._read_to = 0
        self._counted = (0, 0, 0)

    def _add(self, row: int, offset: int) -> None:
        self.rows.append(row)
        self.offsets.append(offset)

    def _line_end(self, offset: int) -> int | None:
        """The offset after the next newline from `offset` on."""
        while part := self.text.read(offset, _STEP):
            found = part.find(b"\n")
            if found >= 0:
                return offset + found + 1
            offset += len(part)
        return None

    def _load(self) -> bool:
        """Takes over what the index file says beyond the last entry, if it can be true."""
        fresh = array("Q") if self._damaged else self._file_entries()
        before = len(self.rows)
        size = self.text.size() if len(fresh) else 0
        rows, offsets = fresh[::2], fresh[1::2]
        if _ascends(rows) and _ascends(offsets):  # at once, as thousands are read at the start
            first, end = bisect_right(offsets, self.offsets[-1]), bisect_right(offsets, size)
            if first < end and rows[first] > self.rows[-1]:
                self.rows.extend(rows[first:end])
                self.offsets.extend(offsets[first:end])
        else:
            self._take_over(rows, offsets, size)
        if len(self.rows) > before and self.text.read(self.offsets[-1] - 1, 1) != b"\n":
            del self.rows[before:], self.offsets[before:]
            self._damaged = True
        return len(self.rows) > before

    def _take_over(self, rows: array[int], offsets: array[int], size: int) -> None:
        """Entries one after another, up to the first that cannot be true."""
        for row, offset in zip(rows, offsets, strict=True):
            if offset <= self.offsets[-1]:
                continue
            if row <= self.rows[-1] or offset > size:
                break
            self._add(row, offset)

    def _file_entries(self) -> array[int]:
        """Whole entries written since the last look."""
        entries = array("Q")
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, os.SEEK_END) // _ENTRY * _ENTRY
                self._read_to = min(self._read_to, size)
                file.seek(self._read_to)
                entries.frombytes(file.read(size - self._read_to))
        except OSError:
            return entries
        self._read_to = size
        if sys.byteorder == "big":
            entries.byteswap()
        return entries


def _ascends(values: array[int]) -> bool:
    """Whether each value is larger than the one before."""
    return all(map(operator.lt, values, values[1:]))


def _first_row(name: str) -> int:
    return int(name[len(SEGMENT_PREFIX) : -len(SEGMENT_SUFFIX)])


def _segment_names(run_dir: Path) -> list[str]:
    """File names of the segments, in order; the first row in the name has a fixed length."""
    try:
        names = os.listdir(run_dir)
    except OSError:
        return []
    return sorted(
        name
        for name in names
        if name.startswith(SEGMENT_PREFIX)
        and name.endswith(SEGMENT_SUFFIX)
        and name[len(SEGMENT_PREFIX) : -len(SEGMENT_SUFFIX)].isdigit()
    )
