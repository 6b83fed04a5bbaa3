"""The run's socket: everybody who connects gets the whole state, then what changes.

Each changed group is encoded once for all viewers. A viewer that does not read fast enough is
owed the newest values only, and is never waited for. A new kind of message from a viewer is a row
of `_HEARD`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from console.backend.audience import Audience
from console.backend.doorway import Doorway
from console.backend.picture import Picture, Source
from console.backend.pulse import Pulse
from console.backend.viewer import Viewer, line
from console.core.protocol import Event, Ticked, record_of
from console.keeper import clock

PATCH_SECONDS = 0.05
ROWS_SECONDS = 0.004
BEAT_SECONDS = 1.0
GOODBYE_SECONDS = 2.0

OrderTaker = Callable[[dict[str, Any], str], None]
"""Gets the order as it was sent, and who sent it."""


class Stream:
    """Serves one run. Call `update` after anything happened and `event` for every event."""

    def __init__(self, directory: Path, source: Source, take_order: OrderTaker) -> None:
        self.viewers: set[Viewer] = set()
        self.door = Doorway(directory, lambda: Viewer(self))
        self._picture = Picture(source)
        self._audience = Audience()
        self._take_order = take_order
        self._dirty: set[str] = set()
        self._records: list[str] = []
        self._patches = Pulse(PATCH_SECONDS, self._send_patch)
        self._output = Pulse(ROWS_SECONDS, self._send_output)

    # what the backend calls

    def update(self) -> None:
        """Sends on what changed: at once after a pause, else with the next pulse."""
        changed = self._picture.changed()
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
        self.door.close()
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
        if self._audience.left(viewer):
            self._tell_audience()

    def said(self, viewer: Viewer, message: dict[str, Any]) -> None:
        for name, answer in _HEARD.items():
            if name in message:
                answer(self, viewer, message)

    def catch_up(self, viewer: Viewer) -> None:
        """Sends what the viewer is owed."""
        self._settle_output()
        if viewer.groups:
            viewer.send(self._picture.patch(viewer.groups))
            viewer.groups = set()
        if viewer.rows:
            viewer.rows = False
            viewer.send(self._picture.all_rows())
        viewer.send_events()
        if viewer.owes_audience:
            viewer.owes_audience = False
            viewer.send(line(self._audience.told(viewer)))

    def greet(self, viewer: Viewer, message: dict[str, Any]) -> None:
        """The answer to `hello`: the whole state."""
        viewer.by = str(message.get("by") or "")
        if message.get("events") and viewer.events is None:
            viewer.wants_events()
        is_news = self._audience.hear(viewer, message)
        if not viewer.greeted:
            self.update()
            self._settle_output()
            facts = {"t": clock.wall(), "m": clock.since_boot(), **self._audience.told(viewer)}
            viewer.send(self._picture.snapshot(facts))
        if is_news:
            self._tell_audience()
        viewer.greeted = True

    def order(self, viewer: Viewer, message: dict[str, Any]) -> None:
        order = message["order"]
        if isinstance(order, dict):
            self._take_order(order, viewer.by)

    def pong(self, viewer: Viewer, message: dict[str, Any]) -> None:
        viewer.send(line({"pong": message["ping"]}))

    # inside

    def _tell_audience(self) -> None:
        """Somebody came or went."""
        for viewer in self._greeted():
            if viewer.ready:
                viewer.send(line(self._audience.told(viewer)))
            else:
                viewer.owes_audience = True

    def _greeted(self) -> list[Viewer]:
        return [viewer for viewer in self.viewers if viewer.greeted]

    def _send_patch(self) -> None:
        names, self._dirty = self._dirty, set()
        if not names:
            return
        text = self._picture.patch(names)
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
        return bool(self._records) or self._picture.has_new_rows()

    def _send_output(self) -> None:
        rows = self._picture.new_rows() if self._picture.has_new_rows() else b""
        records, self._records = self._records, []
        for viewer in self._greeted():
            viewer.keep(records)
            if not viewer.ready:
                viewer.rows = viewer.rows or bool(rows)
                continue
            if rows:
                viewer.send(rows)
            viewer.send_events()


_HEARD: dict[str, Callable[[Stream, Viewer, dict[str, Any]], None]] = {
    "hello": Stream.greet,
    "order": Stream.order,
    "ping": Stream.pong,
}
