"""What a run can go on from: a checkpoint, and the run that saved it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from console.backend import runs
from console.backend.committed import read_state
from console.keeper import record

GENERATIONS = 1000
"""A chain of parents longer than this is a circle."""


class NotResumable(RuntimeError):
    """Nothing to go on from; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Parent:
    """What a run goes on from; `run` and `step` are None for a checkpoint nobody here saved."""

    run: str | None
    step: int | None
    checkpoint: str


def of_run(item: runs.Record) -> Parent:
    """The last checkpoint of a run that has ended. Raises NotResumable."""
    if item.alive:
        stop = f"gladius-console stop {item.id}"
        raise NotResumable(f"{item.id} is still alive; stop it before: {stop}")
    saves = read_state(item.dir).checkpoints
    if saves.last is None:
        raise NotResumable(f"{item.id} saved no checkpoint; start it anew with --config FILE")
    if Path(saves.last.path).exists():
        return Parent(item.id, saves.last.step, saves.last.path)
    best = saves.best.path if saves.best and Path(saves.best.path).exists() else "CHECKPOINT"
    raise NotResumable(
        f"the last checkpoint of {item.id} is gone: {saves.last.path}; "
        f"go on from another one: gladius-console train --resume {best}"
    )


def of_checkpoint(path: Path) -> Parent:
    """A checkpoint by its path, with the newest run whose records tell of it."""
    where = str(path.absolute())
    for item in runs.records():
        for saved, step in _saves(item.dir, where):
            if saved == where:
                return Parent(item.id, step, where)
    return Parent(None, None, where)


def root_name(parent: str) -> str | None:
    """The name of the first run of a chain of resumed ones."""
    name = None
    for _ in range(GENERATIONS):
        found = runs.record(runs.runs_dir() / parent)
        if found is None:
            break
        name = found.name
        before = found.facts.get("parent")
        run = before.get("run") if isinstance(before, dict) else None
        if not isinstance(run, str):
            break
        parent = run
    return name


def _saves(directory: Path, path: str) -> Iterator[tuple[str, int | None]]:
    """(path, step) of what was saved, from the hook's records and from the journal."""
    needle = json.dumps(Path(path).name)[1:-1].encode()
    for file in sorted((*directory.glob("hook-*.jsonl"), *directory.glob("journal-*.jsonl"))):
        with suppress(OSError), file.open("rb") as lines:
            for line in lines:
                if needle not in line:
                    continue
                fields = record.decode(line) or {}
                if fields.get("k") == "save" and fields.get("ok", True):
                    step = fields.get("step")
                    yield str(fields.get("path")), step if isinstance(step, int) else None
