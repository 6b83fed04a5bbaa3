"""How much to do at once, so that it takes a few milliseconds of the processor."""

from __future__ import annotations

GOAL_SECONDS = 0.01


class Pace:
    """`size` bytes are done at once; tell it with `took` how long that was."""

    def __init__(self, least: int, most: int) -> None:
        self.size = most
        self._least, self._most = least, most

    def took(self, seconds: float, size: int) -> None:
        """`size` bytes took so long."""
        if seconds > GOAL_SECONDS:
            self.size = max(self._least, self.size // 2)
        elif size >= self.size and seconds < GOAL_SECONDS / 3:
            self.size = min(self._most, self.size * 2)
