"""The guard: parent of the trainer, restarts pump and backend, and records the end."""

from __future__ import annotations

import os
import platform
import select
import sys
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from . import daemon, identity, lock, pump, rundir, slot
from .backend import BackendKeeper
from .ending import Ending
from .run import NO_OUTPUT

if TYPE_CHECKING:
    from .channels import Channels
    from .child import Child
    from .identity import Identity
    from .oom import OomCounter
    from .run import Run

TICK_SECONDS = 1.0
LINGER_SECONDS = 60.0  # how long it stays for a backend that has not finished
_BLIND_TICK_SECONDS = 0.1  # where the end of an adopted trainer wakes nobody
_DRAIN_SECONDS = 30.0
_DRAIN_BESIDE_LEFTOVERS_SECONDS = 1.0  # they may print for ever
_SETTLED_SECONDS = 0.03
_PUMP_PAUSE_SECONDS = 0.05
_LINGER_TICK_SECONDS = 0.2


class Guard:
    """One per run, kept single by ``guard.lock``, which the caller holds.

    `child` is the trainer when it is a child of this process; an adopted one is not. `other_pump`
    is a pump that an earlier guard began.
    """

    def __init__(
        self,
        run: Run,
        channels: Channels,
        trainer: Identity,
        counter: OomCounter | None,
        *,
        child: Child | None = None,
        other_pump: Identity | None = None,
    ) -> None:
        self._run = run
        self._channels = channels
        self._trainer = trainer
        self._counter = counter
        self._child = child
        self._pump = other_pump
        self._pump_pid: int | None = None
        self._pump_forked_at = 0.0
        self._backend = BackendKeeper(run)
        self._ending: Ending | None = None
        self._stale = True  # keeper.json has to be written
        daemon.be_deaf()
        daemon.adopt_orphans()
        self._wake = daemon.hear_children()
        self._endings: set[int] = set()  # pidfds of processes that are no children
        self._watch(other_pump)
        self._watch(None if child else trainer)

    def serve(self) -> None:
        """Returns when the run is final, or nobody makes it final in time."""
        self.tick()
        while self._ending is None:
            self._wait(TICK_SECONDS)
            self.tick()
        members = [] if self._is_closed() else identity.members(self._run.id, self._trainer)
        leftovers = [who.pid for who in members]
        self._drain(_DRAIN_BESIDE_LEFTOVERS_SECONDS if leftovers else _DRAIN_SECONDS)
        self._record(self._exit_record(self._ending, leftovers))
        self._channels.nudge(rundir.NUDGE_END)
        self._linger()

    def tick(self) -> None:
        """Does whatever is due; what the system refuses (a process, a file) waits for the next."""
        self._look_at_trainer()
        with suppress(OSError):
            self.keep_pump()
        with suppress(OSError):
            self._stale |= self._backend.tick()
        self._channels.refresh()
        if self._stale:
            with suppress(OSError):
                self.publish_keeper()

    def keep_pump(self) -> None:
        """Forks a pump when there is none. Raises OSError when no process is to be had."""
        if self._pump_pid is not None or self._run.has(rundir.FINAL):
            return
        if lock.is_held(self._run.directory / rundir.PUMP_LOCK):
            return
        pause = self._pump_forked_at + _PUMP_PAUSE_SECONDS - time.monotonic()
        time.sleep(max(0.0, min(pause, _PUMP_PAUSE_SECONDS)))
        self._pump_forked_at = time.monotonic()
        replace_guard = partial(_replace, self._run, self._channels, self._trainer, self._counter)
        self._pump_pid = daemon.fork(
            partial(pump.serve, self._run, self._channels, self._trainer, replace_guard)
        )
        self._pump = identity.of(self._pump_pid)
        self._stale = True

    def publish_keeper(self) -> None:
        """Writes ``keeper.json``. Raises OSError."""
        who = {
            "guard": identity.of(os.getpid()),
            "pump": self._pump,
            "backend": self._backend.identity,
        }
        facts: dict[str, Any] = {name: one and one.to_json() for name, one in who.items()}
        facts["versions"] = _versions()
        rundir.write_json(self._run.directory, rundir.KEEPER_JSON, facts)
        self._stale = False

    def _look_at_trainer(self) -> None:
        self._reap()
        if self._child is not None or self._ending is not None:
            return
        if self._is_closed() or not identity.is_alive(self._trainer):
            self._ending = Ending.unseen()

    def _is_closed(self) -> bool:
        """Whether the training is over, though its process may go on: a notebook does."""
        return self._run.output == NO_OUTPUT and self._run.has(rundir.CLOSED)

    def _reap(self) -> None:
        """Collects the ended: trainer, pump, backend, and orphans of the trainer, which are not."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if self._child and pid == self._child.pid:
                self._ending = self._ending or Ending.seen(status)
            elif pid == self._pump_pid:
                self._pump_pid = None
            else:
                self._backend.ended(pid)

    def _watch(self, other: Identity | None) -> None:
        if other and (descriptor := identity.pidfd(other)) is not None:
            self._endings.add(descriptor)

    def _wait(self, seconds: float) -> None:
        """Returns after `seconds`, or as soon as a child or a watched process ends."""
        if self._child is None and not self._endings:
            seconds = min(seconds, _BLIND_TICK_SECONDS)
        poll = select.poll()
        for descriptor in (self._wake, *self._endings):
            poll.register(descriptor, select.POLLIN)
        for descriptor, _ in poll.poll(seconds * 1000):
            if descriptor == self._wake:
                os.read(descriptor, 4096)
            else:
                self._endings.discard(descriptor)
                os.close(descriptor)

    def _drain(self, limit_seconds: float) -> None:
        """Lets the pump move what the trainer left in the pipe, so that the end comes last."""
        deadline = time.monotonic() + limit_seconds
        quiet = 0
        while quiet < 2 and time.monotonic() < deadline:
            quiet = 0 if self._channels.has_output() else quiet + 1
            self._wait(_SETTLED_SECONDS)
            self.tick()

    def _exit_record(self, ending: Ending, leftovers: list[int]) -> dict[str, Any]:
        error = self._child.fault() if self._child else None
        return ending.to_json(error, self._counter.rose() if self._counter else None, leftovers)

    def _record(self, facts: dict[str, Any]) -> None:
        """Writes ``exit.json``, as often as it takes; gives up when the run directory is gone."""
        while self._run.directory.exists():
            with suppress(OSError):
                slot.write(self._run.directory, rundir.EXIT_JSON, facts)
                return
            self._wait(TICK_SECONDS)
            self.tick()

    def _linger(self) -> None:
        deadline = time.monotonic() + LINGER_SECONDS
        while time.monotonic() < deadline and self._run.directory.exists():
            if self._run.has(rundir.FINAL):
                return
            self._wait(_LINGER_TICK_SECONDS)
            self.tick()


def _replace(run: Run, channels: Channels, trainer: Identity, counter: OomCounter | None) -> None:
    """Begins a new guard. Called by the pump, which is no child of it."""
    other_pump = identity.of(os.getpid())
    daemon.fork_away(partial(_take_over, run, channels, trainer, counter, other_pump))


def _take_over(
    run: Run,
    channels: Channels,
    trainer: Identity,
    counter: OomCounter | None,
    other_pump: Identity | None,
) -> None:
    daemon.close_descriptors(channels.descriptors)
    held = lock.take(run.directory / rundir.GUARD_LOCK)
    if held is None or slot.read(run.directory, rundir.EXIT_JSON) is not None:
        return
    Guard(run, channels, trainer, counter, other_pump=other_pump).serve()


def _versions() -> dict[str, str | None]:
    package = sys.modules[__name__.partition(".")[0]]
    return {
        "gladius-console": getattr(package, "__version__", None),
        "python": platform.python_version(),
    }
