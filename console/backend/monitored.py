"""`python -P -m console.backend.monitored`: makes the run of a trainer that nobody of ours started.

`console.sdk.monitor` calls it in the trainer, with facts as one JSON object on standard input: its
pid, command and folder. It describes the trainer as it finds it, and hands it to a keeper as one
that lost its own: the keeper watches it, keeps the pipes open and a backend alive. What the trainer
prints is not taken from it, and how it ends is known by its own word only. On standard output comes
`{"run": id, "dir": path}`, else on standard error the reason why not.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from console.backend import runs, starter
from console.core.config_kind import NAME
from console.core.config_problem import Wrong
from console.keeper import clock, fifo, identity, lock, rundir, slot, start
from console.keeper.run import NO_OUTPUT

KIND = "monitored"
DEFAULT_NAME = "monitored"


class NotRegistered(RuntimeError):
    """There is no run now; the message says why."""


def register(facts: dict[str, Any]) -> Path:
    """Makes the run, with a keeper and a backend; its directory.

    Raises NotRegistered, or OSError when the state folder cannot be used.
    """
    pid = facts.get("pid")
    trainer = identity.of(pid) if isinstance(pid, int) else None
    if trainer is None:
        raise NotRegistered(f"there is no process {pid!r}")
    rundir.private_dir(rundir.home())
    directory = starter.new_directory(rundir.private_dir(runs.runs_dir()))
    try:
        _describe(directory, facts, trainer)
        start.ensure(directory)
        if not lock.is_held(directory / rundir.GUARD_LOCK):
            raise NotRegistered("no keeper could be started for it")
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    return directory


def _describe(directory: Path, facts: dict[str, Any], trainer: identity.Identity) -> None:
    """Writes what a keeper leaves of a run that it started; run.json, which makes it one, last."""
    for name in (rundir.EXIT_JSON, rundir.DROPS_JSON):
        slot.allocate(directory, name)
    for name in (rundir.CONTROL_FIFO, rundir.INBOX_FIFO, rundir.NUDGE_FIFO):
        fifo.make(directory, name)
    told = {
        "identity": trainer.to_json(), "pgid": os.getpgid(trainer.pid),
        "session": os.getsid(trainer.pid), "started": clock.wall(), "m": clock.since_boot(),
        "generation": 0, "oom": None,
    }  # fmt: skip
    rundir.write_json(directory, rundir.TRAINER_JSON, told)
    rundir.touch(directory, rundir.EXECUTED)
    rundir.write_json(directory, rundir.RUN_JSON, _run(directory, facts))


def _run(directory: Path, facts: dict[str, Any]) -> dict[str, Any]:
    command = [str(word) for word in facts.get("command") or ()] or ["unknown"]
    cwd = str(facts.get("cwd") or "/")
    return {
        "v": 1,
        "id": directory.name,
        "name": starter.free_name(_name(facts, command)),
        "kind": KIND,
        "command": starter.masked_words(command),
        "cwd": cwd,
        "git": starter.git(Path(cwd)),
        "host": platform.node(),
        "user": starter.user(),
        "machine": identity.machine_id(),
        "boot": identity.boot_id(),
        "created": time.time(),
        "versions": starter.versions(),
        "parent": None,
        "output": NO_OUTPUT,
        "monitor": {"host": "127.0.0.1", "port": facts.get("port")},
    }


def _name(facts: dict[str, Any], command: list[str]) -> str:
    """What the trainer calls itself, else its script."""
    script = next((Path(word).stem for word in command[1:] if word.endswith(".py")), DEFAULT_NAME)
    for wanted in (facts.get("name"), script.replace("_", "-")):
        try:
            name: str = NAME.read(wanted)
        except Wrong:
            continue
        if not rundir.is_run_id(name):
            return name
    return DEFAULT_NAME


def main() -> int:
    try:
        facts = json.load(sys.stdin)
        if not isinstance(facts, dict):
            raise NotRegistered("the facts are no object")
        directory = register(facts)
    except (OSError, RuntimeError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({"run": directory.name, "dir": str(directory)}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
