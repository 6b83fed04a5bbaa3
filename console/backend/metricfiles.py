"""Follows the files a trainer writes its metrics to, in its working and output directories.

Those the console knows (`core.formats.files.KINDS`) are found by name, and followed when they
changed since the run began: what an earlier run left in them is passed over. Others are named in
the configuration (`run.metrics_files`, relative to the working directory). Links are not followed.
Where each file was read up to is part of the recorder's record: every row is told exactly once.
"""

from __future__ import annotations

import itertools
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.backend.metricwalk import FOLDERS, walk
from console.core.config import ConfigError, load
from console.core.formats.files import FileReader
from console.keeper import rundir

if TYPE_CHECKING:
    from console.core.formats.found import Found

READ_BYTES = 1 << 16
LOOK_SECONDS, READ_SECONDS = 5.0, 0.5
LOOK_RATIO = 100
"""Looking for files takes at most one part of so many of the time."""

LOOK_BUDGET_SECONDS, LAST_LOOK_SECONDS = 0.02, 0.2
"""At once, and in all when the trainer has ended."""

FILES = 4
"""Followed; what is beyond is not found."""

REASON_LENGTH = 200

_MALFORMED = (ArithmeticError, ValueError, TypeError, LookupError, AttributeError)
_OUTPUT = ("--output_dir", "--output-dir", "--output", "--default_root_dir", "--project",
           "output_dir", "hydra.run.dir")  # fmt: skip
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(slots=True)
class Followed:
    """A file, how far it was told, and which one it was."""

    path: str
    offset: int
    inode: int
    reader: FileReader
    wants: bool = True
    """Named by the user."""
    reason: str = ""
    """Why it is followed no more."""

    def drop(self, reason: str) -> None:
        """It is left alone from now on."""
        self.offset, self.reason = -1, reason

    def save(self) -> dict[str, Any]:
        return {
            "path": self.path, "offset": self.offset, "inode": self.inode,
            "reader": self.reader.save(), "wants": self.wants,
            "reason": self.reason,
        }  # fmt: skip

    @classmethod
    def load(cls, state: dict[str, Any]) -> Followed:
        return cls(**{**state, "reader": FileReader.load(state["reader"])})


class MetricFiles:
    """The files of one run. `poll` gives what is new, file by file."""

    def __init__(self, run_dir: Path, record: dict[str, Any] | None) -> None:
        """`record` is what `record` gave at the last commit."""
        facts, known = rundir.read_json(run_dir, rundir.RUN_JSON) or {}, record or {}
        created, cwd, command = (facts.get(name) for name in ("created", "cwd", "command"))
        self._created: float = created if isinstance(created, (int, float)) else inf
        self._roots = _roots(cwd, command if isinstance(command, list) else [])
        self._named = _named(run_dir) if self._roots else ()
        self._before: dict[str, int] = known.get("before", {})
        self._followed = {f["path"]: Followed.load(f) for f in known.get("files", ())}
        self._look_at = self._read_at = -inf
        self._journalled: dict[str, int] | None = None
        self._is_restored = False
        self._walk: Iterator[str | None] | None = None
        if record is None:  # before the trainer adds to what an earlier run left
            self._look()

    def record(self) -> dict[str, Any]:
        """What a successor needs to go on exactly here."""
        return {"files": [f.save() for f in self._followed.values()], "before": self._before}

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
            found = _read(followed)
        except OSError:
            return []
        except _MALFORMED as error:
            followed.drop(f"it makes no sense: {error!r}"[:REASON_LENGTH])
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
        if seen.st_mtime < self._created - 1.0:
            if len(self._before) < FOLDERS:
                self._before.setdefault(path, seen.st_size)
            return
        reader = FileReader(os.path.basename(path))
        self._followed[path] = Followed(path, 0, seen.st_ino, reader, wants)
        if size := self._before.get(path):
            try:
                _pass_over(self._followed[path], size)
            except OSError:
                return
            except _MALFORMED as error:
                self._followed[path].drop(f"it makes no sense: {error!r}"[:REASON_LENGTH])


def _pass_over(followed: Followed, size: int) -> None:
    """Reads what an earlier run left, for its columns, and tells nothing of it."""
    while followed.offset < size:
        before = followed.offset
        _read(followed, size)
        if followed.offset == before:
            return


def _read(followed: Followed, end: int | None = None) -> list[Found]:
    """The next whole lines, at most READ_BYTES. Raises OSError."""
    if followed.offset < 0:
        return []
    file = os.open(followed.path, _FLAGS)
    try:
        seen = os.fstat(file)
        if not stat.S_ISREG(seen.st_mode):
            return []
        if seen.st_ino != followed.inode or seen.st_size < followed.offset:
            followed.inode, followed.offset = seen.st_ino, 0
            followed.reader.again()
        size = READ_BYTES if end is None else min(READ_BYTES, end - followed.offset)
        data = os.pread(file, size, followed.offset)
    finally:
        os.close(file)
    whole = data.rfind(b"\n") + 1
    if not whole and len(data) == READ_BYTES:
        followed.offset += len(data)  # no line is that long: it is passed over
    followed.offset += whole
    return followed.reader.read(data[:whole])


def _roots(cwd: object, command: list[Any]) -> list[str]:
    """The working directory, and output directories the command names."""
    if not isinstance(cwd, str) or not os.path.isdir(cwd):
        return []
    words = [word for word in command if isinstance(word, str)]
    named = [after for word, after in itertools.pairwise(words) if word in _OUTPUT]
    named += [
        value
        for word in words
        for name, is_given, value in [word.partition("=")]
        if is_given and name in _OUTPUT
    ]
    root = os.path.realpath(cwd)
    outside = [os.path.realpath(os.path.join(root, name)) for name in named]
    return [root, *(path for path in outside if os.path.isdir(path) and not _is_in(path, root))]


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
