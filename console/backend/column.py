"""One series being written: values that wait for a commit, the tail after the last whole chunk.

`plan` says what a commit has to write and changes nothing, `accept` takes note that it was
written: a commit that fails can be tried again.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from math import inf, isfinite, nan

from console.core.levels import (
    CHUNK,
    Entries,
    Stretch,
    entries_of,
    number,
    spread,
    straighten,
    stretch,
)

TAIL_ROWS = 32
"""So many commits' values are gathered into one row, for whoever reads the tail."""


@dataclass(slots=True)
class Summary:
    """What is known of a series as a whole, as stored beside its name."""

    count: int = 0
    chunks: int = 0
    step: int = 0
    t: float = -inf
    last: float = nan
    low: float = nan
    high: float = nan
    odd: int = 0
    stretches: list[Stretch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a commit writes of one series."""

    summary: Summary
    chunks: list[Entries]
    """Whole chunks, the first of them with the number that was next."""
    first: int
    """Index of the first value of `row`."""
    row: Entries
    """One row of the tail; empty when chunks hold everything."""
    tail: Entries | None
    """What follows the chunks, in one row in place of all there were; None when `row` is added."""


class Column:
    """A series in memory. Append to `steps`, `times` and `values` together, then `plan`."""

    def __init__(self, key: int, name: str) -> None:
        self.key = key
        self.name = name
        self.summary = Summary()
        self.tail = Entries()
        self.tail_rows: list[int] = []
        self.clear()

    def clear(self) -> None:
        self.steps = array("q")
        self.times = array("d")
        self.values = array("d")
        self.ranges: dict[int, tuple[float, float]] = {}

    def plan(self) -> Plan:
        known = self.summary
        number(self.steps, known.step)
        new = entries_of(self.steps, straighten(self.times, known.t), self.values, self.ranges)
        if len(self.tail) + len(new) < CHUNK and len(self.tail_rows) < TAIL_ROWS:
            return Plan(self._summary(new, 0), [], known.count, new, None)
        whole = self.tail.part(0)
        whole.extend(new)
        chunks = [
            whole.part(first, first + CHUNK) for first in range(0, len(whole) - CHUNK + 1, CHUNK)
        ]
        tail = whole.part(len(chunks) * CHUNK)
        summary = self._summary(new, len(chunks))
        return Plan(summary, chunks, summary.count - len(tail), tail, tail)

    def accept(self, plan: Plan, row: int) -> None:
        """The plan was committed; its row of the tail has the id `row`."""
        self.summary = plan.summary
        if plan.tail is None:
            self.tail.extend(plan.row)
        else:
            self.tail, self.tail_rows = plan.tail, []
        if len(plan.row):
            self.tail_rows.append(row)
        self.clear()

    def _summary(self, new: Entries, chunks: int) -> Summary:
        known = self.summary
        low, high, last = spread(new)
        return Summary(
            count=known.count + len(new),
            chunks=known.chunks + chunks,
            step=new.steps[-1],
            t=new.times[-1],
            last=last if isfinite(last) else known.last,
            low=min(filter(isfinite, (low, known.low)), default=nan),
            high=max(filter(isfinite, (high, known.high)), default=nan),
            odd=known.odd + sum(new.odd),
            stretches=stretch(known.stretches, new.steps, known.step),
        )
