"""Brings back what died of a run: a keeper for its trainer, a backend."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from console.keeper import clock, start

HEAL_SECONDS = 2.0


class Healer:
    """Asks the keeper room, in a thread nobody waits for, at most every HEAL_SECONDS."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._asked = -HEAL_SECONDS
        self._thread: threading.Thread | None = None

    def ask(self) -> None:
        busy = self._thread is not None and self._thread.is_alive()
        if busy or clock.since_boot() - self._asked < HEAL_SECONDS:
            return
        self._asked = clock.since_boot()
        self._thread = threading.Thread(target=self._heal, name="gladius-heal", daemon=True)
        self._thread.start()

    def _heal(self) -> None:
        with suppress(OSError, start.StartFailed):  # the next look asks again
            start.ensure(self._run_dir)
