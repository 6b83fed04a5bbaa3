"""A folder that appears whole: it is filled under another name beside it, and renamed at the end.

While it is filled its owner holds a lock on it; one without such a lock is a leftover of somebody
who was killed, and goes with the next export to the same place. No link is followed: everything is
opened by its name within a folder that is held open.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the folder."""

    file: str
    bytes: int
    sha256: str


class Folder:
    """Use it as a context manager; without `publish` nothing of it is left. Raises OSError."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.written: list[Written] = []
        self._temporary = f".{_stem(target.name)}.{secrets.token_hex(6)}.part"
        self._parent = self._inside = -1
        self._made: set[str] = set()
        self._published = False

    def __enter__(self) -> Folder:
        self._parent = os.open(self.target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            sweep(self._parent, self.target.name)
            os.mkdir(self._temporary, 0o700, dir_fd=self._parent)
            self._inside = os.open(self._temporary, DIRECTORY, dir_fd=self._parent)
            with suppress(OSError):  # a file system without locks: leftovers stay there
                fcntl.flock(self._inside, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def write(
        self, name: str, pieces: Iterable[bytes], wrote: Callable[[int], None] = lambda _n: None
    ) -> Written:
        """Writes a file; `wrote` is told of the bytes of each piece. `name` may have one folder."""
        folder, _, last = name.rpartition("/")
        if folder and folder not in self._made:
            os.mkdir(folder, 0o700, dir_fd=self._inside)
            self._made.add(folder)
        at = os.open(folder, DIRECTORY, dir_fd=self._inside) if folder else os.dup(self._inside)
        try:
            descriptor = os.open(last, NEW_FILE, 0o600, dir_fd=at)
        finally:
            os.close(at)
        total, digest = 0, hashlib.sha256()
        try:
            for piece in pieces:
                _write_all(descriptor, piece)
                digest.update(piece)
                total += len(piece)
                wrote(len(piece))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.written.append(Written(name, total, digest.hexdigest()))
        return self.written[-1]

    def publish(self, *, replace: bool) -> None:
        """Gives it its name. With `replace` what has that name goes, after it has."""
        for folder in self._made:
            at = os.open(folder, DIRECTORY, dir_fd=self._inside)
            try:
                os.fsync(at)
            finally:
                os.close(at)
        os.fsync(self._inside)
        name = self.target.name
        aside = f"{self._temporary.removesuffix('.part')}.old"
        if replace:
            self._rename(name, aside)
        try:
            self._rename(self._temporary, name)
        except OSError:
            if replace:
                with suppress(OSError):  # else it is put back by the next export
                    self._rename(aside, name)
            raise
        self._published = True
        with suppress(OSError):  # it is there; only a power cut could still take it back
            os.fsync(self._parent)
        if replace:
            shutil.rmtree(aside, ignore_errors=True, dir_fd=self._parent)

    def _rename(self, one: str, other: str) -> None:
        os.rename(one, other, src_dir_fd=self._parent, dst_dir_fd=self._parent)

    def _close(self) -> None:
        if not self._published and self._parent >= 0:
            shutil.rmtree(self._temporary, ignore_errors=True, dir_fd=self._parent)
        for descriptor in (self._inside, self._parent):
            if descriptor >= 0:
                os.close(descriptor)
        self._inside = self._parent = -1


def _write_all(descriptor: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(descriptor, view[:PIECE_BYTES]) :]


def _stem(name: str) -> str:
    """The beginning of a name, so that there is room for what follows: a name has 255 bytes."""
    return name.encode("utf-8", "replace")[:100].decode("utf-8", "ignore")


def tidy(target: Path) -> None:
    """Takes away what a killed export to `target` left behind."""
    with suppress(OSError):
        parent = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            sweep(parent, target.name)
        finally:
            os.close(parent)


def sweep(parent: int, name: str) -> None:
    """Takes away what exports of this name that were killed left behind, and puts back what one of
    them had set aside and not replaced yet."""
    pattern = re.compile(rf"\.{re.escape(_stem(name))}\.[0-9a-f]{{12}}\.(part|old)")
    with os.scandir(parent) as entries:
        found = [match for entry in entries if (match := pattern.fullmatch(entry.name))]
    for match in found:
        with suppress(OSError):
            _take_away(parent, match[0], name, was_whole=match[1] == "old")


def _take_away(parent: int, leftover: str, name: str, *, was_whole: bool) -> None:
    held = os.open(leftover, DIRECTORY, dir_fd=parent)
    try:
        if os.fstat(held).st_uid != os.geteuid():
            return
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if was_whole and not _is_there(parent, name):
            os.rename(leftover, name, src_dir_fd=parent, dst_dir_fd=parent)
        else:
            shutil.rmtree(leftover, ignore_errors=True, dir_fd=parent)
    finally:
        os.close(held)


def _is_there(parent: int, name: str) -> bool:
    try:
        os.lstat(name, dir_fd=parent)
    except FileNotFoundError:
        return False
    return True
