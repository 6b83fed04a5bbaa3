"""The backend of one run: the loop that joins its parts.

It wakes when the trainer's output or hook nudges it, reads what is new in bounded portions, tells
the viewers, and looks around at fixed times. A duty with a clock is a row of `_duties`.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.backend import courier, epilogue
from console.backend.configwatch import ConfigWatch
from console.backend.control import Control
from console.backend.eventwriter import WRITE_SECONDS, EventWriter
from console.backend.gpus import Gpus
from console.backend.guards import Guards
from console.backend.lifecycle import Lifecycle
from console.backend.notifier import TICK_SECONDS, Notifier
from console.backend.outlet import held_open
from console.backend.pipe import Pipe
from console.backend.recorder import Recorder
from console.backend.recording import tell
from console.backend.stream import Stream
from console.backend.telemetry import SAMPLE_SECONDS, Telemetry
from console.core.protocol import Event, Exited, Hello, Source, Ticked
from console.core.state import GROUPS
from console.keeper import clock, rundir

IDLE_SECONDS = 0.25
HOOK_SECONDS = 0.05
"""How long to rest at most: the hook's metrics come without a nudge."""

HOOK_QUIET_SECONDS = 2.0
BUSY_SECONDS = 0.02
"""The rest while an order is being carried out by us."""

LEAST_SECONDS, CROWDED_SECONDS = 0.004, 0.016
"""From one look at the output to the next while it keeps coming: many lines cost little more than
one. Where each look finds CROWD rows, a frame of the screen is soon enough."""

CROWD = 32

UNDERSTAND_SECONDS = 0.1
"""From one reading of rows for metrics to the next while output keeps coming, for that reason."""

AWAY_SECONDS = 30.0
"""Words that lay in control.fifo for longer than this without anybody listening are void."""

CATCH_UP_SECONDS = 3.0
"""A new backend may have hours of output before it, and is needed meanwhile."""

LAST_WORDS_SECONDS = 1.5
"""What the trainer wrote last is read before its end is told, unless that takes longer."""

RETRY_SECONDS = 1.0

LAST_NOTICES_SECONDS = 5.0
"""How long the end of a run waits for the notices of it."""


@dataclass(slots=True)
class Duty:
    """Something to do every `seconds`."""

    seconds: float
    act: Callable[[], object]
    due: float = 0.0


