"""Whether an export can go where a person wants it, and what to do if not. Nothing is written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from console.core.export_parts import Place
from console.core.format import size, text
from console.keeper import rundir

MANIFEST = "manifest.json"
PROGRAM = "gladius-console"

HEAD_BYTES = 64
"""So much of a manifest tells whose it is."""

ROOM = 1.1
"""So many times what is expected must be free: it is an estimate."""


def place(typed: str, own_name: str, run_dir: Path, needed: int) -> Place:
    """What stands in the way of an export of `needed` bytes to the folder that was typed.

    `own_name` is what the folder is called where only its parent was named.
    """
    if not typed.strip():
        return Place("", "name a folder")
    if "\0" in typed:
        return Place(typed, "a folder's name has no zero byte")
    path = Path(os.path.abspath(os.path.expanduser(typed.strip())))
    problem, replaces, suggestion = _standing(path, own_name)
    problem = problem or _parent(path) or _inside(path, run_dir)
    free = _free(path.parent)
    if not problem and free is not None and free < needed * ROOM:
        problem = (
            f"about {size(needed)} are needed and {size(free)} are free: make room, or choose "
            "another disk"
        )
    return Place(str(path), problem, replaces and not problem, needed, free, suggestion)


def _standing(path: Path, own_name: str) -> tuple[str, bool, str]:
    """(problem, an export of ours is replaced, what would do) of what has that name."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return "", False, ""
    except OSError as error:
        return f"{text(path)}: {error.strerror}; choose another folder", False, ""
    if stat.S_ISLNK(facts.st_mode):
        return f"{text(path)} is a link: name the folder it leads to", False, ""
    if not stat.S_ISDIR(facts.st_mode):
        return f"{text(path)} is a file: choose another name", False, ""
    try:
        with os.scandir(path) as entries:
            is_empty = next(entries, None) is None
    except OSError as error:
        return f"{text(path)} cannot be read: {error.strerror}", False, ""
    if is_empty:
        return "", False, ""
    if not (strange := stranger(path)):
        return "", True, ""
    inside = str(path / own_name)
    why = f"{text(path.name)} holds other files ({text(strange)})"
    return f"{why}: choose a new folder, as {text(inside)}", False, inside


def is_export(folder: str) -> bool:
    """Whether an export of ours is there, judged by the first bytes of its manifest."""
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        with open(os.open(os.path.join(folder, MANIFEST), flags), "rb") as file:
            return f'"program": "{PROGRAM}"'.encode() in file.read(HEAD_BYTES)
    except OSError:
        return False


def stranger(path: Path) -> str:
    """A file in a folder that no export put there; empty when there is none."""
    told = rundir.read_json(path, MANIFEST)
    if told is None or told.get("program") != PROGRAM:
        with os.scandir(path) as entries:
            return next((entry.name for entry in entries), "")
    listed = told.get("files")
    known = {MANIFEST}
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and isinstance(item.get("file"), str):
            known.add(item["file"])
    folders = {parent for name in known for parent in map(str, Path(name).parents)}
    for found, inner, files in os.walk(path):
        here = Path(found).relative_to(path)
        for name in inner:
            if str(here / name) not in folders or (Path(found) / name).is_symlink():
                return str(here / name)
        for name in files:
            if str(here / name) not in known:
                return str(here / name)
    return ""


def _parent(path: Path) -> str:
    parent = path.parent
    if not parent.exists():
        return f"there is no folder {text(parent)}: make it, or choose another"
    if not parent.is_dir():
        return f"{text(parent)} is no folder: choose another"
    if not os.access(parent, os.W_OK | os.X_OK):
        return f"you may not write in {text(parent)}: choose another folder"
    return ""


def _inside(path: Path, run_dir: Path) -> str:
    """The run's own folder is no place for what is made of it."""
    there = path.parent.resolve() / path.name
    for own in (run_dir.resolve(), (rundir.home() / "runs").resolve()):
        if there == own or own in there.parents:
            return "that is where the runs themselves are: choose another folder"
    return ""


def _free(parent: Path) -> int | None:
    try:
        facts = os.statvfs(parent)
    except OSError:
        return None
    return facts.f_bavail * facts.f_frsize
