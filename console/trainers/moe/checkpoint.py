"""Checkpoints: files that are whole or not there, and a manifest that tells which are.

A checkpoint is written beside its place, synced, renamed, and then named in manifest.json with its
SHA-256; the last `keep` and the best are kept. What the manifest does not name is no checkpoint.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MANIFEST = "manifest.json"
FACTS = "facts"

State = dict[str, NDArray[Any]]


class CheckpointError(Exception):
    """A checkpoint that cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One checkpoint in the manifest. `score` is its validation loss, None when not measured."""

    file: str
    step: int
    bytes: int
    sha256: str
    score: float | None = None
    best: bool = False


class Folder:
    """The checkpoints of a run."""

    def __init__(self, path: Path, keep: int) -> None:
        self.path = path
        self._keep = keep
        self.entries: list[Entry] = read_manifest(path)

    def save(
        self, name: str, state: State, facts: dict[str, Any], score: float | None = None
    ) -> Entry:
        """Writes a checkpoint and removes those no longer kept. Raises OSError when it cannot.

        `facts` has at least "step"; a checkpoint is the best when no other has a lower score.
        """
        content = _pack(state, facts)
        scores = [entry.score for entry in self.entries if entry.score is not None]
        best = score is not None and score <= min(scores, default=score)
        digest = hashlib.sha256(content).hexdigest()
        entry = Entry(name, facts["step"], len(content), digest, score, best)
        entries = [_demoted(old, best) for old in self.entries if old.file != name] + [entry]
        kept = [e for i, e in enumerate(entries) if e.best or i >= len(entries) - self._keep]
        self.path.mkdir(parents=True, exist_ok=True)
        write_atomically(self.path / name, content)
        try:
            self._list(kept)
        except OSError:
            if len(entries) > len(self.entries):  # not one that was listed before
                self._remove(name)
            raise
        self.entries = kept
        for old in entries:
            if old not in kept:
                self._remove(old.file)
        return entry

    def _list(self, entries: list[Entry]) -> None:
        listed = {"checkpoints": [asdict(entry) for entry in entries]}
        write_atomically(self.path / MANIFEST, json.dumps(listed, indent=1).encode() + b"\n")

    def _remove(self, name: str) -> None:
        with suppress(OSError):
            (self.path / name).unlink()


def _demoted(entry: Entry, newer_is_best: bool) -> Entry:
    fields = asdict(entry)
    return Entry(**fields | {"best": entry.best and not newer_is_best})


def read_manifest(folder: Path) -> list[Entry]:
    """What the manifest of a folder names, oldest first; nothing when there is none.

    Raises CheckpointError when it is damaged.
    """
    try:
        listed = json.loads((folder / MANIFEST).read_bytes())
        return [Entry(**fields) for fields in listed["checkpoints"]]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"{folder / MANIFEST} is damaged: {error}") from error


def load(path: Path) -> tuple[State, dict[str, Any]]:
    """Arrays and facts of a checkpoint, or of the newest one when `path` is a folder.

    Raises CheckpointError when it is missing, not in its manifest, or not what was written.
    """
    folder = path if path.is_dir() else path.parent
    entries = read_manifest(folder)
    if path.is_dir():
        if not entries:
            raise CheckpointError(f"there is no checkpoint in {path}")
        path = folder / entries[-1].file
    entry = next((entry for entry in entries if entry.file == path.name), None)
    if not path.exists():
        raise CheckpointError(f"there is no checkpoint {path}")
    if entry is None:
        raise CheckpointError(f"{path} is not in {folder / MANIFEST}: its save did not end")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise CheckpointError(f"{path} is damaged: its SHA-256 is not the one in {MANIFEST}")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        state = dict(arrays)
    facts = json.loads(state.pop(FACTS).tobytes())
    return state, facts


def _pack(state: State, facts: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    text = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    np.savez(file, allow_pickle=False, **state, **{FACTS: text})
    return file.getvalue()


def write_atomically(path: Path, content: bytes) -> None:
    """The file has the new content or, after any failure, what it had. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(fd, rest) :]
            os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    with suppress(OSError):  # not every file system syncs folders; the file is whole either way
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
