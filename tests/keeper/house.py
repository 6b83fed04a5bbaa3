"""A place for runs of tests: real keepers, no backend, and nothing left when the test is over."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from console.keeper import identity, invocation, lock, processes, rundir, slot, start
from console.keeper.identity import Identity
from console.keeper.run import trainer_of
from tests.waiting import wait_until

PYTHON = sys.executable

# Prints numbered lines until the file "stop" is there, and leaves their number in "count".
FLOOD = """
import os, sys, time
i = 0
while not os.path.exists("stop"):
    for _ in range(200):
        sys.stdout.write("%08d %s\\n" % (i, "x" * 60)); sys.stdout.flush(); i += 1
    time.sleep(.001)
open("count.new", "w").write(str(i)); os.rename("count.new", "count")
sys.exit(7)
"""


class House:
    """Makes runs below one state folder, and ends and checks them all in `close`."""

    def __init__(self, home: Path) -> None:
        self.home = rundir.private_dir(home)
        self.runs: list[Path] = []
        self._held: list[int] = []
        self._number = secrets.randbelow(100_000_000)
        rundir.private_dir(home / "runs")
        rundir.private_dir(home / "starts")

    def make(self, command: Sequence[str], *, backend: bool = False, **fields: Any) -> Path:
        """Returns a run directory that can be launched; its backend is kept away by its lock."""
        # Members are found by this id: it must not be that of another test going on right now.
        run_id = f"{self._number:08d}-{os.getpid() % 1_000_000:06d}-{len(self.runs):04x}"
        folder = rundir.private_dir(self.home / "runs" / run_id)
        self.describe(folder, command, **fields)
        self.runs.append(folder)
        if not backend:
            held = lock.take(folder / rundir.BACKEND_LOCK)
            assert held is not None
            self._held.append(held)
        return folder

    def describe(self, folder: Path, command: Sequence[str], **fields: Any) -> None:
        run = {
            "v": 1,
            "id": folder.name,
            "job": f"job{folder.name[-4:]}",
            "command": list(command),
            "cwd": str(self.work(folder)),
            "machine": identity.machine_id(),
            "boot": identity.boot_id(),
            "output": "fifo",
            "created": time.time(),
        }
        rundir.write_json(folder, rundir.RUN_JSON, run | fields)

    def work(self, folder: Path) -> Path:
        """Returns the working directory of a run's trainer."""
        path = self.home / f"work-{folder.name}"
        path.mkdir(exist_ok=True)
        return path

    def launch(self, command: Sequence[str], **fields: Any) -> Path:
        folder = self.make(command, **fields)
        start.launch(folder, None)
        return folder

    def python(self, code: str, **fields: Any) -> Path:
        return self.launch([PYTHON, "-c", code], **fields)

    def close(self) -> None:
        for folder in self.runs:
            finish(folder)
        for folder in self.runs:
            wait_until(lambda at=folder: not ours(at), what=f"no process left for {folder.name}")
            run_id = folder.name
            wait_until(lambda at=run_id: not identity.members(at, None), what="no member left")
        for held in self._held:
            os.close(held)


def patched(folder: Path, patches: dict[str, Any], verb: str = "start") -> None:
    """Starts the keeper of a run with other constants; returns when it is detached."""
    script = Path(__file__).with_name("patched_keeper.py")
    command = [PYTHON, "-P", str(script), json.dumps(patches), verb, str(folder)]
    subprocess.run(command, check=True, cwd="/", env=invocation.environment(), timeout=30)


def ours(folder: Path) -> list[Identity]:
    """Returns every living keeper and backend process of a run, forked ones too."""
    rows = [row for row in processes.table().values() if row.state not in "ZX"]
    return [
        Identity(identity.boot_id(), row.pid, row.start)
        for row in rows
        if row.pid != os.getpid() and str(folder) in (command := processes.command(row.pid))
        if any("keeper" in part or "backend" in part for part in command)
    ]


def keeper(folder: Path, role: str) -> Identity | None:
    """Returns the living guard or pump."""
    facts = rundir.read_json(folder, rundir.KEEPER_JSON) or {}
    who = Identity.from_json(facts.get(role))
    return who if who and identity.is_alive(who) else None


def kill(who: Identity | None) -> bool:
    return who is not None and identity.signal_exactly(who, signal.SIGKILL)


def kill_all_of_ours(folder: Path) -> None:
    """Stops them first, so that none can replace another in between."""
    while found := ours(folder):
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for who in found:
                identity.signal_exactly(who, number)
        wait_until(lambda rest=found: not any(identity.is_alive(who) for who in rest))


def exit_record(folder: Path, timeout: float = 20) -> dict[str, Any]:
    return wait_until(
        lambda: slot.read(folder, rundir.EXIT_JSON), timeout, what=f"exit.json in {folder}"
    )


def output(folder: Path) -> bytes:
    """Returns everything in the segments; each has to begin where the one before ends."""
    position = 0
    parts = []
    for offset, path in rundir.segments(folder):
        assert offset == position
        parts.append(path.read_bytes())
        position += len(parts[-1])
    return b"".join(parts)


def flooded(house: House, folder: Path) -> bytes:
    """Ends a FLOOD and returns what it has printed."""
    work = house.work(folder)
    (work / "stop").touch()
    count = int(wait_until(lambda: (work / "count").exists() and (work / "count").read_text(), 30))
    return b"".join(b"%08d %s\n" % (i, b"x" * 60) for i in range(count))


def finish(folder: Path) -> None:
    """Ends whatever still belongs to a run."""
    if not folder.exists():
        return
    trainer = trainer_of(folder)
    for who in identity.members(folder.name, trainer):
        with suppress(PermissionError):
            kill(who)
    with suppress(OSError):
        rundir.touch(folder, rundir.FINAL)
    if slot.read(folder, rundir.EXIT_JSON) is None:
        kill_all_of_ours(folder)
