"""One connection of somebody who looks: what was said, what is owed while it is slow.

Both directions are one JSON object a line. From a viewer: `hello`, `order`, `ping`. A line that is
no JSON object, or longer than LINE_BYTES, ends this connection and no other.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections import deque
from typing import Any, Protocol, cast

LINE_BYTES = 64 * 1024
BUFFER_BYTES = 256 * 1024
"""What may wait for a viewer that does not read; after that only what is owed is remembered."""

EVENTS_KEPT = 4096


def line(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":"), allow_nan=False).encode() + b"\n"


class Host(Protocol):
    """What a viewer needs of the stream."""

    def joined(self, viewer: Viewer) -> None: ...
    def left(self, viewer: Viewer) -> None: ...
    def said(self, viewer: Viewer, message: dict[str, Any]) -> None: ...
    def catch_up(self, viewer: Viewer) -> None: ...


class Viewer(asyncio.Protocol):
    """One connection. `ready` while its buffer takes more; else `groups`, `rows` and `events` say
    what it gets when it does again."""

    def __init__(self, host: Host) -> None:
        self.by = ""
        self.greeted = False
        self.ready = True
        self.quiet = True
        """Nothing was sent since the last beat."""
        self.groups: set[str] = set()
        self.rows = False
        self.events: deque[str] | None = None
        """Records (JSON) waiting to be sent; None when it wants none."""
        self.missed = 0
        self.owes_audience = False
        """It is to be told who watches."""
        self._host = host
        self._transport: asyncio.Transport | None = None
        self._rest = b""

    @property
    def socket(self) -> socket.socket | None:
        """What it is connected by."""
        found = None if self._transport is None else self._transport.get_extra_info("socket")
        return cast("socket.socket | None", found)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=BUFFER_BYTES)
        self._host.joined(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self.ready = False
        self._host.left(self)

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_BYTES:
            self.close()
            return
        for text in lines:
            message = _parse(text)
            if message is None:
                self.close()
                return
            self._host.said(self, message)

    def pause_writing(self) -> None:
        self.ready = False

    def resume_writing(self) -> None:
        self.ready = True
        self._host.catch_up(self)

    def send(self, text: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self.quiet = False
            self._transport.write(text)

    def wants_events(self) -> None:
        self.events = deque()

    def keep(self, records: list[str]) -> None:
        """Adds records for a viewer that wants events; the oldest go when there are too many."""
        if self.events is None:
            return
        self.events.extend(records)
        while len(self.events) > EVENTS_KEPT:
            self.events.popleft()
            self.missed += 1

    def send_events(self) -> None:
        if not self.events:
            return
        if self.missed:
            self.send(line({"gap": self.missed}))
            self.missed = 0
        self.send(b'{"events":[%s]}\n' % ",".join(self.events).encode())
        self.events.clear()

    def close(self) -> None:
        """Closes once everything sent is gone."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _parse(text: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
