"""Chart 2: how well each expert is used. Coverage is share × number of experts, in percent.

A bar an expert where there is a row for each; else the worst ones, and below them all experts as
small upright bars in the order of their numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from textual.content import Content

from console.core import format as fmt
from console.core.protocol import Source
from console.core.recognition import why_no_experts
from console.core.summary import coverage, imbalance
from console.widgets.chart import VALUE, Chart, Edge, nothing, quiet
from console.widgets.chart_bars import bar, columns, spaced
from console.widgets.chart_signs import SIGNS
from console.widgets.chart_then import coverage_at
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.sources import Point
    from console.core.state import RunState

HEALTH: tuple[tuple[float, str], ...] = ((60.0, "$error"), (80.0, "$warning"))
"""Coverage below which a bar has this colour (the blueprint's)."""

LOW = HEALTH[0][0]
HIGH = 150.0
"""Coverage above which a value is marked: its bar is as full as that of 100 %."""

VALUE_WIDTH = 6
FULL_WIDTH = 30
"""With fewer cells the word after the sign is left out."""

WORST = 3
"""At least so many bars stand above the small ones."""
STRIPE = 8
"""The small bars of a row are a multiple of this."""


class ExpertChart(Chart):
    """Coverage of every expert."""

    NUMBER, NAME = 2, "EXPERTS"
    GROUPS = frozenset({"experts", "life"})

    def facts(self, state: RunState) -> Any:
        view = state.experts
        return view.share, bool(view.loss), state.life.hook, state.position.step is None

    # border

    def shown(self, state: RunState) -> tuple[str, ...]:
        return tuple(f"expert_share/{number}" for number in range(len(state.experts.share)))

    def then(self, point: Point) -> str | None:
        if self.source is None or self.state is None:
            return None
        return coverage_at(self.source, point, len(self.state.experts.share))

    def top(self, state: RunState) -> Iterator[Edge]:
        values = coverage(state.experts.share)
        if not values:
            yield self.title(), quiet(fmt.UNKNOWN)
            return
        average = sum(min(100.0, value) for value in values) / len(values)
        shown = Content.styled(fmt.percent(average, 0), f"bold {_health(average)}")
        if not self.is_card:
            yield self.title(), joined([("coverage ", "$muted"), shown])
        yield self.title(), shown

    def bottom(self, state: RunState) -> Iterator[Edge]:
        values = coverage(state.experts.share)
        if not values:
            yield Content(""), Content("")
            return
        spread, mean = imbalance(state.experts.share) or 0.0, sum(values) / len(values)
        uneven = joined([("imbalance ", "$muted"), (fmt.percent(spread), VALUE)])
        varied = f"{spread / mean:.2f}" if mean else fmt.UNKNOWN
        if self.is_card:
            worst = min(range(len(values)), key=values.__getitem__)
            text = f"E{worst} {fmt.percent(values[worst], 0)}"
            sign = f" {SIGNS.low}" if values[worst] < LOW else ""
            yield Content(""), Content.styled(text + sign, _health(values[worst]))
            return
        since = list(_since(state))
        for right in (joined([uneven, ("   CV ", "$muted"), (varied, VALUE)]), uneven):
            for left in since:
                yield left, right
        yield Content(""), uneven

    def note(self, state: RunState) -> str | None:
        is_parsed = state.experts.share and state.experts.source is Source.PARSED
        return "experts: parsed from the log" if is_parsed else None

    # picture

    def plot(self, state: RunState, width: int, height: int) -> list[Content]:
        values = coverage(state.experts.share)
        if not values:
            return nothing(why_no_experts(state), width, height)
        name = len(f"E{len(values) - 1}")
        space = max(len(_sign(value, width)) for value in values)
        if len(values) <= height:
            rows = [_row(i, value, name, width, space) for i, value in enumerate(values)]
            return spaced(rows, height)
        small = _small(values, name, width)
        room = height - len(small) - 1 if height - len(small) - 1 >= WORST else height - 1
        order = sorted(range(len(values)), key=values.__getitem__)
        lines = [_row(i, values[i], name, width, space) for i in order[:room]]
        rest = [values[i] for i in order[room:]]
        lines.append(quiet(f"{len(rest)} more, {rest[0]:.0f} – {fmt.percent(rest[-1], 0)}"))
        return lines + small if room < height - 1 else lines

    def card(self, state: RunState, width: int, height: int) -> list[Content]:
        values = coverage(state.experts.share)
        if not values:
            return nothing([], width, height)
        if len(values) > width:
            values = tuple(sorted(values)[:width])
        wide = max(1, min(3, width // len(values) - 1))
        gap = wide < width // len(values)
        bars = [
            (0.0 if cell == wide else _part(value), _health(value))
            for value in values
            for cell in range(wide + gap)
        ]
        return columns(bars, height)


def _sign(value: float, width: int) -> str:
    """What stands behind a value that is too low or too high."""
    if not (value < LOW or value > HIGH):
        return ""
    sign, word = (SIGNS.low, "low") if value < LOW else (SIGNS.high, "high")
    return f" {sign} {word}" if width >= FULL_WIDTH else f" {sign}"


def _row(number: int, value: float, name: int, width: int, space: int) -> Content:
    """`E4 ████████▎      54 % ▼ low`; `space`: cells of the longest sign of all rows."""
    cells = max(0, width - name - 1 - VALUE_WIDTH - 1 - space)
    style = _health(value)
    told = "$warning" if value > HIGH else ""
    return joined(
        [
            (f"{f'E{number}':<{name}} ", "$muted"),
            bar(_part(value), cells, style),
            (f" {fmt.percent(value, 0):>{VALUE_WIDTH}}", told),
            (_sign(value, width).ljust(space), f"bold {told or style}"),
        ]
    )


def _small(values: Sequence[float], name: int, width: int) -> list[Content]:
    """All experts as upright bars of one cell, in rows that begin with their first number."""
    stripe = max(STRIPE, (width - name - 1) // STRIPE * STRIPE)
    starts = [*range(0, len(values), stripe), len(values)]
    lines = []
    for first, end in pairwise(starts):
        bars = columns([(_part(value), _health(value)) for value in values[first:end]], 1)
        lines.append(joined([(f"{f'E{first}':<{name}} ", "$muted"), *bars]))
    return lines


def _part(value: float) -> float:
    """How much of a bar is filled: at most all of it."""
    return min(1.0, max(0.0, value / 100.0))


def _health(value: float) -> str:
    return next((style for limit, style in HEALTH if value < limit), "$success")


def _since(state: RunState) -> Iterator[Content]:
    """`E4 low since step 101,200`, and shorter; nothing when no expert is low."""
    low = state.experts.low_since
    if not low:
        yield Content("")
        return
    number, step = min(low.items(), key=lambda item: (item[1], int(item[0])))
    others = f" +{len(low) - 1}" if len(low) > 1 else ""
    yield Content.styled(f"E{number} low since step {fmt.number(step)}{others}", "$warning")
    yield Content.styled(f"E{number} low{others}", "$warning")
