"""Chart 2: how well each expert is used. Coverage is share × number of experts, in percent.

A bar an expert where there is a row for each; else the worst ones, and below them all experts as
small upright bars in the order of their numbers. The cursor over them is in `expert_picking.py`,
how bars look in `expert_rows.py`, words in `expert_words.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.content import Content

from console.core import format as fmt
from console.core.protocol import Source
from console.core.recognition import why_no_experts
from console.core.summary import coverage, imbalance
from console.widgets.chart import VALUE, Edge, nothing, quiet
from console.widgets.chart_bars import columns, spaced
from console.widgets.chart_then import experts_at
from console.widgets.expert_picking import ExpertPicking, owners, worst_first
from console.widgets.expert_rows import LOW, health, part, row, sign, small
from console.widgets.expert_words import more, since, told
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.sources import Point, SeriesSource
    from console.core.state import RunState

WORST = 3
"""At least so many bars stand above the small ones."""


class ExpertChart(ExpertPicking):
    """Coverage of every expert."""

    NUMBER, NAME = 2, "EXPERTS"
    GROUPS = frozenset({"experts", "life"})
    OPENS = "The expert in detail"

    def facts(self, state: RunState) -> Any:
        view = state.experts
        shown = self.chosen if self._is_looked_at else None
        known = view.share, bool(view.loss), state.life.hook, state.position.step is None
        return known, shown, self._top

    # border

    def shown(self, state: RunState) -> tuple[str, ...]:
        return tuple(f"expert_share/{number}" for number in range(len(state.experts.share)))

    def fixed(self, state: RunState) -> object:
        return len(state.experts.share)

    def past(self, state: RunState, source: SeriesSource, point: Point) -> RunState | None:
        found = experts_at(source, point, len(state.experts.share))
        return None if found is None else replace(state, experts=found)

    def then(self, seen: RunState) -> str:
        return fmt.percent(_average(coverage(seen.experts.share)), 0)

    def top(self, state: RunState) -> Iterator[Edge]:
        values = coverage(state.experts.share)
        if not values:
            yield self.title(), quiet(fmt.UNKNOWN)
            return
        average = _average(values)
        shown = Content.styled(fmt.percent(average, 0), f"bold {health(average)}")
        if not self.is_card:
            yield self.title(), joined([("coverage ", "$muted"), shown])
        yield self.title(), shown

    def bottom(self, state: RunState) -> Iterator[Edge]:
        values = coverage(state.experts.share)
        if not values:
            yield Content(""), Content("")
            return
        if self._is_looked_at and self.chosen is not None and self.chosen < len(values):
            yield from ((one, Content("")) for one in told(state, self.chosen))
            return
        spread, mean = imbalance(state.experts.share) or 0.0, sum(values) / len(values)
        uneven = joined([("imbalance ", "$muted"), (fmt.percent(spread), VALUE)])
        varied = f"{spread / mean:.2f}" if mean else fmt.UNKNOWN
        if self.is_card:
            worst = min(range(len(values)), key=values.__getitem__)
            text = f"E{worst} {fmt.percent(values[worst], 0)}"
            mark = sign(values[worst], 0) if values[worst] < LOW else ""
            yield Content(""), Content.styled(text + mark, health(values[worst]))
            return
        rights = (joined([uneven, ("   CV ", "$muted"), (varied, VALUE)]), uneven)
        for left in since(state):
            for right in rights:
                yield left, right
        yield Content(""), uneven

    def note(self, state: RunState) -> str | None:
        is_parsed = state.experts.share and state.experts.source is Source.PARSED
        return "experts: parsed from the log" if is_parsed else None

    # picture

    def plot(self, state: RunState, width: int, height: int) -> list[Content]:
        values = coverage(state.experts.share)
        self._hits = []
        if not values:
            return nothing(why_no_experts(state), width, height)
        name = len(f"E{len(values) - 1}")
        space = max(len(sign(value, width)) for value in values)
        chosen = self.chosen if self._is_looked_at else None

        def line(number: int) -> Content:
            is_chosen = number == chosen
            return row(number, values[number], name, width, space, chosen=is_chosen)

        if len(values) <= height:
            self._rows = len(values)
            bars = [line(number) for number in range(len(values))]
            lines = spaced(bars, height)
            self._hits = owners(lines, bars)
            return lines
        below, numbers = small(values, name, width, chosen)
        room = height - len(below) - 1 if height - len(below) - 1 >= WORST else height - 1
        order, self._rows = worst_first(values), room
        self._top = max(0, min(self._top, len(order) - room))
        shown = order[self._top : self._top + room]
        has_small = room < height - 1
        self._hits = [*shown, None, *(numbers if has_small else ())]
        rest = quiet(more([values[number] for number in order], self._top, room))
        return [*map(line, shown), rest, *(below if has_small else ())]

    def card(self, state: RunState, width: int, height: int) -> list[Content]:
        values = coverage(state.experts.share)
        if not values:
            return nothing([], width, height)
        if len(values) > width:
            values = tuple(sorted(values)[:width])
        wide = max(1, min(3, width // len(values) - 1))
        gap = wide < width // len(values)
        bars = [
            (0.0 if cell == wide else part(value), health(value))
            for value in values
            for cell in range(wide + gap)
        ]
        return columns(bars, height)


def _average(values: Sequence[float]) -> float:
    """The mean of coverages, none of which counts for more than its fair share."""
    return sum(min(100.0, value) for value in values) / len(values)
