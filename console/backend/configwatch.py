"""Whether the configuration file still says what the run was started with."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from console.backend.recording import Recording, tell
from console.core.protocol import ConfigTouched
from console.keeper import rundir

LARGEST_BYTES = 1 << 20
"""More than any configuration may have; a larger file is another one."""

_Mark = tuple[int, int, int]


class ConfigWatch:
    """Call `look` every two seconds. It never waits for the file, whatever it has become."""

    def __init__(self, run_dir: Path, recording: Recording) -> None:
        run = rundir.read_json(run_dir, rundir.RUN_JSON) or {}
        self._path: str | None = run.get("config_path")
        self._hash: str | None = run.get("config_hash")
        self._recording = recording
        self._mark: _Mark | str | None = "unseen"

    def look(self) -> None:
        """Records what changed since the last look."""
        if not self._path or not self._hash:
            return
        mark = self._stat()
        if mark == self._mark:
            return
        self._mark = mark
        modified = None if mark is None else mark[2] / 1e9
        edited, missing = mark is None or not self._is_same(), mark is None
        known = self._recording.state.configuration
        if (known.modified, known.edited, known.missing) != (modified, edited, missing):
            tell(self._recording, ConfigTouched, modified=modified, edited=edited, missing=missing)

    def _stat(self) -> _Mark | None:
        try:
            found = os.stat(self._path or "")
        except (OSError, ValueError):
            return None
        regular = stat.S_ISREG(found.st_mode)
        return (found.st_ino, found.st_size, found.st_mtime_ns) if regular else None

    def _is_same(self) -> bool:
        try:
            descriptor = os.open(self._path or "", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return False
        with os.fdopen(descriptor, "rb") as file:
            try:
                content = file.read(LARGEST_BYTES)
            except OSError:
                return False
        return hashlib.sha256(content).hexdigest() == self._hash
