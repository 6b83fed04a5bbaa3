"""Plain mode: lines only, for CI, containers, batch logs and screen readers.

The log as it comes, a status line every 30 seconds, notices as sentences, until the run ends.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend.client import Follower
from console.backend.rows import ScreenRows
from console.cli.output import clean, colours, strip_colour, verdict
from console.cli.watching import Watch
from console.core import format as people
from console.core import timeline
from console.core.notices import LINES_REST_SECONDS, Herald
from console.core.state import RunState, Status

if TYPE_CHECKING:
    from console.backend.client import Update

STATUS_SECONDS = 30.0
FIRST_ROWS = 200
"""As much of a long log is shown to somebody who comes later."""

PAGE = 2000
OWN = b"\x1e"
_ROWS_SAY = (Status.PAUSED, Status.FROZEN, Status.STOPPING)
_ROWS_TELL = frozenset(event.__name__.lower() for event in timeline.ROWS) - {"started"}
"""Statuses and events that come as rows of ours in the log; entries are named after events."""


def follow(directory: Path, *, read_only: bool = False, from_start: bool = False) -> int:
    """Prints a run until it ends; the exit code says how."""
    follower = Follower(directory, heal=not read_only, watches="lines", read_only=read_only)
    lines = Lines(directory, from_start=from_start)
    return asyncio.run(Watch(follower, lines, read_only=read_only).run())


class Lines:
    """The Printer of plain mode."""

    def __init__(
        self,
        directory: Path,
        *,
        from_start: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rows = ScreenRows(directory)
        self._run = directory.name
        self._clock = clock
        self._next_row: int | None = 0 if from_start else None
        self._next_status = clock() + STATUS_SECONDS
        self._herald = Herald(LINES_REST_SECONDS, late=not from_start)
        self._status: Status | None = None

    def show(self, _update: Update, follower: Follower) -> None:
        """What is new: rows of the log, then notices."""
        self._rows.tell(follower.rows, follower.live)
        first = self._first(follower.rows) if self._next_row is None else self._next_row
        while page := self._rows.rows(first, PAGE):
            write_rows(list(page))
            first += len(page)
        self._next_row = first
        self._notices(follower.state)

    def tick(self, follower: Follower) -> None:
        if self._clock() >= self._next_status:
            self._next_status = self._clock() + STATUS_SECONDS
            self.say(status_line(follower.state))

    def say(self, sentence: str) -> None:
        print(f"-- {sentence}", flush=True)

    def end(self, follower: Follower) -> None:
        write_rows(list(self._rows.live()))
        self.say(status_line(follower.state))

    def _first(self, rows: int) -> int:
        """Where somebody who comes later begins to read."""
        first = max(0, rows - FIRST_ROWS)
        if first:
            self.say(f"{people.number(first)} lines before: gladius-console logs {self._run}")
        return first

    def _notices(self, state: RunState) -> None:
        for entry, words in self._herald.news(state):
            if entry.id.partition("-")[0] not in _ROWS_TELL:
                by = f" by {clean(entry.by)}" if entry.by else ""
                self.say(f"{clean(words)}{by}")
        if state.status is not self._status:
            self._status = state.status
            if state.status not in _ROWS_SAY:
                self.say(verdict(state))


def write_rows(page: list[bytes]) -> None:
    """Prints clean rows; rows of ours are marked."""
    block = b"".join((b"-- " + row[1:] if row.startswith(OWN) else row) + b"\n" for row in page)
    sys.stdout.buffer.write(block if colours() else strip_colour(block))
    sys.stdout.buffer.flush()


def status_line(state: RunState) -> str:
    """Where the run is, as a sentence a screen reader can speak."""
    place, timing = state.position, state.timing
    parts = [str(state.status)]
    if place.step is not None:
        total = "" if place.total_steps is None else f" of {people.number(place.total_steps)}"
        parts.append(f"step {people.number(place.step)}{total}")
    if place.progress is not None:
        parts.append(people.percent(100 * place.progress))
    if state.value("loss") is not None:
        parts.append(f"loss {people.loss(state.value('loss'))}")
    if state.throughput.current is not None:
        parts.append(people.rate(state.throughput.current, state.throughput.unit))
    if timing.remaining_high is not None and not state.ended:
        parts.append(f"about {people.duration(timing.remaining_high)} to go")
    return ", ".join(parts)
