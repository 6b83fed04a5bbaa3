"""The pump moves what the trainer prints into the output segments, and replaces a dead guard."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from . import clock, daemon, identity, lock, rundir, slot
from .sink import Moved, Sink

if TYPE_CHECKING:
    from .channels import Channels
    from .identity import Identity
    from .run import Run

TICK_SECONDS = 0.25
# Lines that come one by one and fast are moved together; the first after a pause never waits.
_BUSY_SECONDS = 0.004
_GATHER_SECONDS = 0.002
_LITTLE_BYTES = 1 << 15


class Pump:
    """One per run, kept single by ``pump.lock``.

    `replace_guard` begins a new guard in another process. It is called while there is no guard and
    the end of the trainer is not recorded.
    """

    def __init__(
        self, run: Run, channels: Channels, trainer: Identity, replace_guard: Callable[[], None]
    ) -> None:
        self._run = run
        self._channels = channels
        self._trainer = trainer
        self._replace_guard = replace_guard
        self._sink = Sink(run.directory)
        recorded = slot.read(run.directory, rundir.DROPS_JSON) or {}
        self._dropped: int = recorded.get("bytes", 0)
        self._dropped_recorded = self._dropped
        self._moved_at = 0.0

    def serve(self) -> None:
        """Returns when the run is over."""
        poll = select.poll()
        source = self._channels.output
        if source is not None:
            poll.register(source, select.POLLIN)
        tick_at = 0.0
        while True:
            if poll.poll(TICK_SECONDS * 1000) and source is not None and not self._move(source):
                poll.unregister(source)
            if time.monotonic() >= tick_at:
                if self._is_over():
                    return
                self._tick()
                tick_at = time.monotonic() + TICK_SECONDS

    def _move(self, source: int) -> bool:
        """Says whether there can be more; there cannot on a terminal that nobody holds."""
        try:
            moved = self._sink.move(source)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if moved.dropped:
            self._dropped += moved.dropped
            self._record_drops()
        self._channels.nudge()
        self._gather(moved)
        return True

    def _gather(self, moved: Moved) -> None:
        """Waits a moment when little is coming often, so that a fast printer costs little CPU."""
        now = time.monotonic()
        if moved.kept + moved.dropped < _LITTLE_BYTES and now - self._moved_at < _BUSY_SECONDS:
            time.sleep(_GATHER_SECONDS)
            now = time.monotonic()
        self._moved_at = now

    def _tick(self) -> None:
        self._sink.check()
        self._channels.refresh()
        if self._dropped != self._dropped_recorded:
            self._record_drops()

    def _record_drops(self) -> None:
        facts = {"bytes": self._dropped, "t": clock.wall()}
        with suppress(OSError):  # tried again by the next tick
            # Not durable: a sick disk must not make the trainer wait for this.
            slot.write(self._run.directory, rundir.DROPS_JSON, facts, durable=False)
            self._dropped_recorded = self._dropped

    def _is_over(self) -> bool:
        """Looks for the end, and for a guard while there is none."""
        directory = self._run.directory
        guarded = lock.is_held(directory / rundir.GUARD_LOCK)
        if slot.read(directory, rundir.EXIT_JSON) is not None:
            return not guarded or self._run.has(rundir.FINAL)
        if guarded:
            return False
        alive = identity.is_alive(self._trainer)
        if not alive and not self._run.has(rundir.EXECUTED):
            return True  # cut off in its start, or the run directory is gone
        with suppress(OSError):  # no process to be had: tried again by the next tick
            self._replace_guard()
        return False


def serve(
    run: Run, channels: Channels, trainer: Identity, replace_guard: Callable[[], None]
) -> None:
    """Is the pump of a run, unless there is one. Body of a freshly forked process."""
    daemon.close_descriptors(channels.descriptors)
    daemon.mute(run.directory / rundir.KEEPER_LOG)
    daemon.be_deaf()
    daemon.step_aside()
    # Where there is no lock to be had, the run directory is gone or closed to us: there is nothing
    # two pumps could spoil, but still a trainer that must be able to print.
    with suppress(OSError):
        if lock.take(run.directory / rundir.PUMP_LOCK) is None:
            return
    Pump(run, channels, trainer, replace_guard).serve()
