"""Follows the records of the trainer's hook: hook-<generation>-NNN.jsonl, in their order."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from console.keeper import record

READ_BYTES = 1 << 16
LINE_BYTES = 8 << 20
"""A longer record is a damaged one."""


class HookFiles:
    """Gives one record after the other. A line without its end waits for it; a damaged one is
    counted and passed over. A generation is a start of the trainer within the run."""

    def __init__(self, directory: Path, position: tuple[int, int, int] = (0, 0, 0)) -> None:
        """`position`: generation, number and offset of the next record."""
        self.damaged = 0
        self._folder = os.fspath(directory)
        self._generation, self._number, self._offset = position
        self._file = -1
        self._buffer = b""
        self._at = 0
        self._held: dict[str, Any] | None = None
        self._held_end = 0

    @property
    def position(self) -> tuple[int, int, int]:
        """Where the next record begins."""
        return self._generation, self._number, self._offset

    def peek(self) -> dict[str, Any] | None:
        """The next record, which stays the next. Raises OSError."""
        if self._held is None:
            self._held = self._next()
        return self._held

    def take(self) -> dict[str, Any] | None:
        """The next record; None when there is none for now. Raises OSError."""
        found = self.peek()
        if found is not None:
            self._held, self._offset = None, self._held_end
        return found

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _next(self) -> dict[str, Any] | None:
        while True:
            end = self._buffer.find(b"\n", self._at)
            if end < 0:
                if self._fill() or self._rotate():
                    continue
                return None
            line, begin = self._buffer[self._at : end], self._at
            self._at = end + 1
            found = record.decode(line)
            self._held_end = self._offset + self._at - begin
            if found is not None:
                found.setdefault("gen", self._generation)
                return found
            self._offset = self._held_end
            self.damaged += bool(line)

    def _fill(self) -> bool:
        """Reads on in the file; False at its end."""
        if self._file < 0 and not self._open(self._generation, self._number):
            return False
        rest = self._buffer[self._at :]
        if len(rest) > LINE_BYTES:
            self._offset += len(rest)
            rest = b""
        data = os.pread(self._file, READ_BYTES, self._offset + len(rest))
        self._buffer, self._at = rest + data, 0
        return bool(data)

    def _rotate(self) -> bool:
        """Goes on with the next file, when there is one and nothing came to this one since."""
        generation, number = self._generation, self._number
        for following in ((generation, number + 1), (generation + 1, 0)):
            if not os.path.lexists(self._path(*following)):
                continue
            if self._fill():
                return True
            if self._open(*following):
                self.damaged += bool(self._buffer)
                self._generation, self._number = following
                self._offset, self._buffer, self._at = 0, b"", 0
                return True
        return False

    def _open(self, generation: int, number: int) -> bool:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            opened = os.open(self._path(generation, number), flags)
        except FileNotFoundError:
            return False
        self.close()
        self._file = opened
        return True

    def _path(self, generation: int, number: int) -> str:
        return f"{self._folder}/hook-{generation}-{number:03d}.jsonl"
