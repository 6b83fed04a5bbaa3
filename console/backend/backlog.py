"""Clean rows that nobody has read for metrics yet: the screen may run ahead of the reader.

Rows that are not in the screen's files yet are kept here; the others are read from there again.
What is committed is where they stand, so a successor goes on with the same rows.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.backend.screen import segment_name
from console.core.terminal import Cleaned, Version

MERGED_BYTES = 4 << 20
"""Portions that follow each other are joined up to this size: few are to be committed."""

ROW_BYTES = 1 << 20
"""No row is longer: 8192 cells, each with colours of its own."""


@dataclass(slots=True)
class Portion:
    """Rows of one segment of the screen, none of them ours, with what was replaced in them."""

    output: int
    """Position in the output after it."""
    row: int
    """Number of its first row."""
    segment: int
    """First row of the segment it lies in."""
    begin: int
    end: int
    """Bytes of that segment."""
    written: int
    """Up to this byte it is in the file; `texts` holds the rows after that."""
    texts: deque[bytes] = field(default_factory=deque)
    versions: list[Version] = field(default_factory=list)
    told: list[int] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.end - self.begin

    @property
    def is_whole(self) -> bool:
        """Whether its rows have to be taken all at once."""
        return bool(self.versions or self.told)


class Backlog:
    """Give it portions in order with `add`; `take` gives them back in the same order, in parts."""

    def __init__(self, directory: Path, record: list[list[Any]] | None = None) -> None:
        """`record` is what `record` gave at the last commit."""
        self.size = 0
        """Bytes that wait."""
        self.has_frames = False
        """Whether replaced versions of rows are among them."""
        self.place: tuple[int, int] | None = None
        """(position in the output, rows) after what was taken last."""
        self._directory = os.fspath(directory)
        self._portions: deque[Portion] = deque()
        self._file, self._opened = -1, -1
        for output, row, segment, begin, end, versions, told in record or ():
            portion = Portion(output, row, segment, begin, end, written=end, told=told)
            portion.versions = [Version(at, after, text.encode()) for at, after, text in versions]
            self._append(portion)

    def record(self) -> list[list[Any]]:
        """What a successor needs, once everything added is in the files."""
        return [
            [p.output, p.row, p.segment, p.begin, p.end,
             [(v.row, v.after, v.text.decode()) for v in p.versions], p.told]
            for p in self._portions
        ]  # fmt: skip

    def add(self, output: int, row: int, place: tuple[int, int], cleaned: Cleaned) -> None:
        """Takes what was cleaned up to `output`. It begins with the number `row`, and at `place`:
        the segment and the byte in it."""
        segment, begin = place
        last = self._portions[-1] if self._portions else None
        if last is None or (last.segment, last.end) != place or not _fit(last, cleaned):
            last = Portion(output, row, segment, begin, begin, written=begin)
            last.versions, last.told = cleaned.versions, cleaned.told
            self._append(last)
        last.output, last.end = output, last.end + len(cleaned.settled)
        if cleaned.settled:
            last.texts.append(cleaned.settled)
        self.size += len(cleaned.settled)

    def flushed(self) -> None:
        """Everything added is in the files now."""
        for portion in reversed(self._portions):
            if not portion.texts:
                break
            portion.texts.clear()
            portion.written = portion.end

    def take(self, limit: int) -> tuple[int, Cleaned] | None:
        """(number of the first row, the next rows): about `limit` bytes, or more when versions of
        them were replaced; None when nothing waits. Raises OSError; nothing is lost then."""
        if not self._portions:
            return None
        portion = self._portions[0]
        rows = self._rows(portion, portion.size if portion.is_whole else limit)
        first, count = portion.row, rows.count(b"\n")
        portion.begin += len(rows)
        portion.row += count
        self.size -= len(rows)
        self.place = portion.output, portion.row
        if portion.size and rows:
            return first, Cleaned(rows, count)
        self.size -= portion.size  # gone from the file
        self._portions.popleft()
        self.has_frames = any(waiting.is_whole for waiting in self._portions)
        return first, Cleaned(rows, count, portion.versions, portion.told)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file, self._opened = -1, -1

    def _append(self, portion: Portion) -> None:
        self._portions.append(portion)
        self.size += portion.size
        self.has_frames = self.has_frames or portion.is_whole

    def _rows(self, portion: Portion, limit: int) -> bytes:
        """The next whole rows of a portion, about `limit` bytes; none when they are gone."""
        if portion.begin < portion.written:
            left = portion.written - portion.begin
            data = self._read(portion, min(limit, left))
            if whole := data.rfind(b"\n") + 1:
                return data[:whole]
            data = self._read(portion, min(ROW_BYTES, left))
            return data[: data.find(b"\n") + 1]
        if not portion.texts:
            return b""
        text = portion.texts.popleft()
        end = text.find(b"\n", limit - 1) + 1
        if 0 < end < len(text):
            portion.texts.appendleft(text[end:])
            return text[:end]
        return text

    def _read(self, portion: Portion, size: int) -> bytes:
        if self._opened != portion.segment:
            self.close()
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            try:
                name = segment_name(portion.segment)
                self._file = os.open(f"{self._directory}/{name}", flags)
            except FileNotFoundError:
                return b""
            self._opened = portion.segment
        return os.pread(self._file, size, portion.begin)


def _fit(last: Portion, cleaned: Cleaned) -> bool:
    """Whether these rows may be joined to the portion before them."""
    size = last.size + len(cleaned.settled)
    is_whole = last.is_whole or cleaned.versions or cleaned.told
    return not is_whole and size <= MERGED_BYTES
