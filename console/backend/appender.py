"""A file that only grows, written at known positions: a failed write can be repeated."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class Shorter(Exception):
    """A file has fewer bytes than were committed; it has to be made anew."""


class Appender:
    """Appends to one file. What is added waits in memory until `flush` has written it."""

    def __init__(self, path: Path, length: int = 0) -> None:
        """Cuts the file back to `length`, what was committed. Raises Shorter, OSError."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)
        self.length = length
        """Bytes in the file."""
        self._waiting: list[bytes] = []
        self.waiting = 0
        """Bytes added and not yet in the file."""
        try:
            found = os.fstat(self._file)
            if not stat.S_ISREG(found.st_mode):
                raise FileExistsError(f"{path} is not a plain file")
            if found.st_size < length:
                raise Shorter(f"{path} has {found.st_size} bytes, {length} were committed")
            if found.st_size > length:
                os.ftruncate(self._file, length)
        except BaseException:
            os.close(self._file)
            raise

    @property
    def end(self) -> int:
        """The length once everything added is written."""
        return self.length + self.waiting

    def add(self, data: bytes) -> None:
        self._waiting.append(data)
        self.waiting += len(data)

    def flush(self) -> None:
        """Writes what waits. Raises OSError; the rest then waits for the next flush."""
        while self.waiting:
            data = b"".join(self._waiting)
            self._waiting = [data]
            written = os.pwrite(self._file, data, self.length)
            self.length += written
            self.waiting -= written
            self._waiting = [data[written:]] if self.waiting else []

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
