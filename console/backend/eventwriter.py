"""Keeps the event files of a run up to date while its backend lives, never in its way.

What cannot be written costs event files only: it is told once, as an alert, and tried again.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend import eventfiles
from console.backend.boards import end_orphan
from console.backend.eventfiles import EventFiles
from console.backend.recording import tell
from console.core.alarm import AlertBegan, AlertEnded
from console.keeper import clock, lock

if TYPE_CHECKING:
    from console.backend.recorder import Recorder

WRITE_SECONDS = 2.0
PORTION_SECONDS = 0.01
"""A call takes about so long at most; what then waits is for the next one."""

LAST_SECONDS = 1.0
"""What the end of a run may take; more is written when somebody asks for it (`board.py`)."""

RETRY_SECONDS = 30.0
ALERT = "event_files"
ADVICE = "Nothing else is affected. Make room, or set another tensorboard.dir."


class EventWriter:
    """Call `tick` every WRITE_SECONDS, `finish` once when the run is over."""

    def __init__(self, run_dir: Path, recorder: Recorder) -> None:
        folder, self._wanted = eventfiles.settings(run_dir)
        self._recorder, self._run_dir = recorder, run_dir
        self._folder, self._lock = folder, -1
        self._files = EventFiles(run_dir, folder)
        self._retry_m = 0.0

    def tick(self) -> None:
        """Writes what was committed since; tells when that fails, and when it works again."""
        life = self._recorder.state.life
        if self._recorder.replaying or life.ended is not None:
            return
        if clock.since_boot() >= self._retry_m:
            self._attempt(PORTION_SECONDS)

    def finish(self) -> None:
        """Writes what is left, as much as can be in LAST_SECONDS, and closes."""
        self._attempt(LAST_SECONDS, silent=True)
        self.close()
        with suppress(OSError):  # where an owner's end does not end its TensorBoard
            end_orphan(self._run_dir)

    def close(self) -> None:
        self._files.close()
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    def _attempt(self, seconds: float, *, silent: bool = False) -> None:
        if not self._wanted:
            return
        try:
            if self._is_alone():
                self._write(seconds)
        except OSError as error:
            self._retry_m = clock.since_boot() + RETRY_SECONDS
            if not silent:
                self._complain(error)
            return
        if not silent and ALERT in self._recorder.state.alerts.open:
            said = "the event files for TensorBoard are written again"
            tell(self._recorder, AlertEnded, id=ALERT, text=said)

    def _is_alone(self) -> bool:
        """Whether nobody else writes them; they are ours until `close` then."""
        if self._lock < 0:
            held = lock.take(self._run_dir / eventfiles.LOCK)
            self._lock = -1 if held is None else held
        return self._lock >= 0

    def _write(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        stepless = self._recorder.state.position.step is None
        while self._files.write(stepless=stepless) and time.monotonic() < until:
            pass

    def _complain(self, error: OSError) -> None:
        if ALERT in self._recorder.state.alerts.open:
            return
        where = f"{self._folder}: {error.strerror or error}"
        text = f"the event files for TensorBoard cannot be written: {where}"
        tell(self._recorder, AlertBegan, id=ALERT, rule=ALERT, text=text, advice=ADVICE)
