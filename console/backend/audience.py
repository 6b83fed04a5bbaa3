"""Who of those connected to a run watches it: said in their `hello`, checked with the system.

`hello` may name `watches` (one of core.watching.KINDS) and `read_only`. Without it somebody only
asks something, and is not told of.
"""

from __future__ import annotations

import pwd
import socket
import struct
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from console.core.watching import KINDS, Watcher, as_json, named
from console.keeper import clock

if TYPE_CHECKING:
    from console.backend.viewer import Viewer

_CREDENTIALS = struct.Struct("iii")


class Audience:
    """The watchers of one run, in the order in which they came."""

    def __init__(self) -> None:
        self._watchers: dict[Viewer, Watcher] = {}
        self._last = 0

    def hear(self, viewer: Viewer, hello: dict[str, Any]) -> bool:
        """What a `hello` says; whether the audience is another now."""
        kind = hello.get("watches")
        if viewer in self._watchers or kind not in KINDS:
            return False
        self._last += 1
        pid, user = peer(viewer.socket)
        self._watchers[viewer] = Watcher(
            self._last, named(viewer.by, user), kind, hello.get("read_only") is True,
            clock.wall(), pid,
        )  # fmt: skip
        return True

    def left(self, viewer: Viewer) -> bool:
        """A connection is gone; whether it was a watcher's."""
        return self._watchers.pop(viewer, None) is not None

    def told(self, viewer: Viewer) -> dict[str, Any]:
        """What a viewer is told: everybody who watches, and which of them it is."""
        own = self._watchers.get(viewer)
        return {
            "viewers": as_json(tuple(self._watchers.values())),
            "you": None if own is None else own.number,
        }


def peer(connected: socket.socket | None) -> tuple[int | None, str | None]:
    """(pid, user name) of who is at the other end, from the system; None where it does not say."""
    option = getattr(socket, "SO_PEERCRED", None)
    if connected is None or option is None:
        return None, None
    try:
        raw = connected.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    except OSError:
        return None, None
    pid, uid, _gid = _CREDENTIALS.unpack(raw)
    return pid or None, _user(uid)


@lru_cache(maxsize=64)
def _user(uid: int) -> str:
    """Its name, asked for once: behind it may be a directory service, which can be slow."""
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)
