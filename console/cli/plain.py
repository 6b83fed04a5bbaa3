"""Plain mode: lines only, for CI, containers, batch logs and screen readers.

The log as it comes, a status line every 30 seconds, notices as sentences. It stays until the run
ends: exit code 0 when finished or stopped on order, 1 otherwise.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from console.backend import client
from console.backend.rows import ScreenRows
from console.cli.exits import DONE, FAILED, INTERRUPTED
from console.cli.output import clean, colours, strip_colour
from console.core import format as people
from console.core.state import RunState, Status

STATUS_SECONDS = 30.0
PAGE = 2000
OWN = b"\x1e"
GOOD = (Status.FINISHED, Status.STOPPED)


def follow(directory: Path, *, read_only: bool = False) -> int:
    """Prints a run until it ends; the exit code says how."""
    lines = Lines(directory, read_only=read_only)
    try:
        return asyncio.run(lines.run())
    except KeyboardInterrupt:
        return INTERRUPTED


def stops_the_run() -> bool:
    """Whether INT and TERM mean a graceful stop: nobody could come back to this run."""
    batch = any(name in os.environ for name in ("CI", "SLURM_JOB_ID"))
    return os.getpid() == 1 or batch


class Lines:
    """One run in plain mode."""

    def __init__(
        self,
        directory: Path,
        *,
        read_only: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.directory = directory
        self.follower = client.Follower(directory, heal=not read_only)
        self.rows = ScreenRows(directory)
        self._clock = clock
        self._next_row = 0
        self._next_status = clock() + STATUS_SECONDS
        self._told: set[str] = set()
        self._status: Status | None = None
        self._left = False
        self._stopping: asyncio.Task[str] | None = None

    async def run(self) -> int:
        """Until the run has ended or the person leaves."""
        self._listen_to_signals()
        ticker = asyncio.create_task(self._tick())
        try:
            async for _ in self.follower.updates():
                self._show()
                if self._left or self.follower.final:
                    break
        except asyncio.CancelledError:
            if not self._left:
                raise
        finally:
            ticker.cancel()
        if self._left:
            return self._goodbye()
        return self._end()

    def _listen_to_signals(self) -> None:
        loop, main = asyncio.get_running_loop(), asyncio.current_task()

        def interrupted() -> None:
            if stops_the_run() and self._stopping is None:
                say("a graceful stop was ordered; once more leaves without waiting")
                self._stopping = asyncio.create_task(self.follower.order("stop"))
                return
            self._left = True
            if main is not None:
                main.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupted)

    async def _tick(self) -> None:
        """The status line comes also when nothing else does."""
        while True:
            await asyncio.sleep(1.0)
            if self._clock() >= self._next_status:
                self._next_status = self._clock() + STATUS_SECONDS
                say(status_line(self.follower.state))

    def _show(self) -> None:
        self.rows.tell(self.follower.rows, self.follower.live)
        while page := self.rows.rows(self._next_row, PAGE):
            write_rows(list(page))
            self._next_row += len(page)
        self._notices(self.follower.state)

    def _notices(self, state: RunState) -> None:
        for entry in state.timeline.entries:
            if entry.id not in self._told:
                self._told.add(entry.id)
                by = f" by {clean(entry.by)}" if entry.by else ""
                say(f"{clean(entry.text)}{by}")
        if state.status is not self._status:
            self._status = state.status
            say(f"{state.status}: {clean(state.life.cause)}")

    def _goodbye(self) -> int:
        say(f"you left; training goes on: gladius-console attach {self.directory.name}")
        return INTERRUPTED

    def _end(self) -> int:
        write_rows(list(self.rows.live()))
        state = self.follower.state
        say(status_line(state))
        return DONE if state.status in GOOD else FAILED


def write_rows(page: list[bytes]) -> None:
    """Prints clean rows; rows of ours are marked."""
    block = b"".join((b"-- " + row[1:] if row.startswith(OWN) else row) + b"\n" for row in page)
    sys.stdout.buffer.write(block if colours() else strip_colour(block))
    sys.stdout.buffer.flush()


def say(sentence: str) -> None:
    """A line of ours."""
    print(f"-- {sentence}", flush=True)


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
    if timing.remaining_high is not None:
        parts.append(f"about {people.duration(timing.remaining_high)} to go")
    return ", ".join(parts)
