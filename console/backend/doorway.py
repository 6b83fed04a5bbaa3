"""The run's socket file: bound in place of whatever has its name, watched, taken away again."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from console.backend.address import reachable
from console.keeper.rundir import SOCKET

BACKLOG = 128


class Doorway:
    """`protocol` makes one object for each connection."""

    def __init__(self, directory: Path, protocol: Callable[[], asyncio.Protocol]) -> None:
        self.lost = False
        """The socket file is gone or another: nobody can come in."""
        self._directory, self._protocol = directory, protocol
        self._server: asyncio.Server | None = None
        self._place: tuple[int, int] | None = None

    async def open(self) -> None:
        """Listens; without a socket viewers read files."""
        self.lost = False
        self.close()
        try:
            bound = self._bind()
        except OSError:
            return
        self._server = await asyncio.get_running_loop().create_unix_server(
            self._protocol, sock=bound, backlog=BACKLOG
        )

    def check(self) -> None:
        """Notices when the file is `lost`: then `open` again."""
        self.lost = not self._is_ours()

    def close(self) -> None:
        """Nobody comes in any more; the file goes when it is ours."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        if self._is_ours():
            with suppress(OSError):
                os.unlink(self._directory / SOCKET)

    def _bind(self) -> socket.socket:
        path = self._directory / SOCKET
        with suppress(FileNotFoundError):
            path.unlink()
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            bound.setblocking(False)
            with reachable(self._directory) as address:
                bound.bind(address)
            path.chmod(stat.S_IRUSR | stat.S_IWUSR)
            found = path.lstat()
        except OSError:
            bound.close()
            raise
        self._place = found.st_dev, found.st_ino
        return bound

    def _is_ours(self) -> bool:
        try:
            found = os.stat(self._directory / SOCKET, follow_symlinks=False)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._place
