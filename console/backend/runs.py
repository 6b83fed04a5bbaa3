"""The runs of this user: listed, found by what a person types, and removed.

Everything is read from the run directories alone; nothing here starts or signals a process.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.keeper import lock, rundir, start

ALIVE = ("starting", "running")
LEAVE_SECONDS = 5.0
"""So long the last of ours may take to leave a run that has ended."""
LISTED = 10
"""So many ended runs are offered where none is alive."""
SHOWN = 80
"""As much of what a person typed is repeated to them."""


@dataclass(frozen=True, slots=True)
class Record:
    """A run as its directory shows it. `state` is keeper.start.state's word."""

    id: str
    dir: Path
    name: str
    created: float
    host: str
    job: str
    state: str
    local: bool
    facts: dict[str, Any]

    @property
    def alive(self) -> bool:
        return self.state in ALIVE


class NoSuchRun(LookupError):
    """No run fits what was typed."""


class AmbiguousRun(LookupError):
    """More than one run fits, or it is not clear which is meant; `choices` are the candidates."""

    def __init__(self, message: str, choices: Sequence[Record]) -> None:
        super().__init__(message)
        self.choices = tuple(choices)


class NotRemovable(RuntimeError):
    """A run that must not be removed, and why."""


def runs_dir() -> Path:
    """The folder of all runs; it need not exist."""
    return rundir.home() / "runs"


def records() -> list[Record]:
    """Every run, newest first. Starts that were cut off are not shown."""
    try:
        names = [entry.name for entry in os.scandir(runs_dir()) if rundir.is_run_id(entry.name)]
    except OSError:
        return []
    found = [record(runs_dir() / name) for name in sorted(names, reverse=True)]
    return [item for item in found if item is not None and item.state != "interrupted"]


def record(directory: Path) -> Record | None:
    """What a run directory says of itself; None when it says nothing sensible."""
    facts = rundir.read_json(directory, rundir.RUN_JSON)
    if directory.is_symlink() or facts is None or facts.get("id") != directory.name:
        return None
    created = facts.get("created")
    return Record(
        id=directory.name,
        dir=directory,
        name=str(facts.get("name") or directory.name),
        created=float(created) if isinstance(created, (int, float)) else 0.0,
        host=str(facts.get("host") or ""),
        job=str(facts.get("job") or ""),
        state=start.state(directory),
        local=start.is_local(directory),
        facts=facts,
    )


def find(typed: str, among: Sequence[Record]) -> Record:
    """The run meant by an id, a name, or a unique prefix of either, in that precedence.

    Raises NoSuchRun or AmbiguousRun.
    """
    if not typed:
        raise NoSuchRun("the name of the run is empty; `gladius-console runs` lists all")
    tests: tuple[Callable[[Record], bool], ...] = (
        lambda item: item.id == typed,
        lambda item: item.name == typed,
        lambda item: item.id.startswith(typed) or item.name.startswith(typed),
    )
    for fits in tests:
        found = [item for item in among if fits(item)]
        if len(found) == 1:
            return found[0]
        if found:
            raise AmbiguousRun(f"{typed!r} fits {len(found)} runs; give one of these ids:", found)
    if reason := _closed(typed):
        raise NoSuchRun(reason)
    shown = typed if len(typed) <= SHOWN else f"{typed[:SHOWN]}…"
    raise NoSuchRun(f"there is no run {shown!r}; `gladius-console runs` lists them")


def _closed(typed: str) -> str | None:
    """Why a run that is there cannot be read; None when there is none, or that is not it."""
    if not rundir.is_run_id(typed):
        return None
    directory = runs_dir() / typed
    try:
        os.close(os.open(directory / rundir.RUN_JSON, os.O_RDONLY | os.O_NONBLOCK))
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"{directory} cannot be read: {error.strerror}"
    return None


def to_read(typed: str | None) -> Record:
    """The run to read from: the one typed, else the newest alive, else the newest."""
    among = records()
    if typed is not None:
        return find(typed, among)
    if not among:
        raise NoSuchRun("there is no run yet; `gladius-console train --config FILE` starts one")
    return next((item for item in among if item.alive), among[0])


def to_act_on(typed: str | None) -> Record:
    """The run to give an order to: the one typed, else the only one alive.

    Raises NoSuchRun for what was typed, AmbiguousRun unless exactly one is alive.
    """
    among = records()
    if typed is not None:
        return find(typed, among)
    alive = [item for item in among if item.alive]
    if len(alive) == 1:
        return alive[0]
    if alive:
        raise AmbiguousRun(f"{len(alive)} runs are alive; say which one is meant:", alive)
    if among:
        raise AmbiguousRun("no run is alive; say which one is meant:", among[:LISTED])
    raise AmbiguousRun("no run is alive; `gladius-console train --config FILE` starts one", ())


def size(directory: Path) -> int:
    """Bytes a run takes on disk; links are not followed."""
    total = 0
    for folder, _, names in os.walk(directory, followlinks=False):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512
            except OSError:
                continue
    return total


def remove(item: Record) -> int:
    """Deletes a run that has ended; returns the bytes freed. Raises NotRemovable.

    shutil.rmtree works below a directory descriptor where the system can and follows no link.
    """
    if item.dir.is_symlink():
        raise NotRemovable(f"{item.id} is a link; it was left alone")
    if not item.local:
        raise NotRemovable(f"{item.id} belongs to {item.host or 'another host'}; remove it there")
    if start.state(item.dir) in ALIVE:
        raise NotRemovable(f"{item.id} is alive; `gladius-console stop {item.id}` first")
    if not _is_left(item.dir):
        raise NotRemovable(f"{item.id} has just ended and is still being recorded; try again")
    freed = size(item.dir)
    shutil.rmtree(item.dir)
    return freed


def _is_left(directory: Path) -> bool:
    """Whether nobody of ours works in a run directory any more; waits a little for it."""
    locks = [directory / name for name in (rundir.BACKEND_LOCK, rundir.GUARD_LOCK)]
    deadline = time.monotonic() + LEAVE_SECONDS
    while any(map(lock.is_held, locks)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def sweep() -> int:
    """Deletes what starts that were cut off have left; returns how many."""
    count = 0
    try:
        entries = [entry for entry in os.scandir(runs_dir()) if rundir.is_run_id(entry.name)]
    except OSError:
        return 0
    for entry in entries:
        directory = Path(entry.path)
        if not entry.is_symlink() and start.state(directory) == "interrupted":
            shutil.rmtree(directory, ignore_errors=True)
            count += 1
    return count
