"""When each part of the screen is drawn again: not more often than people can read it.

Pure bookkeeping, times are given. `INTERVALS` and `SLOW` are the blueprint's refresh rates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

FRAME_SECONDS = 1 / 30
"""Nothing is drawn more often than this."""

INTERVALS: dict[str, float] = {
    "header": 0.5,
    "controls": 0.5,
    "keys": 0.5,
    "throughput": 1.0,
    "progress": 1.0,
    "summary": 1.0,
    "status": 1.0,
    "loss": 1.0,
    "memory": 2.0,
    "experts": 5.0,
}
"""Seconds between two drawings of a part; parts that are not here are drawn at once."""

CURVE_SECONDS = 2.0
"""Seconds between two rebuildings of the loss curve; the value in its border is newer."""

SLOW: dict[str, float] = {"system": 5.0}
"""Groups of the state that bring a part no sooner than this, except the memory chart."""

CHARTS = frozenset({"loss", "experts", "throughput", "memory"})


class Refresher:
    """Remembers what changed and says what is due. `groups` are the groups each part shows."""

    def __init__(
        self,
        groups: Mapping[str, frozenset[str]],
        *,
        intervals: bool = True,
        together: frozenset[str] = frozenset(),
    ) -> None:
        """Parts in `together` are never drawn one without the others."""
        self._groups = groups
        self._intervals = intervals
        self._together = together
        self.frame_seconds = FRAME_SECONDS
        """Nothing is drawn more often than this."""
        self._drawn: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self.chart_factor = 1.0
        """How many times longer the intervals of charts are than usual."""

    def mark(self, changed: frozenset[str], now: float, *, at_once: bool = False) -> None:
        """Notes that these groups of the state changed."""
        for part, groups in self._groups.items():
            touched = groups & changed
            if touched:
                wait = 0.0 if at_once else min(self._wait(part, group) for group in touched)
                self._note(part, wait, now)

    def mark_parts(self, parts: Iterable[str], now: float) -> None:
        """Notes that these parts must be drawn now, whatever changed."""
        for part in parts:
            self._note(part, 0.0, now)

    def due(self, now: float) -> list[str]:
        """The parts to draw now. At most one is a chart, so that no frame takes long."""
        ready = [part for part, when in self._due.items() if when <= now]
        charts = [part for part in ready if part in CHARTS]
        chosen = [part for part in ready if part not in CHARTS] + charts[:1]
        if self._together.intersection(chosen):
            chosen += [part for part in self._groups if part in self._together - {*chosen}]
        self.drawn(chosen, now)
        return chosen

    def drawn(self, parts: Iterable[str], now: float) -> None:
        """Notes that these parts were drawn; parts drawn together stay together."""
        for part in parts:
            self._due.pop(part, None)
            self._drawn[part] = now

    def next(self, now: float) -> float | None:
        """Seconds until something is due; None when nothing changed."""
        return max(0.0, min(self._due.values()) - now) if self._due else None

    def _wait(self, part: str, group: str) -> float:
        if not self._intervals:
            return 0.0
        usual = INTERVALS.get(part, 0.0)
        if part in CHARTS:
            usual *= self.chart_factor
        return usual if part == "memory" else max(usual, SLOW.get(group, 0.0))

    def _note(self, part: str, wait: float, now: float) -> None:
        drawn = self._drawn.get(part)
        when = now if drawn is None else max(now, drawn + max(wait, self.frame_seconds))
        self._due[part] = min(when, self._due.get(part, when))
