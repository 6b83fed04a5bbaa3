"""Chart 3: tokens (or samples, steps) per second over the last four minutes.

The line is a mean over a few seconds: single values jump too much to show where they go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from textual.content import Content

from console.core import format as fmt
from console.core.protocol import Source
from console.core.recognition import why_no
from console.core.state import ENDED, THROUGHPUT_WINDOW_SECONDS, Status
from console.widgets.chart import VALUE, Chart, Edge, nothing, quiet
from console.widgets.chart_axes import MARGIN, Bounds, Ticks, bounds, framed, gutter, upright
from console.widgets.chart_bars import spark
from console.widgets.chart_plot import QUIET, Picture, draw
from console.widgets.chart_points import Points, Trace, averaged, unbroken, usual_distance
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.state import RunState

SLOW = 0.8
"""Below this part of the window's average it is slow (the blueprint's yellow)."""

HELD = ENDED | {Status.PAUSED, Status.FROZEN}
"""States in which time stands still in this chart."""

MEAN_SECONDS = 5.0
LINE = f"the line: means over {MEAN_SECONDS:.0f} s"

SHORTEST = 30.0
"""Seconds in sight at least, however young the run is."""

MINUTES = THROUGHPUT_WINDOW_SECONDS // 60
LABEL_EVERY = (15, 30, 60, 120, THROUGHPUT_WINDOW_SECONDS)
"""Seconds from one label of the lower axis to the next; LABEL_CELLS apart at least."""

LABEL_CELLS = 10


class ThroughputChart(Chart):
    """How fast it goes, second by second."""

    NUMBER, NAME = 3, "THROUGHPUT"
    GROUPS = frozenset({"configuration", "throughput", "life", "timing"})

    def facts(self, state: RunState) -> Any:
        return state.throughput.window, int(_now(state)), state.status, _style(state)

    # border

    def top(self, state: RunState) -> Iterator[Edge]:
        flow, style = state.throughput, f"bold {_style(state)}"
        if not self.is_card:
            yield self.title(), Content.styled(fmt.rate(flow.current, flow.unit), style)
        title = Content.styled(f"{self.NUMBER} {flow.unit.upper()}", "bold $primary")
        value = fmt.rate(flow.current, "").strip()
        yield title, Content.styled(value, style)

    def bottom(self, state: RunState) -> Iterator[Edge]:
        flow = state.throughput
        average, peak = (fmt.rate(value, "").strip() for value in (flow.average, flow.peak))
        known = flow.average is not None
        mean = joined([("avg ", "$muted"), (average, VALUE)]) if known else Content("")
        both = joined([mean, ("  peak ", "$muted"), (peak, VALUE)]) if known else Content("")
        if not self.is_card:
            span = f"last {_span(state)}"
            yield quiet(f"{span}, {MEAN_SECONDS:.0f} s means"), both
            yield quiet(span), both
            yield Content(""), both
        yield Content(""), mean

    def note(self, state: RunState) -> str | None:
        if state.throughput.unit == "steps/s":
            return f"{LINE}\nsteps/s: counted here, the trainer reports no throughput"
        found = state.metrics.get("throughput")
        is_parsed = found is not None and found.source is Source.PARSED
        return f"{LINE}\nthroughput: parsed from the log" if is_parsed else LINE

    # picture

    def plot(self, state: RunState, width: int, height: int) -> list[Content]:
        window = state.throughput.window
        if not window:
            return nothing(why_no("throughput", state), width, height)
        rows, average = height - 1, state.throughput.average
        parts = _parts(state, width - MARGIN)
        found = _bounds(state, parts)
        up = upright(found, rows)
        columns = width - gutter(up)
        level = [] if average is None else [_level(part, average) for part in parts]
        picture = Picture(found, [*level, *(Trace(part, _style(state)) for part in parts)])
        along = _labels(found, columns, "now" if state.status not in HELD else "end")
        return framed(draw(picture, columns, rows), found, up, along)

    def card(self, state: RunState, width: int, height: int) -> list[Content]:
        if not state.throughput.window:
            return nothing([], width, height)
        parts = _parts(state, width)
        return spark(parts, _bounds(state, parts), width, height, _style(state))


def _now(state: RunState) -> float:
    """The moment at the right edge, in seconds since boot; it stands still while nothing runs."""
    window = state.throughput.window
    last = window[-1][0] if window else 0.0
    if state.status in HELD:
        return last
    return max(last, state.timing.as_of_m or last)


def _style(state: RunState) -> str:
    flow = state.throughput
    if state.status is Status.STALLED:
        return "$error"
    if flow.current is None or flow.average is None:
        return "$foreground"
    return "$warning" if flow.current < SLOW * flow.average else "$success"


def _left(state: RunState, now: float) -> float:
    """The left edge: the first value in sight, so that a young run fills the panel."""
    first = min(state.throughput.window[0][0], now - SHORTEST)
    return max(first, now - THROUGHPUT_WINDOW_SECONDS)


def _span(state: RunState) -> str:
    """The time of which the average is told."""
    now, window = _now(state), state.throughput.window
    seconds = round(now - window[0][0]) if window else THROUGHPUT_WINDOW_SECONDS
    is_whole = seconds >= THROUGHPUT_WINDOW_SECONDS - 1
    return f"{MINUTES} min" if is_whole else f"{seconds} s"


def _parts(state: RunState, columns: int) -> list[Points]:
    """The means in sight, in parts without long pauses."""
    now = _now(state)
    left = _left(state, now)
    window = [(x, y) for x, y in state.throughput.window if left <= x <= now]
    width = (now - left) / max(1, columns)
    parts = unbroken(window, usual_distance(window))
    return [mean for part in parts if (mean := averaged(part, MEAN_SECONDS, width))]


def _level(part: Points, average: float) -> Trace:
    """The average of all values, where there are some."""
    return Trace([(part[0][0], average), (part[-1][0], average)], QUIET)


def _bounds(state: RunState, parts: Sequence[Points]) -> Bounds:
    """From nothing to the largest mean."""
    now = _now(state)
    values = [y for part in parts for _, y in part]
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    return bounds(_left(state, now), now, low, high if high > low else 1.0)


def _labels(found: Bounds, columns: int, last: str) -> Ticks:
    """`−4m −3m −2m −1m now`."""
    span = found.right - found.left
    finest = 60.0 if span >= 2 * 60 else span / 4
    least = max(finest, span / max(1, columns // LABEL_CELLS))
    every = next((step for step in LABEL_EVERY if step >= least), LABEL_EVERY[-1])
    ago = range(int(span + 1e-6) // every * every, 0, -every)
    return (*((found.right - s, fmt.MINUS + _ago(s)) for s in ago), (found.right, last))


def _ago(seconds: int) -> str:
    return f"{seconds}s" if seconds % 60 else f"{seconds // 60}m"
