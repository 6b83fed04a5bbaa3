"""Bookmarks of a run's output: row numbers in `bookmarks.json` of its directory.

They belong to the run and go with it. Any screen may set them, one that only watches too; nothing
else reads them.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "bookmarks.json"
MOST = 10_000
_lock = threading.Lock()


def read(run_dir: Path) -> list[int]:
    """The rows with a bookmark, in order; none where the file cannot be read or is none of ours."""
    with suppress(OSError):
        return _read(run_dir)
    return []


def _read(run_dir: Path) -> list[int]:
    """The same; raises OSError where a file that is there cannot be read."""
    try:
        found = json.loads((run_dir / NAME).read_bytes())
        rows = found["rows"]
        return sorted({row for row in rows if type(row) is int and row >= 0})[:MOST]
    except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
        return []


def keep(run_dir: Path, row: int, is_set: bool) -> None:
    """Adds a row, or takes it away; what other screens kept meanwhile stays. Raises OSError."""
    with _lock, _alone(run_dir):
        rows = {*_read(run_dir), row} if is_set else {*_read(run_dir)} - {row}
        path = run_dir / NAME
        part = path.with_name(f".{NAME}.{os.getpid()}.part")
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            with os.fdopen(os.open(part, flags, 0o600), "w") as file:
                json.dump({"v": 1, "rows": sorted(rows)}, file)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _alone(run_dir: Path) -> Iterator[None]:
    """While no other screen changes them."""
    descriptor = os.open(run_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
