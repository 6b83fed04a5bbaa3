"""A file that is written under a hidden name beside its place, until whoever writes it names it.

It is locked while it is written; one that nobody holds is what somebody who was killed left behind,
and goes with the next file of that name.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
FOUND_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NAME_BYTES = 100
"""So much of a name is kept: with what follows it must not have more than 255."""


@contextmanager
def begun(folder: Path, name: str) -> Iterator[tuple[Path, BinaryIO]]:
    """The hidden path and the file, readable by us alone; name it within the block, flushed.

    What is not named is gone after the block. No link is followed. Raises OSError.
    """
    stem = name.encode("utf-8", "replace")[:NAME_BYTES].decode("utf-8", "ignore")
    sweep(folder, stem)
    part, descriptor = _locked(folder, stem)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield part, file
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def sweep(folder: Path, stem: str) -> None:
    """Takes away what was left behind of files of this name."""
    pattern = re.compile(rf"\.{re.escape(stem)}\.[0-9a-f]{{12}}\.part")
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if pattern.fullmatch(entry.name):
                with suppress(OSError):
                    _take_away(folder / entry.name)


def _locked(folder: Path, stem: str) -> tuple[Path, int]:
    """A new file that no sweep of another process takes away from now on."""
    while True:
        part = folder / f".{stem}.{secrets.token_hex(6)}.part"
        descriptor = os.open(part, NEW_FILE, 0o600)
        with suppress(OSError):  # a file system without locks: leftovers stay there
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return part, descriptor
        os.close(descriptor)  # a sweep was between the two lines


def _take_away(part: Path) -> None:
    """Raises OSError when it is somebody's."""
    descriptor = os.open(part, FOUND_FILE)
    try:
        facts = os.fstat(descriptor)
        if stat.S_ISREG(facts.st_mode) and facts.st_uid == os.geteuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(part)
    finally:
        os.close(descriptor)
