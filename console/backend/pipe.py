"""A named pipe of the run that the backend reads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from console.keeper import fifo

READ_BYTES = 8192


class Pipe:
    """Hands what arrives to `take`. Made anew when it is missing, refused when it is not ours.

    Opened at both ends, so that there is neither an end of file nor a failing writer. Call
    `check` each second.
    """

    def __init__(self, directory: Path, name: str, take: Callable[[bytes], None]) -> None:
        self._directory = directory
        self._name = name
        self._take = take
        self._descriptor = -1
        self._place: tuple[int, int] | None = None

    def check(self) -> None:
        """Opens it, and again when another pipe has its name. Raises OSError."""
        path = self._directory / self._name
        with suppress(OSError):
            found = path.lstat()
            if (found.st_dev, found.st_ino) == self._place:
                return
        self.close()
        fifo.make(self._directory, self._name)
        self._descriptor = fifo.open_rw(self._directory, self._name)
        found = os.fstat(self._descriptor)
        self._place = found.st_dev, found.st_ino
        asyncio.get_running_loop().add_reader(self._descriptor, self.read)

    def read(self) -> bool:
        """Takes at most READ_BYTES; the loop calls again for more. False when there was nothing."""
        with suppress(BlockingIOError):
            if self._descriptor >= 0 and (data := os.read(self._descriptor, READ_BYTES)):
                self._take(data)
                return True
        return False

    @contextmanager
    def left_alone(self) -> Iterator[None]:
        """What comes meanwhile stays in the pipe, and wakes nobody."""
        loop, descriptor = asyncio.get_running_loop(), self._descriptor
        if descriptor >= 0:
            loop.remove_reader(descriptor)
        try:
            yield
        finally:
            if self._descriptor >= 0:
                loop.add_reader(self._descriptor, self.read)

    def close(self) -> None:
        if self._descriptor >= 0:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
        self._descriptor, self._place = -1, None
