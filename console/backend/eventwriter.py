"""Keeps the event files of a run up to date while its backend lives, never in its way.

What cannot be written costs event files only: it is told once, as an alert, and tried again.
"""

from __future__ import annotations

import os
import threading
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
    """Call `tick` every WRITE_SECONDS, `finish` once when the run is over.

    It writes in a thread nobody waits for: the folder may be on a network that hangs.
    """

    def __init__(self, run_dir: Path, recorder: Recorder) -> None:
        folder, self._wanted = eventfiles.settings(run_dir)
        self._recorder, self._run_dir = recorder, run_dir
        self._folder, self._lock = folder, -1
        self._files = EventFiles(run_dir, folder)
        self._thread: threading.Thread | None = None
        self._failure: OSError | None = None
        self._retry_m = 0.0

    def tick(self) -> None:
        """Writes what was committed since; tells when that failed, and when it works again."""
        life = self._recorder.state.life
        if not self._wanted or self._recorder.replaying or life.ended is not None:
            return
        if self._is_busy():
            return
        if self._thread is not None:
            self._thread = None
            self._tell(self._failure)
        if clock.since_boot() >= self._retry_m:
            self._begin(PORTION_SECONDS)

    def finish(self) -> None:
        """Writes what is left, as much as can be in LAST_SECONDS, and closes."""
        until = time.monotonic() + 2 * LAST_SECONDS
        if self._thread is not None:
            self._thread.join(LAST_SECONDS)
        if self._wanted and not self._is_busy():
            self._begin(LAST_SECONDS).join(max(0.0, until - time.monotonic()))
        self.close()
        with suppress(OSError):  # where an owner's end does not end its TensorBoard
            end_orphan(self._run_dir)

    def close(self) -> None:
        """Lets go of the files, unless something hangs there."""
        if self._is_busy():
            return
        self._files.close()
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    def _is_busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _begin(self, seconds: float) -> threading.Thread:
        stepless = self._recorder.state.position.step is None
        self._thread = threading.Thread(
            target=self._write, args=(seconds, stepless), name="gladius-events", daemon=True
        )
        self._thread.start()
        return self._thread

    def _write(self, seconds: float, stepless: bool) -> None:
        """In the thread."""
        until, self._failure = time.monotonic() + seconds, None
        try:
            while self._is_alone() and self._files.write(stepless=stepless):
                if time.monotonic() > until:
                    return
        except OSError as error:
            self._failure = error

    def _is_alone(self) -> bool:
        """Whether nobody else writes them; they are ours until `close` then."""
        if self._lock < 0:
            held = lock.take(self._run_dir / eventfiles.LOCK)
            self._lock = -1 if held is None else held
        return self._lock >= 0

    def _tell(self, failure: OSError | None) -> None:
        is_open = ALERT in self._recorder.state.alerts.open
        if failure is not None:
            self._retry_m = clock.since_boot() + RETRY_SECONDS
        if failure is not None and not is_open:
            where = f"{self._folder}: {failure.strerror or failure}"
            text = f"the event files for TensorBoard cannot be written: {where}"
            tell(self._recorder, AlertBegan, id=ALERT, rule=ALERT, text=text, advice=ADVICE)
        elif failure is None and is_open:
            said = "the event files for TensorBoard are written again"
            tell(self._recorder, AlertEnded, id=ALERT, text=said)
