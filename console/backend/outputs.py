"""Follows the trainer's output through its segments, from any position on."""

from __future__ import annotations

import os
import time
from pathlib import Path

from console.keeper import rundir

LOOK_SECONDS = 1.0


class Outputs:
    """Reads output.<start>.log from `position` on, a byte counted from the run's first one."""

    def __init__(self, directory: Path, position: int = 0) -> None:
        self.position = position
        self.missing = 0
        """Bytes passed over because their segment is gone."""
        self._directory = os.fspath(directory)
        self._file = -1
        self._start = 0
        self._look_at = 0.0

    def read(self, limit: int) -> bytes:
        """The next bytes, at most `limit`; none when there are no more for now. Raises OSError."""
        while True:
            data = b""
            if self._file >= 0:
                data = os.pread(self._file, limit, self.position - self._start)
                self.position += len(data)
            if data or not (self._follow() or self._find()):
                return data

    def end(self) -> int:
        """The position after the last byte on disk. Raises OSError."""
        found = rundir.segments(Path(self._directory))
        return found[-1][0] + found[-1][1].stat().st_size if found else 0

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _follow(self) -> bool:
        """Goes on with the segment that begins exactly here."""
        if self._file >= 0 and self._start == self.position:
            return False
        return self._open(self.position)

    def _find(self) -> bool:
        """Looks for the segment `position` lies in, or else the next; once in a while only."""
        if time.monotonic() < self._look_at:
            return False
        self._look_at = time.monotonic() + LOOK_SECONDS
        for start, path in rundir.segments(Path(self._directory)):
            if start > self.position:
                self.missing += start - self.position
                self.position = start
                return self._open(start)
            if start + path.stat().st_size > self.position:
                return self._open(start)
        return False

    def _open(self, start: int) -> bool:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            opened = os.open(f"{self._directory}/{rundir.segment_name(start)}", flags)
        except FileNotFoundError:
            return False
        self.close()
        self._file, self._start = opened, start
        return True
