"""The run's socket: everybody who connects gets the whole state, then what changes.

Each changed group is encoded once for all viewers. A viewer that does not read fast enough is
owed the newest values only, and is never waited for. A new kind of message from a viewer is a row
of `_HEARD`.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from console.backend.address import reachable
from console.backend.pulse import Pulse
from console.backend.viewer import Viewer, line
from console.core.codec import encode
from console.core.protocol import Event, Ticked, record_of
from console.core.state import GROUPS, RunState
from console.keeper import clock
from console.keeper.rundir import SOCKET

PATCH_SECONDS = 0.05
ROWS_SECONDS = 0.004
BEAT_SECONDS = 1.0
GOODBYE_SECONDS = 2.0
BACKLOG = 128

OrderTaker = Callable[[dict[str, Any], str], None]
"""Gets the order as it was sent, and who sent it."""


class Source(Protocol):
    """What is streamed; `backend.recorder.Recorder` is one."""

    @property
    def state(self) -> RunState: ...
    @property
    def rows(self) -> int: ...
    @property
    def live(self) -> list[bytes]: ...


class Stream:
    """Serves one run. Call `update` after anything happened and `event` for every event."""

    def __init__(self, directory: Path, source: Source, take_order: OrderTaker) -> None:
        self.viewers: set[Viewer] = set()
        self.lost = False
        self._directory = directory
        self._source = source
        self._take_order = take_order
        self._server: asyncio.Server | None = None
        self._place: tuple[int, int] | None = None
        self._encoded: dict[str, str] = {}
        self._stale = set(GROUPS)
        self._dirty: set[str] = set()
        self._rows_sent = -1
        self._live_sent: list[bytes] = []
        self._records: list[str] = []
        self._patches = Pulse(PATCH_SECONDS, self._send_patch)
        self._output = Pulse(ROWS_SECONDS, self._send_output)

    # what the backend calls

    async def open(self) -> None:
        """Binds the socket, in place of whatever has its name; without it viewers read files."""
        self.lost = False
        self._unbind()
        try:
            bound = self._bind()
        except OSError:
            return
        self._server = await asyncio.get_running_loop().create_unix_server(
            lambda: Viewer(self), sock=bound, backlog=BACKLOG
        )

    def check(self) -> None:
        """Notices, as `lost`, that the socket file is gone or another: then `open` it again."""
        try:
            found = os.stat(self._directory / SOCKET, follow_symlinks=False)
        except OSError:
            self.lost = True
        else:
            self.lost = (found.st_dev, found.st_ino) != self._place

    def update(self) -> None:
        """Sends on what changed: at once after a pause, else with the next pulse."""
        state = self._source.state
        changed = state.changed & set(GROUPS)
        state.changed.clear()
        self._stale |= changed
        if not self.viewers:
            return
        # Rows first: they are shown as soon as they come.
        if self._output_waits():
            self._output.poke()
        if changed:
            self._dirty |= changed
            self._patches.poke()

    def event(self, event: Event) -> None:
        """Remembers an event for those who want events."""
        if not isinstance(event, Ticked):
            self.tell(record_of(event))

    def tell(self, record: dict[str, Any]) -> None:
        """Remembers a record for those who want events."""
        if any(viewer.events is not None for viewer in self.viewers):
            self._records.append(json.dumps(record, separators=(",", ":"), allow_nan=False))

    def beat(self) -> None:
        """Call each second: tells the viewers nothing was sent to that we are here."""
        text = line({"beat": clock.since_boot()})
        for viewer in self._greeted():
            if viewer.quiet and viewer.ready:
                viewer.send(text)
            viewer.quiet = True

    async def close(self, *, final: bool) -> None:
        """Sends the last changes, says goodbye when the run is over for good, and closes."""
        self.update()
        for pulse in (self._patches, self._output):
            pulse.stop()
        self._send_patch()
        self._settle_output()
        for viewer in self.viewers.copy():
            if final and viewer.greeted:
                self.catch_up(viewer)
                viewer.send(line({"final": True}))
            viewer.close()
        self._unbind()
        deadline = clock.since_boot() + GOODBYE_SECONDS
        while self.viewers and clock.since_boot() < deadline:
            await asyncio.sleep(0.01)
        for viewer in self.viewers.copy():
            viewer.abort()

    # what viewers call

    def joined(self, viewer: Viewer) -> None:
        self.viewers.add(viewer)

    def left(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)

    def said(self, viewer: Viewer, message: dict[str, Any]) -> None:
        for name, answer in _HEARD.items():
            if name in message:
                answer(self, viewer, message)

    def catch_up(self, viewer: Viewer) -> None:
        """Sends what the viewer is owed."""
        self._settle_output()
        if viewer.groups:
            viewer.send(self._patch(viewer.groups))
            viewer.groups = set()
        if viewer.rows:
            viewer.rows = False
            viewer.send(line({"rows": self._source.rows, "live": _texts(self._source.live)}))
        viewer.send_events()

    def greet(self, viewer: Viewer, message: dict[str, Any]) -> None:
        """The answer to `hello`: the whole state."""
        viewer.by = str(message.get("by") or "")
        if message.get("events") and viewer.events is None:
            viewer.wants_events()
        if viewer.greeted:
            return
        self.update()
        self._settle_output()
        viewer.greeted = True
        facts = {
            "rows": self._source.rows,
            "live": _texts(self._source.live),
            "t": clock.wall(),
            "m": clock.since_boot(),
        }
        viewer.send(b'{"snapshot":%s,%s' % (self._groups(GROUPS), line(facts)[1:]))

    def order(self, viewer: Viewer, message: dict[str, Any]) -> None:
        order = message["order"]
        if isinstance(order, dict):
            self._take_order(order, viewer.by)

    def pong(self, viewer: Viewer, message: dict[str, Any]) -> None:
        viewer.send(line({"pong": message["ping"]}))

    # inside

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

    def _unbind(self) -> None:
        if self._server is None:
            return
        self._server.close()
        self._server = None
        with suppress(OSError):
            found = os.stat(self._directory / SOCKET, follow_symlinks=False)
            if (found.st_dev, found.st_ino) == self._place:
                os.unlink(self._directory / SOCKET)

    def _greeted(self) -> list[Viewer]:
        return [viewer for viewer in self.viewers if viewer.greeted]

    def _send_patch(self) -> None:
        names, self._dirty = self._dirty, set()
        if not names:
            return
        text = self._patch(names)
        for viewer in self._greeted():
            if viewer.ready and not viewer.groups:
                viewer.send(text)
            else:
                viewer.groups |= names

    def _settle_output(self) -> None:
        """Nobody is in the middle of a change when somebody gets the output as it is now."""
        if self._output_waits():
            self._send_output()

    def _output_waits(self) -> bool:
        return bool(self._records) or self._output_changed()

    def _output_changed(self) -> bool:
        return self._source.rows != self._rows_sent or self._source.live != self._live_sent

    def _send_output(self) -> None:
        rows = self._rows_line() if self._output_changed() else b""
        records, self._records = self._records, []
        for viewer in self._greeted():
            viewer.keep(records)
            if not viewer.ready:
                viewer.rows = viewer.rows or bool(rows)
                continue
            if rows:
                viewer.send(rows)
            viewer.send_events()

    def _rows_line(self) -> bytes:
        message: dict[str, Any] = {"rows": self._source.rows}
        live = list(self._source.live)
        if live != self._live_sent:
            message["live"] = _texts(live)
        self._rows_sent, self._live_sent = self._source.rows, live
        return line(message)

    def _patch(self, names: Iterable[str]) -> bytes:
        return b'{"patch":%s}\n' % self._groups(names)

    def _groups(self, names: Iterable[str]) -> bytes:
        return b"{%s}" % ",".join(f'"{name}":{self._group(name)}' for name in names).encode()

    def _group(self, name: str) -> str:
        if name in self._stale:
            self._stale.discard(name)
            value = encode(getattr(self._source.state, name))
            self._encoded[name] = json.dumps(value, separators=(",", ":"), allow_nan=False)
        return self._encoded[name]


def _texts(rows: Iterable[bytes]) -> list[str]:
    return [row.decode("utf-8", "replace") for row in rows]


_HEARD: dict[str, Callable[[Stream, Viewer, dict[str, Any]], None]] = {
    "hello": Stream.greet,
    "order": Stream.order,
    "ping": Stream.pong,
}
