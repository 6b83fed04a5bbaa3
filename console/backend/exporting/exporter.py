"""Exports a run: looks at the place, writes what is wanted, and lists it in a manifest."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from console import __version__
from console.backend.exporting import writers
from console.backend.exporting.folder import Folder, tidy
from console.backend.exporting.frozen import Picture
from console.backend.exporting.place import MANIFEST, PROGRAM, place, stranger
from console.backend.partfile import begun
from console.core.export_parts import (
    BY_ID,
    CANCELLED,
    EVERYTHING,
    RAW_WARNING,
    Cancelled,
    Exported,
    Occupied,
    Place,
    Progress,
    Refused,
    Tell,
    file_name,
    folder_name,
)
from console.core.format import size, text
from console.core.timeline_text import moment
from console.keeper import rundir

MANIFEST_VERSION = 1
TRIES = 1000
"""Names that are tried for a file that must not take another one's place."""


class RunExporter:
    """Exports one run; see `core.export_parts.Exporter`. Paths are meant from `here` on."""

    def __init__(self, run_dir: Path, name: str, here: Path | None = None) -> None:
        self._dir, self._name = run_dir, name
        self._here = Path.cwd() if here is None else here
        self._sizes: dict[str, int] | None = None

    def folder(self) -> str:
        """A folder where the person stands, that is not there yet."""
        name = folder_name(self._dir.name, self._name)
        free = (self._here / f"{name}{ending}" for ending in _endings())
        return str(next((path for path in free if not os.path.lexists(path)), self._here / name))

    def look(self, folder: str, parts: Sequence[str]) -> Place:
        """Whether `parts` can be written to `folder`. Raises Refused when the run is unreadable."""
        if self._sizes is None:  # for a guess those of the first look are good enough
            picture = Picture(self._dir)
            self._sizes = {part: writers.expected(picture, part) for part in BY_ID}
        return self._place(folder, sum(self._sizes.get(part, 0) for part in parts))

    def write(
        self, folder: str, parts: Sequence[str], *, force: bool = False, tell: Tell
    ) -> Exported:
        """Writes `parts` to `folder`, whole or not at all. Raises Refused, Cancelled, OSError."""
        wanted = _known(parts)
        picture = Picture(self._dir)
        expected = sum(writers.expected(picture, part) for part in wanted)
        tidy(Path(self._place(folder, expected).folder))
        found = self._place(folder, expected)
        if found.problem:
            raise Refused(found.problem)
        if found.replaces and not force:
            raise Occupied(f"an export is in {text(found.folder)} already")
        notes = _notes(picture, wanted)
        try:
            with Folder(Path(found.folder)) as into:
                _fill(into, picture, wanted, expected, tell)
                picture.series.check()
                listed = _manifest(picture, into, wanted, notes)
                into.write(MANIFEST, [json.dumps(listed, indent=2).encode() + b"\n"])
                if found.replaces and (strange := stranger(Path(found.folder))):
                    raise Refused(f"{text(strange)} came into {text(found.folder)} meanwhile")
                into.publish(replace=found.replaces)
        except OSError as error:
            raise OSError(error.errno, _reason(error, found)) from error
        total = sum(item.bytes for item in into.written)
        return Exported(found.folder, len(into.written), total, tuple(notes))

    def single(self, part: str) -> list[str]:
        """Writes a part where the person stands; the paths. Raises OSError, Refused."""
        picture = Picture(self._dir)
        return [self._beside(name, pieces) for name, pieces in writers.WRITERS[part](picture)]

    def keep(self, name: str, text: str) -> str:
        """Writes one file where the person stands; its path. Raises OSError."""
        return self._keep(name, [text.encode("utf-8", "replace")])

    def _beside(self, name: str, pieces: Iterable[bytes]) -> str:
        return self._keep(f"{file_name(self._name)}-{name.rpartition('/')[2]}", pieces)

    def _keep(self, name: str, pieces: Iterable[bytes]) -> str:
        """Writes a file under another name, and gives it the first of its names that is free."""
        stem, dot, ending = name.rpartition(".")
        with begun(self._here, file_name(stem)) as (part, file):
            file.writelines(pieces)
            file.flush()
            for number in _endings():
                path = self._here / f"{file_name(stem)}{number}{dot}{ending}"
                with suppress(FileExistsError):
                    _name(part, path)
                    return str(path)
        raise FileExistsError(errno.EEXIST, f"there are {TRIES} files like that: {name}")

    def _place(self, folder: str, needed: int) -> Place:
        typed = os.path.join(self._here, os.path.expanduser(folder)) if folder.strip() else ""
        return place(typed, folder_name(self._dir.name, self._name), self._dir, needed)


def _endings() -> Iterable[str]:
    return ("", *(f"-{number}" for number in range(2, TRIES)))


def _name(part: Path, path: Path) -> None:
    """Gives a file another name. Raises FileExistsError when somebody has it, OSError."""
    try:
        os.link(part, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, str(path)) from None
        os.rename(part, path)


def _known(parts: Sequence[str]) -> list[str]:
    """The parts in their own order, each once. Raises Refused."""
    strange = [part for part in parts if part not in BY_ID]
    if strange or not parts:
        known = ", ".join(BY_ID)
        what = f"{text(strange[0])} is nothing to export" if strange else "nothing was chosen"
        raise Refused(f"{what}; there are {known}")
    return [part for part in BY_ID if part in parts]


def _fill(into: Folder, picture: Picture, parts: Sequence[str], expected: int, tell: Tell) -> None:
    done = 0

    def wrote(count: int) -> None:
        nonlocal done
        done += count
        _tell(tell, Progress(name, done, expected))

    for part in parts:
        for name, pieces in writers.WRITERS[part](picture):
            _tell(tell, Progress(name, done, expected))
            into.write(name, pieces, wrote)


def _tell(tell: Tell, progress: Progress) -> None:
    if not tell(progress):
        raise Cancelled(CANCELLED)


def _notes(picture: Picture, parts: Sequence[str]) -> list[str]:
    said = writers.notes(picture, parts)
    return [*said, RAW_WARNING] if "raw" in parts else said


def _manifest(
    picture: Picture, into: Folder, parts: Sequence[str], notes: Sequence[str]
) -> dict[str, object]:
    run = picture.state.run
    return {
        "program": PROGRAM,
        "version": __version__,
        "manifest": MANIFEST_VERSION,
        "run": picture.dir.name,
        "name": text(run.name) if run.name else None,
        "host": text(run.host) if run.host else None,
        "written": moment(time.time()),
        "as_of": moment(picture.taken) if picture.taken is not None else None,
        "step": picture.state.position.step,
        "status": str(picture.state.status),
        "final": (picture.dir / rundir.FINAL).exists(),
        "everything": set(EVERYTHING) <= set(parts),
        "masked": "raw" not in parts,
        "notes": list(notes),
        "files": [
            {"file": item.file, "bytes": item.bytes, "sha256": item.sha256} for item in into.written
        ],
    }


def _reason(error: OSError, found: Place) -> str:
    """What happened, and what to do."""
    where = text(found.folder)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        room = f"about {size(found.needed)} are needed"
        return f"the disk of {where} is full, nothing was left there; {room}: choose another disk"
    return f"nothing was written to {where}: {error.strerror or error}"
