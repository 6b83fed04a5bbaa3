"""What other rooms call: start a keeper, heal a run, and say how a run stands."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from . import identity, invocation, lock, rundir, slot
from .run import trainer_of

State = Literal["interrupted", "starting", "running", "ended", "unknown"]

LIMIT_SECONDS = 15.0
_JOB = re.compile(r"[0-9A-Za-z_-]+")


class StartFailed(RuntimeError):
    """The keeper could not start the run; the message says why."""


def launch(run_dir: Path, lock_fd: int | None = None, prefix: Sequence[str] = ()) -> None:
    """Starts the run described by ``run.json`` and returns once it is published.

    The keeper gets this process's environment, umask, limits and signal mask, and a copy of the
    start lock `lock_fd`, which it closes after publication; a killed caller therefore still leaves
    no run or exactly one. Without a start lock a run looks "interrupted" for the moment until its
    keeper has begun. `prefix` is a command that executes the keeper's, as `logout.shelter` has it.
    Blocks for at most 15 s. Raises StartFailed.
    """
    answer = _call_keeper("start", run_dir, lock_fd, prefix)
    if not answer.endswith(invocation.READY):
        raise StartFailed(answer.decode(errors="replace").strip() or "the keeper died at once")


def ensure(run_dir: Path) -> None:
    """Heals a run of this machine: a missing keeper adopts the trainer, a missing backend comes.

    Does nothing for a run that is final, foreign, or not started. Blocks for at most 15 s.
    """
    if (run_dir / rundir.FINAL).exists() or not is_local(run_dir):
        return
    if state(run_dir) not in {"running", "ended"}:
        return
    unwatched = slot.read(run_dir, rundir.EXIT_JSON) is None and not lock.is_held(
        run_dir / rundir.GUARD_LOCK
    )
    if unwatched or not lock.is_held(run_dir / rundir.BACKEND_LOCK):
        _call_keeper("adopt", run_dir, None)


def is_local(run_dir: Path) -> bool:
    """Says whether the run was started on this machine; others are never touched."""
    run = rundir.read_json(run_dir, rundir.RUN_JSON)
    return run is not None and run.get("machine") == identity.machine_id()


def state(run_dir: Path) -> State:
    """Returns how a run stands, from its files, locks and the process table alone.

    "interrupted": its start was cut off before the trainer executed; it will never run.
    "ended" with an empty ``exit.json``: nobody saw the end (a reboot, or no keeper was there).
    "unknown": another machine's, or not to be understood.
    """
    run = rundir.read_json(run_dir, rundir.RUN_JSON)
    if run is None:
        return "unknown"
    if slot.read(run_dir, rundir.EXIT_JSON) is not None:
        return "ended"
    if run.get("machine") != identity.machine_id():
        return "unknown"
    # Looked at before the trainer: a start that is over by then has left its marker.
    starting = _is_starting(run_dir, run)
    who = trainer_of(run_dir)
    same_boot = run.get("boot") == identity.boot_id()
    alive = same_boot and who is not None and identity.is_alive(who)
    if (run_dir / rundir.EXECUTED).exists():
        return "running" if alive or lock.is_held(run_dir / rundir.GUARD_LOCK) else "ended"
    return "starting" if alive or starting else "interrupted"


def _is_starting(run_dir: Path, run: dict[str, Any]) -> bool:
    job = run.get("job")
    locks = [run_dir / rundir.GUARD_LOCK]
    if isinstance(job, str) and _JOB.fullmatch(job):
        locks.append(rundir.start_lock(run_dir, job))
    return any(lock.is_held(path) for path in locks)


def _call_keeper(
    verb: str, run_dir: Path, lock_fd: int | None, prefix: Sequence[str] = ()
) -> bytes:
    """Returns what the keeper said until it was ready, ended, or 15 s were over."""
    deadline = time.monotonic() + LIMIT_SECONDS
    reader, writer = os.pipe()
    try:
        with subprocess.Popen(
            [*prefix, *invocation.keeper_command(verb, run_dir)],
            stdin=subprocess.DEVNULL if lock_fd is None else lock_fd,
            stdout=writer,
            stderr=writer,
            cwd=invocation.WORKING_DIRECTORY,
            env=invocation.environment(),
            start_new_session=True,  # a Ctrl+C at this terminal must not cut the start off
        ) as first:
            os.close(writer)
            said = _answer(reader, deadline)
            first.kill()  # it only forks the keeper: still there, it hangs
            return said
    finally:
        os.close(reader)


def _answer(reader: int, deadline: float) -> bytes:
    said = b""
    while not said.endswith(invocation.READY):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reader], [], [], left)[0]:
            return said + b"\nno answer of the keeper in time\n"
        if not (part := os.read(reader, 65536)):
            break
        said += part
    return said
