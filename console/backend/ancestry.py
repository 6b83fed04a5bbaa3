"""What a run can go on from: a checkpoint, and the run that saved it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from console.backend import runs
from console.backend.committed import read_state
from console.core.protocol import Saved, event_of
from console.keeper import record

MANIFEST = "manifest.json"
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


def last_whole(item: runs.Record) -> Parent:
    """The newest checkpoint of an ended run that is there as it was written. Raises NotResumable.

    Its size has to be the one told, and where a manifest beside it has its SHA-256, that too.
    """
    if item.alive:
        raise NotResumable(f"{item.id} is still alive")
    told = _told(item.dir)
    for saved in told:
        if _is_whole(saved):
            return Parent(item.id, saved.step, saved.path)
    if not told:
        raise NotResumable(f"{item.id} saved no checkpoint; start it anew with --config FILE")
    raise NotResumable(f"no checkpoint of {item.id} is whole; the newest was {told[0].path}")


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


def _told(directory: Path) -> list[Saved]:
    """Every save that went well, the newest first."""
    found: list[Saved] = []
    for file in (*directory.glob("hook-*.jsonl"), *directory.glob("journal-*.jsonl")):
        with suppress(OSError), file.open("rb") as lines:
            events = (event_of(record.decode(line) or {}) for line in lines if b'"save"' in line)
            found += [event for event in events if isinstance(event, Saved) and event.ok]
    return sorted(found, key=lambda saved: saved.t, reverse=True)


def _is_whole(saved: Saved) -> bool:
    path = Path(saved.path)
    try:
        if not path.is_file():
            return path.is_dir()
        if saved.bytes is not None and path.stat().st_size != saved.bytes:
            return False
        wanted = _listed_hash(path)
        with path.open("rb") as file:
            return wanted is None or hashlib.file_digest(file, "sha256").hexdigest() == wanted
    except OSError:
        return False


def _listed_hash(path: Path) -> str | None:
    """The SHA-256 that a manifest.json beside a checkpoint gives for it; None without one."""
    try:
        listed = json.loads((path.parent / MANIFEST).read_bytes())["checkpoints"]
        return next((str(one["sha256"]) for one in listed if one["file"] == path.name), None)
    except (OSError, ValueError, TypeError, KeyError):
        return None


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
