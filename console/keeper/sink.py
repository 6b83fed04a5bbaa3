"""Where the trainer's bytes go: output segments with absolute positions, or, at need, nowhere.

A segment is named after the run's byte it starts with. A position counts bytes on disk: what had
to be dropped is not part of it.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from . import rundir

SEGMENT_BYTES = 1 << 30
RETRY_SECONDS = 1.0
_CHUNK_BYTES = 1 << 16  # what a kill can cost where there is no splice
_SPLICE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Moved:
    """Bytes that reached the disk, and bytes that could not."""

    kept: int
    dropped: int


class Sink:
    """Appends to the newest segment of a run and begins new ones.

    A fault of the disk (full, read-only, gone …) never reaches the trainer: bytes are dropped and
    counted, and the file is tried again each second.
    """

    def __init__(self, directory: Path, *, splices: bool = hasattr(os, "splice")) -> None:
        self._directory = directory
        self._splices = splices
        self._file: int | None = None
        self._start = 0
        self._position: int | None = None  # unknown until a segment was opened
        self._retry_at = 0.0

    def move(self, source: int) -> Moved:
        """Moves what waits in the pipe or terminal `source`, at most 1 MiB, at least a byte.

        In one system call where possible (splice): then there is no moment at which a killed pump
        loses bytes. Raises OSError when `source` cannot be read, BlockingIOError when it is empty.
        """
        room = self._room()
        if room and self._splices and self._file is not None:
            try:
                return self._moved(os.splice(source, self._file, min(room, _SPLICE_BYTES)))
            except BlockingIOError:
                raise
            except OSError as error:
                if error.errno == errno.EINVAL:  # this file system cannot
                    self._splices = False
                else:
                    self._fail()
        data = os.read(source, min(room or _CHUNK_BYTES, _CHUNK_BYTES))
        return self._store(data)

    def check(self) -> None:
        """Lets go of a segment that was deleted or replaced: the next byte opens a new one."""
        if self._file is None:
            return
        try:
            there = (self._directory / rundir.segment_name(self._start)).lstat()
        except (FileNotFoundError, NotADirectoryError):
            self.close()
        except OSError:
            return  # cannot be looked at now; the open file is as good as before
        else:
            if not os.path.samestat(there, os.fstat(self._file)):
                self.close()

    def close(self) -> None:
        """Lets go of the open segment; the next byte opens one again."""
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
        self._file = None

    def _store(self, data: bytes) -> Moved:
        done = 0
        while done < len(data) and self._room() and self._file is not None:
            try:
                done += os.write(self._file, data[done:])
            except OSError:
                self._fail()
        self._moved(done)
        return Moved(done, len(data) - done)

    def _moved(self, count: int) -> Moved:
        if self._position is not None:
            self._position += count
        return Moved(count, 0)

    def _room(self) -> int:
        """Returns how many bytes the open segment may still take; 0 while the disk is at fault."""
        if time.monotonic() < self._retry_at:
            return 0
        try:
            position = self._open()
        except OSError:
            self._fail()
            return 0
        return self._start + SEGMENT_BYTES - position

    def _open(self) -> int:
        """Returns the position, with a segment open that has room."""
        if self._position is not None and self._file is not None:
            if self._position < self._start + SEGMENT_BYTES:
                return self._position
            self.close()
        start = self._next_start()
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(self._directory / rundir.segment_name(start), flags, 0o600)
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise FileExistsError(errno.EEXIST, "not a plain file", rundir.segment_name(start))
        self._position = start + os.lseek(file, 0, os.SEEK_END)
        self._file, self._start = file, start
        return self._position

    def _next_start(self) -> int:
        """Returns the start of the segment to open: the newest while it has room."""
        if self._position is not None:
            return self._position
        if not (found := rundir.segments(self._directory)):
            return 0
        start, path = found[-1]
        size = path.stat().st_size
        return start if size < SEGMENT_BYTES else start + size

    def _fail(self) -> None:
        self._retry_at = time.monotonic() + RETRY_SECONDS
