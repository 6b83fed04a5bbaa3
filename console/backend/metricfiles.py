"""Follows the files a trainer writes its metrics to, in its working and output directories.

Those the console knows (`core.formats.files.KINDS`) are found by name, and followed when they were
made since the run began and are the only new one of their name: another run's are left alone. In a
folder the command names, and where the configuration names the file (`run.metrics_files`, relative
to the working directory), what an earlier run left is passed over. Links are not followed.
Where each file was read up to is part of the recorder's record: every row is told exactly once.
"""

from __future__ import annotations

import itertools
import os
import stat
import time
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.backend.followed import MALFORMED, Followed, pass_over, read
from console.backend.metricwalk import FOLDERS, walk
from console.core.config import ConfigError, load
from console.core.formats.files import FileReader
from console.keeper import rundir

if TYPE_CHECKING:
    from console.core.formats.found import Found

LOOK_SECONDS, READ_SECONDS = 5.0, 0.5
LOOK_RATIO = 100
"""Looking for files takes at most one part of so many of the time."""

LOOK_BUDGET_SECONDS, LAST_LOOK_SECONDS = 0.02, 0.2
"""At once, and in all when the trainer has ended."""

FILES = 4
"""Followed; what is beyond is not found."""

REASON_LENGTH = 200

_OUTPUT = ("--output_dir", "--output-dir", "--output", "--default_root_dir", "--project",
           "output_dir", "hydra.run.dir")  # fmt: skip


class MetricFiles:
    """The files of one run. `poll` gives what is new, file by file."""

    def __init__(self, run_dir: Path, record: dict[str, Any] | None) -> None:
        """`record` is what `record` gave at the last commit."""
        facts, known = rundir.read_json(run_dir, rundir.RUN_JSON) or {}, record or {}
        created, cwd, command = (facts.get(name) for name in ("created", "cwd", "command"))
        self._created: float = created if isinstance(created, (int, float)) else inf
        self._roots, self._folders = _roots(cwd, command if isinstance(command, list) else [])
        self._named = _named(run_dir) if self._roots else ()
        self._before: dict[str, int] = known.get("before", {})
        self._followed = {f["path"]: Followed.load(f) for f in known.get("files", ())}
        self._look_at = self._read_at = -inf
        self._journalled: dict[str, int] | None = None
        self._is_restored = False
        self._rivals: list[str] = known.get("rivals", [])
        """Names two new files have, so that nobody knows which is the trainer's."""
        self._notes: list[str] = []
        self._walk: Iterator[str | None] | None = None
        if record is None:  # before the trainer adds to what an earlier run left
            self._look()

    def record(self) -> dict[str, Any]:
        """What a successor needs to go on exactly here."""
        files = [f.save() for f in self._followed.values()]
        return {"files": files, "before": self._before, "rivals": self._rivals}

    def notes(self) -> list[str]:
        """What is to be said about files that are not followed, each once."""
        notes, self._notes = self._notes, []
        return notes

    def place(self, followed: Followed) -> dict[str, Any]:
        """What the journal says once everything read of a file is in there: where that is, and what
        earlier runs left, when it did not say so yet."""
        place: dict[str, Any] = {"files": [followed.save()]}
        if self._journalled != self._before:
            self._journalled = dict(self._before)
            place["before"] = self._journalled
        return place

    def restore(self, record: dict[str, Any]) -> None:
        """Goes on where a record of the journal says that everything before it is in there. What
        was found by looking now is found again then, as what was there before is known."""
        if not self._is_restored:
            self._is_restored, self._followed = True, {}
        self._followed |= {f["path"]: Followed.load(f) for f in record.get("files", ())}
        self._before = record.get("before", self._before)
        for name in self._rivals:
            self._drop_rivals(name)

    def poll(self) -> Iterator[tuple[Followed, list[Found]]]:
        """What files say since they were last read. Nothing raises: a file that cannot be read now
        may be later."""
        now = time.monotonic()
        if not self._roots or now < self._read_at:
            return
        self._read_at = now + READ_SECONDS
        if now >= self._look_at:
            is_done = self._look()
            took = time.monotonic() - now
            self._look_at = now + max(LOOK_SECONDS if is_done else 0.0, LOOK_RATIO * took)
        for followed in list(self._followed.values()):
            if found := self._news(followed):
                yield followed, found

    def _news(self, followed: Followed) -> list[Found]:
        """What one file says now; one that makes no sense is left alone from then on."""
        found: list[Found] = []
        try:
            found = read(followed)
        except OSError:
            return []
        except MALFORMED as error:
            self._drop_malformed(followed, error)
        if followed.reader.is_refused and not followed.wants:
            followed.drop("it is another program's")
        return found

    def finish(self) -> Iterator[tuple[Followed, list[Found]]]:
        """The trainer has ended: all that is left."""
        self._walk, until = None, time.monotonic() + LAST_LOOK_SECONDS
        found = None
        while found is None or found or (self._walk and time.monotonic() < until):
            self._read_at = self._look_at = -inf
            found = list(self.poll())
            yield from found

    def _look(self) -> bool:
        """Finds files that were not followed yet, for LOOK_BUDGET_SECONDS at most and from where it
        stopped; True when all was looked through."""
        until = time.monotonic() + LOOK_BUDGET_SECONDS
        for path in self._named:
            self._consider(path, wants=True)
        if self._walk is None:
            self._walk = itertools.chain.from_iterable(map(walk, self._roots))
        for found in self._walk:
            if found:
                self._consider(found, wants=False)
            if time.monotonic() > until:
                return False
        self._walk = None
        return True

    def _consider(self, path: str, *, wants: bool) -> None:
        if path in self._followed or len(self._followed) >= FILES:
            return
        try:
            seen = os.lstat(path)
        except OSError:
            return
        if not stat.S_ISREG(seen.st_mode):
            return
        followed = Followed(path, 0, seen.st_ino, FileReader(os.path.basename(path)), wants)
        if not self._is_named(followed):
            self._find(followed, seen)
        elif seen.st_mtime < self._created - 1.0:
            self._leave(path, seen.st_size)
        else:
            self._followed[path] = followed
            try:
                pass_over(followed, self._before.get(path, 0))
            except OSError:
                return
            except MALFORMED as error:
                self._drop_malformed(followed, error)

    def _find(self, followed: Followed, seen: os.stat_result) -> None:
        """Follows a file nobody named, if it is surely the trainer's: made after the start, and the
        only one of its name with a row."""
        path, name = followed.path, followed.reader.name
        if path in self._before or name in self._rivals:
            return
        probe = Followed(path, 0, followed.inode, FileReader(name), wants=False)
        try:
            # A folder that did not change since the start had the file before.
            changed = min(seen.st_mtime, os.stat(os.path.dirname(path)).st_mtime)
            if changed >= self._created - 1.0:
                read(probe)
        except OSError:
            return
        except MALFORMED as error:
            self._drop_malformed(probe, error)
        if changed < self._created - 1.0 or probe.reader.is_refused or probe.offset < 0:
            self._leave(path, seen.st_size)
        elif probe.reader.rows:
            self._followed[path] = followed
            self._tell_rivals(name)

    def _tell_rivals(self, name: str) -> None:
        """Where two files of a name grow, none is followed, unless one was named."""
        same = [f for f in self._followed.values() if f.reader.name == name and f.offset >= 0]
        found = [f for f in same if not self._is_named(f)]
        if len(same) < 2:
            return
        if len(found) < len(same):
            self._leave(found[-1].path, 0)
            del self._followed[found[-1].path]
            return
        self._rivals.append(name)
        self._drop_rivals(name)
        paths = [self._shown(f.path) for f in same]
        self._notes.append(
            f"METRICS: {' and '.join(paths)} both grow, so neither is followed; "
            f"say which is yours: run: {{metrics_files: [{paths[-1]}]}}"
        )

    def _drop_rivals(self, name: str) -> None:
        for followed in self._followed.values():
            if followed.reader.name == name and not self._is_named(followed):
                followed.drop("another file of this name grows too")

    def _drop_malformed(self, followed: Followed, error: Exception) -> None:
        followed.drop(f"it makes no sense: {error!r}"[:REASON_LENGTH])
        shown, kind = self._shown(followed.path), type(error).__name__
        self._notes.append(f"METRICS: {shown} makes no sense ({kind}), so it is not followed")

    def _is_named(self, followed: Followed) -> bool:
        path = followed.path
        return path in self._named or os.path.dirname(path) in self._folders

    def _leave(self, path: str, size: int) -> None:
        """It was there before: what is in it is not of this run."""
        if len(self._before) < FOLDERS:
            self._before.setdefault(path, size)

    def _shown(self, path: str) -> str:
        shown = os.path.relpath(path, self._roots[0])
        return "".join(letter if letter.isprintable() else "?" for letter in shown)


