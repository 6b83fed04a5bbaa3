"""How much room there is where the trainer saves, if that is another file system than the run's.

The folder is the trainer's own and may lie on a network that does not answer: a thread asks, and
nobody waits for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend.machine import disk_free
from console.keeper import clock

if TYPE_CHECKING:
    from console.core.state import RunState

LOOK_SECONDS = 10.0
STALE_SECONDS = 60.0
"""An answer older than this is none."""

_CONFIGURED = (("run", "checkpoint_dir"), ("checkpointing", "folder"))


class SaveDisk:
    """Call `free` now and then: it gives the newest answer and has the next one looked for."""

    def __init__(
        self, run_dir: Path, ask: Callable[[Path, Path], int | None] | None = None
    ) -> None:
        self._run_dir, self._ask = run_dir, ask or elsewhere
        self._thread: threading.Thread | None = None
        self._asked_m: float | None = None
        self._answer: tuple[float, int | None] | None = None

    def free(self, state: RunState) -> int | None:
        """Bytes; None for the run's own file system, and where nobody knows."""
        now, where = clock.since_boot(), folder(state)
        is_due = self._asked_m is None or now - self._asked_m >= LOOK_SECONDS
        if where is not None and is_due and not (self._thread and self._thread.is_alive()):
            self._asked_m = now
            self._thread = threading.Thread(target=self._look, args=(where,), daemon=True)
            self._thread.start()
        answer = self._answer
        return None if answer is None or now - answer[0] > STALE_SECONDS else answer[1]

    def _look(self, where: Path) -> None:
        self._answer = clock.since_boot(), self._ask(self._run_dir, where)


def folder(state: RunState) -> Path | None:
    """Where the next checkpoint goes: where the last one lies, else as configured; None when
    neither tells."""
    last = state.checkpoints.last
    if last is not None and last.path:
        return Path(state.run.cwd or "/", last.path).parent
    for section, name in _CONFIGURED:
        settings = state.configuration.tree.get(section)
        given = settings.get(name) if isinstance(settings, dict) else None
        if isinstance(given, str) and given and "{" not in given:
            return Path(state.run.cwd or "/", given)
    return None


def elsewhere(run_dir: Path, where: Path) -> int | None:
    """Bytes free in the folder, or in what is there of the way to it; None if that is the run's
    own file system, or cannot be seen."""
    try:
        there = next(part for part in (where, *where.parents) if part.is_dir())
        if os.stat(there).st_dev == os.stat(run_dir).st_dev:
            return None
    except (OSError, ValueError, StopIteration):
        return None
    return disk_free(there)
