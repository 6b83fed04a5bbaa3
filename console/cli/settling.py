"""Live rows in a stream of lines: printed once they were quiet for a second, not printed twice."""

from __future__ import annotations

from collections.abc import Sequence

QUIET_SECONDS = 1.0


class Settling:
    """Decides which rows a reader of lines gets. Times are seconds of any steady clock."""

    def __init__(self) -> None:
        self._live: list[bytes] = []
        self._since = 0.0
        self._early: list[bytes] = []
        """Live rows that were handed out, and have not settled yet."""

    def settled(self, rows: Sequence[bytes]) -> list[bytes]:
        """Rows that settled, without those handed out before."""
        same = 0
        while same < min(len(rows), len(self._early)) and rows[same] == self._early[same]:
            same += 1
        self._early = self._early[same:] if same == len(rows) else []
        return list(rows[same:])

    def quiet(self, live: Sequence[bytes], now: float) -> list[bytes]:
        """The live rows to hand out now: those that have not changed for a second."""
        if list(live) != self._live:
            self._live, self._since = list(live), now
        if now - self._since < QUIET_SECONDS or self._live == self._early:
            return []
        return self.rest(live)

    def rest(self, live: Sequence[bytes]) -> list[bytes]:
        """All live rows that were not handed out."""
        known = len(self._early)
        rows = list(live[known:]) if list(live[:known]) == self._early else list(live)
        self._early = list(live)
        return rows
