"""Real runs for tests of the backend: keepers, backends, trainers; and a recorder in memory."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.core.reduce import reduce
from console.core.state import RunState
from console.keeper import fifo, identity, lock, rundir, start
from tests.keeper.house import House

if TYPE_CHECKING:
    from console.core.protocol import Event

ROOT = Path(__file__).parents[2]

# A trainer with the hook: `--` options are the names of what it offers beside pause and stop.
HOOKED = f"""
import sys, time
sys.path.insert(0, {str(ROOT)!r})
from console.sdk import Link
def save(step):
    print(f"saving at {{step}}", flush=True)
    time.sleep(0.1)
    return {{"path": "/nowhere"}}
def validate(step):
    return {{"loss": 0.5, "accuracy": 0.75}}
link = Link(orders={{"checkpoint": save, "validate": validate}}, total_steps=100_000)
for step in range(1, 100_001):
    time.sleep(0.02)
    link.log(step=step, loss=1 / step)
    if link.boundary(step):
        break
print("left the loop")
"""

PLAIN = """
import time
for step in range(100_000):
    print("tick", step, flush=True)
    time.sleep(0.02)
"""

STUBBORN = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


class Runs(House):
    """A state folder with runs of unheard-of ids, so that no other test's clean-up meets them."""

    def make(self, command: Sequence[str], *, backend: bool = False, **fields: Any) -> Path:
        run_id = f"20260102-{os.getpid() % 1_000_000:06d}-{secrets.token_hex(2)}"
        folder = rundir.private_dir(self.home / "runs" / run_id)
        self.describe(folder, command, **fields)
        self.runs.append(folder)
        if not backend:
            held = lock.take(folder / rundir.BACKEND_LOCK)
            assert held is not None
            self._held.append(held)
        return folder

    def train(self, code: str, **fields: Any) -> Path:
        """A run with keeper, backend and this Python program as its trainer."""
        folder = self.make([sys.executable, "-u", "-c", code], backend=True, **fields)
        start.launch(folder, None)
        return folder


def describe(folder: Path, trainer: int | None = None, **fields: Any) -> Path:
    """Makes `folder` the directory of a local run whose trainer is this process."""
    rundir.private_dir(folder)
    run = {"v": 1, "id": folder.name, "machine": identity.machine_id(), "cwd": "/"}
    rundir.write_json(folder, rundir.RUN_JSON, run | fields)
    if trainer is not None:
        who = identity.of(trainer)
        assert who is not None
        facts = {"identity": who.to_json(), "started": 1000.0, "m": 10.0}
        rundir.write_json(folder, rundir.TRAINER_JSON, facts)
    for name in (rundir.CONTROL_FIFO, rundir.INBOX_FIFO, rundir.NUDGE_FIFO):
        fifo.make(folder, name)
    return folder


class Memory:
    """A recorder that keeps events in a list."""

    def __init__(self, run_dir: Path, listener: Callable[[Event], None] | None = None) -> None:
        self.run_dir = run_dir
        self.state = RunState()
        self.state.run.id = run_dir.name
        self.events: list[Event] = []
        self.commits: list[int] = []
        """Number of events at each commit."""
        self.rows = 0
        self.live: list[bytes] = []
        self.listener = listener

    def apply(self, event: Event, *, journal: bool = True) -> None:
        reduce(self.state, event)
        self.events.append(event)
        if self.listener:
            self.listener(event)

    def commit(self) -> bool:
        self.commits.append(len(self.events))
        return True

    def kinds(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def backend_of(folder: Path) -> identity.Identity | None:
    """The living backend that the keeper started."""
    facts = rundir.read_json(folder, rundir.KEEPER_JSON) or {}
    who = identity.Identity.from_json(facts.get("backend"))
    return who if who and identity.is_alive(who) else None
