"""How many bytes may be written: an account that fills at an even rate. Times are given."""

from __future__ import annotations

SAVED_SECONDS = 0.25
"""What is not used is kept for so long: a pause is not followed by a flood."""


class ByteRate:
    """An account of bytes; `rate` is in bytes a second, 0 means there is no limit.

    It may be overdrawn: a frame is whole or not at all, and what a person asked for is shown at
    once. Nothing else is written until the debt is paid.
    """

    def __init__(self, rate: float = 0.0) -> None:
        self.rate = rate
        self._balance = 0.0
        self._at: float | None = None

    def spend(self, count: int, now: float) -> None:
        """So many bytes were written."""
        self._fill(now)
        if self.rate:
            self._balance -= count

    def wait(self, now: float) -> float:
        """Seconds until something may be written."""
        self._fill(now)
        return -self._balance / self.rate if self.rate and self._balance < 0 else 0.0

    def _fill(self, now: float) -> None:
        if self._at is not None:
            gained = self.rate * max(0.0, now - self._at)
            self._balance = min(self._balance + gained, self.rate * SAVED_SECONDS)
        self._at = now


class Backlog:
    """Finds out that a terminal takes less than it is given, and how much it takes.

    It is told once a second what waits for it and what it has taken. Its answer is a rate to keep
    to, or 0 for none.
    """

    LOOKS = 3
    """So often in a row something has to wait."""
    SLOW = 48_000.0
    """A terminal that takes so many bytes a second is not slow, whatever waits for it."""
    LEAST = 1_000.0
    SHARE = 0.75
    CALM_SECONDS = 20.0
    """After so long without anything waiting it is given twice as much."""

    def __init__(self) -> None:
        self.rate = 0.0
        self._looks: list[tuple[float, int]] = []
        self._calm_since: float | None = None

    def look(self, waiting: int, taken: int, now: float) -> float:
        """`waiting` writes are not taken yet, `taken` bytes are, since the beginning."""
        if waiting < 2:
            return self._calm(now)
        self._calm_since = None
        self._looks = [*self._looks[-self.LOOKS :], (now, taken)]
        first, before = self._looks[0]
        if len(self._looks) > self.LOOKS and now > first:
            found = (taken - before) / (now - first)
            if found < self.SLOW:
                self.rate = max(self.LEAST, self.SHARE * found)
        return self.rate

    def _calm(self, now: float) -> float:
        self._looks = []
        if not self.rate:
            return 0.0
        if self._calm_since is None:
            self._calm_since = now
        elif now - self._calm_since >= self.CALM_SECONDS:
            self._calm_since, self.rate = now, 2 * self.rate
            if self.rate >= self.SLOW:
                self.rate = 0.0
        return self.rate
