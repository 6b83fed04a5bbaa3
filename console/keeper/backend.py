"""Keeps the backend of a run alive; knows nothing of what it does."""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING

from . import daemon, identity, invocation, lock, rundir

if TYPE_CHECKING:
    from .identity import Identity
    from .run import Run

_LONGEST_PAUSE_SECONDS = 60.0
_HEALTHY_SECONDS = 5.0  # one that lived that long failed for a new reason


class BackendKeeper:
    """Starts a backend while ``backend.lock`` is free and the run not final, with back-off."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._pid: int | None = None
        self._started_at = 0.0
        self._next_at = 0.0
        self._pause = 1.0
        self.identity: Identity | None = None

    def tick(self) -> bool:
        """Says whether a backend was started. Raises OSError when no process is to be had."""
        if self._pid is not None or time.monotonic() < self._next_at:
            return False
        if not is_missing(self._run):
            return False
        self._started_at = time.monotonic()
        self._pid = daemon.fork(partial(execute, self._run))
        self.identity = identity.of(self._pid)
        return True

    def ended(self, pid: int) -> None:
        """Takes note that a child of this process ended."""
        if pid != self._pid:
            return
        self._pid = None
        now = time.monotonic()
        if now - self._started_at > _HEALTHY_SECONDS:
            self._pause = 1.0
        self._next_at = now + self._pause
        self._pause = min(_LONGEST_PAUSE_SECONDS, 2 * self._pause)


def is_missing(run: Run) -> bool:
    """Says whether the run still needs a backend and has none."""
    return not run.has(rundir.FINAL) and not lock.is_held(run.directory / rundir.BACKEND_LOCK)


def execute(run: Run) -> None:
    """Turns this process into the backend of a run."""
    daemon.mute(run.directory / rundir.BACKEND_LOG)
    daemon.close_descriptors()
    daemon.default_signals()
    os.chdir(invocation.WORKING_DIRECTORY)
    command = invocation.backend_command(run.directory)
    os.execve(command[0], command, invocation.environment())
