"""A run's metrics as event files for TensorBoard, written from what metrics.db has committed.

Nothing here is in anybody's way: it reads only what was recorded, a bounded portion a call, and
what cannot be written now is written later. How far it got stands in POSITION beside the file; what
was written after that is cut away by whoever goes on, so that every value is there once. Without a
readable position the file is made anew. One writer at a time holds LOCK.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from console.backend.appender import Appender, Shorter
from console.backend.history import History
from console.core import eventfile
from console.keeper import lock, rundir

FOLDER = "tensorboard"
POSITION = ".position.json"
LOCK = "events.lock"
PORTION = 512
"""Values a call writes at most: a few milliseconds."""

FEW = 65_536
"""Values of a series that wait for a reader; of more, evenly chosen ones are written."""

_MACHINE = frozenset({"cpu", "memory/used", "swap/used", "trainer/cpu", "trainer/memory"})
_Rows = dict[tuple[float, int], list[tuple[str, float]]]


def settings(run_dir: Path) -> tuple[Path, bool]:
    """(the folder of a run's event files, whether they are written while it runs)."""
    facts = (rundir.read_json(run_dir, rundir.RUN_JSON) or {}).get("tensorboard")
    said: Mapping[str, Any] = facts if isinstance(facts, dict) else {}
    own = said.get("dir")
    folder = Path(own) / run_dir.name if isinstance(own, str) and own else run_dir / FOLDER
    return folder, said.get("write") is not False


def tag_of(name: str) -> str:
    """The tag of a series: `train/loss` for what the trainer measured, others as they are."""
    if name in _MACHINE:
        return f"system/{name}"
    return name if "/" in name else f"train/{name}"


@contextmanager
def writing(run_dir: Path) -> Iterator[bool]:
    """Whether this is the one writer inside the block. Raises OSError."""
    held = lock.take(run_dir / LOCK)
    try:
        yield held is not None
    finally:
        if held is not None:
            os.close(held)


class EventFiles:
    """Writes the event file of one run; the caller is the one writer."""

    def __init__(self, run_dir: Path, folder: Path) -> None:
        self._history, self._folder = History(run_dir), folder
        self._is_inside = folder.parent == run_dir  # a run that was removed is not made again
        created = (rundir.read_json(run_dir, rundir.RUN_JSON) or {}).get("created")
        self._began = float(created) if isinstance(created, (int, float)) else 0.0
        # TensorBoard knows an event file by `tfevents` in its name.
        self._name = f"events.out.tfevents.{self._began:.0f}.gladius-console.{run_dir.name}"
        self._file: Appender | None = None
        self._done: dict[str, tuple[str, int]] = {}

    def write(self, *, stepless: bool = False, most: int = PORTION) -> bool:
        """Writes at most about `most` values; True when more is waiting. Raises OSError.

        A run in which no value has a step is `stepless`: its events have none.
        """
        counts = self._history.counts()
        if not counts:
            return False
        file = self._file or self._open()
        tags = self._tags(counts)
        behind = [name for name, count in counts.items() if count > tags[name][1]]
        rows, done, more = self._collect(behind, counts, tags, most)
        if not rows:
            return False
        for (t, step), values in sorted(rows.items()):
            file.add(eventfile.scalars(t, None if stepless else step, values))
        try:
            file.flush()
            self._keep(file.length, done)
        except OSError:
            self.close()  # what is half written is cut away by the next call
            raise
        self._done = done
        return more

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def _collect(
        self,
        behind: list[str],
        counts: Mapping[str, int],
        tags: Mapping[str, tuple[str, int]],
        most: int,
    ) -> tuple[_Rows, dict[str, tuple[str, int]], bool]:
        """A portion of each series by moment, how far that is, and whether more is waiting."""
        rows, done, more = _Rows(), dict(tags), False
        share = max(1, most // max(1, len(behind)))
        for name in behind:
            tag, first = tags[name]
            found = self._history.part(name, first, share)
            stride = 1 + (counts[name] - first) // FEW
            for index in range(-first % stride, len(found), stride):
                moment = (found.times[index], found.steps[index])
                rows.setdefault(moment, []).append((tag, found.last[index]))
            done[name] = (tag, first + len(found))
            more |= bool(found) and done[name][1] < counts[name]
        return rows, done, more

    def _tags(self, names: Mapping[str, int]) -> dict[str, tuple[str, int]]:
        """Tag and number of values written of each series; a tag stands for one series only."""
        found = dict(self._done)
        taken = {tag for tag, _ in found.values()}
        for name in names:
            if name not in found:
                tag = tag_of(name)
                found[name] = (name if tag in taken else tag, 0)
                taken.add(found[name][0])
        return found

    # the file

    def _open(self) -> Appender:
        """Goes on after the last position, or begins. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=not self._is_inside, exist_ok=True)
        path, known = self._folder / self._name, self._known()
        with suppress(Shorter):
            self._file = Appender(path, known["length"])
            self._done = {name: (tag, count) for name, (tag, count) in known["done"].items()}
        if self._file is None:
            self._file, self._done = Appender(path, 0), {}
        if self._file.length == 0:
            self._file.add(eventfile.head(self._began))
            self._done = {}
        return self._file

    def _known(self) -> dict[str, Any]:
        try:
            found = json.loads((self._folder / POSITION).read_bytes())
            if isinstance(found["length"], int) and found["file"] == self._name:
                for tag, count in found["done"].values():
                    if not (isinstance(tag, str) and isinstance(count, int)):
                        raise ValueError(f"{POSITION} is damaged")
                return dict(found)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            pass
        return {"length": 0, "done": {}}

    def _keep(self, length: int, done: Mapping[str, tuple[str, int]]) -> None:
        """Replaces the position as a whole; not durable: lost, the file is made anew."""
        text = json.dumps({"file": self._name, "length": length, "done": done})
        temporary = self._folder / f"{POSITION}.{os.getpid()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(temporary, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            temporary.rename(self._folder / POSITION)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
