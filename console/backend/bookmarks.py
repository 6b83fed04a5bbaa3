"""Bookmarks of a run's output: row numbers in `bookmarks.json` of its directory.

They belong to the run and go with it. Any screen may set them, one that only watches too; nothing
else reads them.
"""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "bookmarks.json"
MOST = 10_000
_lock = threading.Lock()


def read(run_dir: Path) -> list[int]:
    """The rows with a bookmark, in order; none where the file cannot be read or is none of ours."""
    try:
        found = json.loads((run_dir / NAME).read_bytes())
        rows = found["rows"]
        return sorted({row for row in rows if type(row) is int and row >= 0})[:MOST]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []


def keep(run_dir: Path, row: int, is_set: bool) -> None:
    """Adds a row, or takes it away; what other screens kept meanwhile stays. Raises OSError."""
    with _lock:
        rows = {*read(run_dir), row} if is_set else {*read(run_dir)} - {row}
        path = run_dir / NAME
        part = path.with_name(f".{NAME}.{os.getpid()}.part")
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            with os.fdopen(os.open(part, flags, 0o600), "w") as file:
                json.dump({"v": 1, "rows": sorted(rows)}, file)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