def _roots(cwd: object, command: list[Any]) -> tuple[list[str], frozenset[str]]:
    """The working directory and the output directories outside it that the command names; and all
    that it names."""
    if not isinstance(cwd, str) or not os.path.isdir(cwd):
        return [], frozenset()
    words = [word for word in command if isinstance(word, str)]
    named = [after for word, after in itertools.pairwise(words) if word in _OUTPUT]
    named += [
        value
        for word in words
        for name, is_given, value in [word.partition("=")]
        if is_given and name in _OUTPUT
    ]
    root = os.path.realpath(cwd)
    folders = [os.path.realpath(os.path.join(root, name)) for name in named]
    outside = [path for path in folders if os.path.isdir(path) and not _is_in(path, root)]
    return [root, *outside], frozenset(folders)


def _named(run_dir: Path) -> tuple[str, ...]:
    """The files the configuration names, as far as no link leads out of the working directory."""
    facts = rundir.read_json(run_dir, rundir.RUN_JSON) or {}
    try:
        text = (run_dir / rundir.CONFIG_YAML).read_bytes()
        files = load(text, rundir.CONFIG_YAML).run.metrics_files if b"metrics_files" in text else ()
    except (OSError, ConfigError):
        return ()
    root = os.path.realpath(str(facts.get("cwd")))
    paths = [os.path.join(root, name) for name in files]
    return tuple(
        path
        for name, path in zip(files, paths, strict=True)
        if os.path.isabs(name) or _is_in(os.path.realpath(os.path.dirname(path)), root)
    )


def _is_in(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")
