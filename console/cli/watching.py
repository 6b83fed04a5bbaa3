"""Watches one run without a screen until it ends; what is printed is up to a Printer.

The exit code is 0 when the run finished or was stopped on order, 1 otherwise. Ctrl+C leaves, the
run goes on; where nobody could come back to it (process 1, CI, Slurm) INT and TERM stop it
gracefully.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Protocol

from console.backend import client
from console.cli.exits import DONE, FAILED, INTERRUPTED
from console.core.state import Status

if TYPE_CHECKING:
    from console.backend.client import Follower, Update

GOOD = (Status.FINISHED, Status.STOPPED)
TICK_SECONDS = 1.0
_BATCH = ("CI", "SLURM_JOB_ID")
_OFF = ("", "0", "false")


class Printer(Protocol):
    """Says what happens, in its own form."""

    def show(self, update: Update, follower: Follower) -> None:
        """Something changed."""

    def tick(self, follower: Follower) -> None:
        """Another second is over."""

    def say(self, sentence: str) -> None:
        """A word of ours to the person."""

    def end(self, follower: Follower) -> None:
        """Nothing more will come."""


def stops_the_run(pid: int, environ: Mapping[str, str]) -> bool:
    """Whether INT and TERM mean a graceful stop, because nobody could come back to this run."""
    return pid == 1 or any(environ.get(name, "").lower() not in _OFF for name in _BATCH)


class Watch:
    """One run, watched."""

    def __init__(self, follower: Follower, printer: Printer, *, read_only: bool = False) -> None:
        self._follower = follower
        self._printer = printer
        self._stops = not read_only and stops_the_run(os.getpid(), os.environ)
        self._left = False
        self._stopping: asyncio.Task[None] | None = None

    async def run(self) -> int:
        """Until the run is over or the person leaves; the exit code."""
        self._listen_to_signals()
        ticker = asyncio.create_task(self._tick())
        try:
            async with aclosing(self._follower.updates()) as updates:
                async for update in updates:
                    self._printer.show(update, self._follower)
        except asyncio.CancelledError:
            if not self._left:
                raise
        finally:
            ticker.cancel()
        if self._left:
            run = self._follower.run_dir.name
            self._printer.say(f"you left; training goes on: gladius-console attach {run}")
            return INTERRUPTED
        self._printer.end(self._follower)
        return DONE if self._follower.state.status in GOOD else FAILED

    def _listen_to_signals(self) -> None:
        loop, main = asyncio.get_running_loop(), asyncio.current_task()

        def interrupted() -> None:
            if self._stops and self._stopping is None:
                self._printer.say("a graceful stop was ordered; once more leaves without waiting")
                self._stopping = asyncio.create_task(self._stop())
            elif main is not None:
                self._left = True
                main.cancel()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupted)

    async def _stop(self) -> None:
        try:
            await self._follower.order("stop")
        except client.OrderNotSent as error:
            self._printer.say(f"the stop could not be ordered: {error}")
            self._stopping = None

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._printer.tick(self._follower)
            if os.getpid() == 1:
                reap()


def reap() -> None:
    """Process 1 inherits every orphan and is the only one who can bury it."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
