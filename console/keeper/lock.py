"""Advisory locks that die with their holder (flock), never passed on by accident."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

# A look at a lock (`is_held`) holds it for some microseconds; who wants the lock asks again.
_TRIES = 4
_PAUSE_SECONDS = 0.005


def take(path: Path) -> int | None:
    """Returns the descriptor that holds the lock, or None when somebody else holds it.

    The lock is free again when the last copy of the descriptor is closed. Raises OSError when the
    file cannot be opened (a link is refused).
    """
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        if _flock(descriptor, fcntl.LOCK_EX) and _is_same_file(descriptor, path):
            return descriptor
        os.close(descriptor)
    return None


def is_held(path: Path) -> bool:
    """Says whether somebody holds the lock. Makes no file; one that cannot be read is not held."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _flock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def share(descriptor: int) -> None:
    """Holds an open lock file together with others until its last copy is closed.

    Waits for whoever just looks at it (`is_held` does). Raises OSError.
    """
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def _flock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_same_file(descriptor: int, path: Path) -> bool:
    """A lock on a file that was deleted meanwhile excludes nobody."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    return False