class Service:
    """One backend; `run` returns when the run is final, or after `stop`."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.recorder = Recorder(run_dir, listener=self._hear)
        self.recorder.open()
        self._stream = Stream(run_dir, self.recorder, self._take_order)
        self._lifecycle = Lifecycle(run_dir, self.recorder)
        self._control = Control(self.recorder, self._lifecycle, self._stream.tell)
        self._guards = Guards(
            run_dir, self.recorder, self._control.take, lambda: not self.recorder.replaying
        )
        self._notifier = Notifier(run_dir, self.recorder, lambda: not self.recorder.replaying)
        self._gpus = Gpus()
        self._telemetry = Telemetry(self.recorder, self._lifecycle, self._gpus)
        self._config = ConfigWatch(run_dir, self.recorder)
        self._event_files = EventWriter(run_dir, self.recorder)
        self._orders = Pipe(run_dir, rundir.CONTROL_FIFO, self._take_bytes)
        self._nudges = Pipe(run_dir, rundir.NUDGE_FIFO, self._nudged)
        self._woken = asyncio.Event()
        self._stopping = False
        self._waiting = False
        self._ending: Exited | None = None
        self._ending_seen_m = 0.0
        self._more = True
        self._lags = False
        self._hook_m = 0.0
        self._next_m = self._understood_m = 0.0
        self._complaint = ""
        self._duties: tuple[Duty, ...] = (
            Duty(0.5, self._look),
            Duty(1.0, self._check),
            Duty(1.0, self._guards.tick),
            Duty(SAMPLE_SECONDS, self._telemetry.sample),
            Duty(SAMPLE_SECONDS, self._config.look),
            Duty(WRITE_SECONDS, self._event_files.tick),
            *([Duty(TICK_SECONDS, self._notifier.tick)] if self._notifier.is_any else ()),
        )

    def stop(self) -> None:
        """Ends this backend, not the run: the keeper starts another one."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        try:
            with held_open(self.run_dir):
                await self._begin()
                while not self._stopping and not self._is_over():
                    await self._turn()
                await self._finish()
        finally:
            for pipe in (self._orders, self._nudges):
                pipe.close()
            self._gpus.close()
            self._event_files.close()

    # the loop

    async def _begin(self) -> None:
        """What the trainer answered so far is read before an order is acted on."""
        last = self.recorder.state.timing.as_of_m
        await self._stream.door.open()
        until = clock.since_boot() + CATCH_UP_SECONDS
        while self.recorder.poll() and clock.since_boot() < until and not self._stopping:
            await self._share()
        self._waiting = last is None or clock.since_boot() - last > AWAY_SECONDS
        self._attempt(self._orders.check)
        while self._orders.read():
            pass
        self._waiting = False

    async def _turn(self) -> None:
        if (wait := self._next_m - clock.since_boot()) > 0:
            with self._nudges.left_alone():
                await asyncio.sleep(wait)
        self._woken.clear()
        self._more = True
        while self._more and not self._stopping:
            self._read()
            self._do_duties()
            self._tell_end()
            await self._share()
        if self._is_over():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._rest()):
                await self._woken.wait()

    def _read(self) -> None:
        """Makes rows at once, and tells of them before it works out what they say: at once after
        a pause, ten times a second while more keeps coming, all the time while it lags behind."""
        now, rows = clock.since_boot(), self.recorder.rows
        self._more = self.recorder.poll(rows_only=True)
        is_crowd = self.recorder.rows - rows >= CROWD
        self._next_m = now + (CROWDED_SECONDS if is_crowd else LEAST_SECONDS)
        is_due = now >= self._understood_m + UNDERSTAND_SECONDS
        if is_due or self._lags or self._ending is not None:
            self._understood_m = now
            self._stream.update()
            self._more = self._lags = self.recorder.poll()

    async def _share(self) -> None:
        """Tells viewers, makes it last, lets others run."""
        self._stream.update()
        if self.recorder.due():
            self.recorder.commit()
        if self._stream.door.lost:
            await self._stream.door.open()
        await asyncio.sleep(0)

    def _rest(self) -> float:
        """Seconds until there is something to do without a nudge."""
        now = clock.since_boot()
        recent = now - self._hook_m < HOOK_QUIET_SECONDS
        rest = BUSY_SECONDS if self._control.busy else HOOK_SECONDS if recent else IDLE_SECONDS
        if self.recorder.unread:
            rest = min(rest, self._understood_m + UNDERSTAND_SECONDS - now)
        return max(0.0, min(rest, *(duty.due - now for duty in self._duties)))

    def _do_duties(self) -> None:
        now = clock.since_boot()
        if self._control.busy:
            self._attempt(self._control.tick)
        if self._guards.is_due:
            self._attempt(self._guards.tick)
        for duty in self._duties:
            if now >= duty.due:
                duty.due = now + duty.seconds
                self._attempt(duty.act)

    def _attempt(self, act: Callable[[], object]) -> None:
        """A failure of the system (no space, no process) is told once and tried again."""
        try:
            act()
        except OSError as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                sys.stderr.write(f"{error}\n")

    # duties

    def _look(self) -> None:
        tell(self.recorder, Ticked)
        self._lifecycle.look()
        self._control.tick()
        self._look_for_end()

    def _check(self) -> None:
        self._stream.beat()
        self._stream.door.check()
        for pipe in (self._orders, self._nudges):
            pipe.check()

    # the end

    def _look_for_end(self) -> None:
        if self._ending is None and self.recorder.state.life.ended is None:
            self._ending = self._lifecycle.ending()
            self._ending_seen_m = clock.since_boot()
            self._more |= self._ending is not None  # what was said before it is read once more

    def _tell_end(self) -> None:
        """After the trainer's last words, so that they are part of the picture."""
        if self._ending is None or self.recorder.state.life.ended is not None:
            return
        is_early = clock.since_boot() - self._ending_seen_m < LAST_WORDS_SECONDS
        if is_early and (self._more or self.recorder.unread):
            self._more = True
            return
        self._control.run_ended()
        self._guards.run_ended()
        self.recorder.apply(self._ending)
        self.recorder.commit()

    def _is_over(self) -> bool:
        ended = self.recorder.state.life.ended is not None
        return ended and not self._more and self.recorder.trouble is None

    async def _finish(self) -> None:
        """Makes the run final when it is over, else leaves it to the next backend."""
        await self._last_notices()
        final = self._is_over() and await self._until_done(epilogue.conclude)
        if final:  # the last picture is whole: some values are not worth telling on their own
            self.recorder.state.changed |= set(GROUPS)
        self._stream.update()
        self.recorder.close(final=final)
        if final:
            self._event_files.finish()
        final = final and await self._until_done(epilogue.mark_final)
        if final and not self._notifier.is_idle:
            self._attempt(lambda: courier.begin(self.run_dir))
        await self._stream.close(final=final)

    async def _last_notices(self) -> None:
        """A person is to hear of the end; for what does not go out soon somebody else stays."""
        until = clock.since_boot() + LAST_NOTICES_SECONDS
        while self._is_over() and not self._stopping and clock.since_boot() < until:
            self._notifier.tick(last=True)
            if self._notifier.is_idle:
                return
            await asyncio.sleep(BUSY_SECONDS)

    async def _until_done(self, act: Callable[[Recorder], bool]) -> bool:
        """Again and again while the disk takes nothing; False when this backend is stopped."""
        while not self._stopping:
            if act(self.recorder):
                return True
            with suppress(TimeoutError):
                async with asyncio.timeout(RETRY_SECONDS):
                    await self._woken.wait()
        return False

    # events and orders

    def _hear(self, event: Event) -> None:
        if isinstance(event, Hello) or getattr(event, "source", None) is Source.HOOK:
            self._hook_m = clock.since_boot()
        self._stream.event(event)
        self._control.hear(event)
        self._guards.hear(event)

    def _nudged(self, data: bytes) -> None:
        """The keeper has moved output or recorded the end, or the hook has said something."""
        if rundir.NUDGE_END in data:
            self._look_for_end()
        self._woken.set()

    def _take_bytes(self, data: bytes) -> None:
        self._control.take_bytes(data, waiting=self._waiting)
        self._woken.set()

    def _take_order(self, fields: dict[str, Any], by: str) -> None:
        self._control.take_object(fields, by)
        self._woken.set()
