"""Searches that may not take long: patterns of a user's own must never hold up the backend.

A regular expression cannot be told to stop, but it looks for signals: a timer of the processor
time of this process interrupts it. Only the main thread can do that; elsewhere a search that took
too long is noticed when it is over.
"""

from __future__ import annotations

import re
import signal
import threading
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from console.core.config import ConfigError, load
from console.core.formats.own import Own, TooSlow
from console.keeper import rundir

if TYPE_CHECKING:
    from console.core.pattern import Pattern

LINE_SECONDS = 0.1
"""Of processor time for one line, at most."""

MEAN_SECONDS = 0.002
"""For a line, over many."""

MANY = 100


class Patience:
    """Finds patterns in lines, and raises TooSlow when one takes too much of the processor."""

    def __init__(self) -> None:
        self._waits = False
        self._spent: dict[re.Pattern[bytes], tuple[int, float]] = {}

    def __call__(self, pattern: re.Pattern[bytes], line: bytes) -> re.Match[bytes] | None:
        """What `pattern.search(line)` finds. Raises TooSlow."""
        before = time.thread_time()
        found = self._limited(pattern, line)
        took = time.thread_time() - before
        count, spent = self._spent.get(pattern, (0, 0.0))
        self._spent[pattern] = count, spent = count + 1, spent + took
        if took > LINE_SECONDS:
            raise TooSlow(f"it took more than {LINE_SECONDS} s for one line")
        if count >= MANY and spent > count * MEAN_SECONDS:
            raise TooSlow(f"it takes {1000 * spent / count:.1f} ms for a line")
        return found

    def _limited(self, pattern: re.Pattern[bytes], line: bytes) -> re.Match[bytes] | None:
        if threading.current_thread() is not threading.main_thread():
            return pattern.search(line)
        before = signal.signal(signal.SIGVTALRM, self._interrupt)
        try:
            self._waits = True
            signal.setitimer(signal.ITIMER_VIRTUAL, LINE_SECONDS)
            return pattern.search(line)
        finally:
            self._waits = False
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._waits:
            self._waits = False
            raise TooSlow(f"it took more than {LINE_SECONDS} s for one line")


def own(patterns: tuple[Pattern, ...]) -> Own:
    """Patterns that cannot hold anything up."""
    return Own(patterns, Patience())


def own_of_run(run_dir: Path) -> Own:
    """The patterns in the frozen configuration of a run."""
    try:
        text = (run_dir / rundir.CONFIG_YAML).read_bytes()
        # Most configurations have none, and to read one takes its time.
        return own(load(text, rundir.CONFIG_YAML).formats if b"formats" in text else ())
    except (OSError, ConfigError):
        return own(())
