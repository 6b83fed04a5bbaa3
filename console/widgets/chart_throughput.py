"""Chart 3: tokens (or samples, steps) per second: the last four minutes, and all of it on demand.

The line of the last minutes is a mean over a few seconds: single values jump too much to show where
they go. Where the trainer reports no throughput there are no more than these minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core.protocol import Source
from console.core.sources import EMPTY, Axis, Columns, Point
from console.core.state import ENDED, THROUGHPUT_WINDOW_SECONDS, Status
from console.widgets.chart import VALUE, Edge, nothing
from console.widgets.chart_axes import Bounds, Ticks, bounds
from console.widgets.chart_bars import spark
from console.widgets.chart_plot import QUIET
from console.widgets.chart_pointing import LineChart
from console.widgets.chart_points import Points, averaged, unbroken, usual_distance
from console.widgets.chart_sheet import Layer, Wanted
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.state import RunState
    from console.core.viewport import Span

SLOW = 0.8
"""Below this part of the window's average it is slow (the blueprint's yellow)."""

HELD = ENDED | {Status.PAUSED, Status.FROZEN}
"""States in which time stands still in this chart."""

MEAN_SECONDS = 5.0
LINE = f"the line: means over {MEAN_SECONDS:.0f} s"

SHORTEST = 30.0
"""Seconds in sight at least, however young the run is."""

SAME_SECONDS = 5.0
"""A loss told so near in time is of the same step."""

MINUTES = THROUGHPUT_WINDOW_SECONDS // 60
LABEL_EVERY = (15, 30, 60, 120, THROUGHPUT_WINDOW_SECONDS)
"""Seconds from one label of the lower axis to the next; LABEL_CELLS apart at least."""

LABEL_CELLS = 10


class ThroughputChart(LineChart):
    """How fast it goes, second by second."""

    NUMBER, NAME = 3, "THROUGHPUT"
    GROUPS = frozenset({"configuration", "throughput", "life", "timing", "timeline"})
    from_zero = True

    def curves(self) -> Sequence[Layer]:
        return (Layer("throughput", "now", "", self.style_now),)

    @property
    def style_now(self) -> str:
        return "$foreground" if self.state is None else _style(self.state)

    def said(self, value: float) -> str:
        return fmt.rate(value, "" if self.state is None else self.state.throughput.unit).strip()

    # what there is: the last minutes of the state, and what was recorded before

    @property
    def is_recorded(self) -> bool:
        """Whether there is more than the last minutes."""
        return self.source is not None and "throughput" in self.source.names()

    @property
    def _is_recent(self) -> bool:
        """Whether it shows the last minutes, as long as nobody asks for more."""
        return not self.view.is_zoomed and self.view.axis in (None, Axis.TIME)

    def version(self) -> object:
        state = self.state
        if state is None:
            return None
        recent = state.throughput.window, int(_now(state)), state.status, self.style_now
        return recent if self._is_recent else (super().version(), recent)

    def usual_axis(self, state: RunState) -> Axis:  # noqa: ARG002
        return Axis.TIME

    def axes(self, state: RunState) -> list[Axis]:
        return super().axes(state) if self.is_recorded else [Axis.TIME]

    def whole(self, axis: Axis) -> Span | None:
        extent = super().whole(axis) if self.is_recorded else None
        if axis is not Axis.TIME or self.state is None or not self.state.throughput.window:
            return extent
        now = _now(self.state)
        left, right = (_wall(self.state, x) for x in (_left(self.state, now), now))
        return (left, right) if extent is None else (min(extent[0], left), max(extent[1], right))

    def usual(self, state: RunState, whole: Span) -> Span:
        if self.axis(state) is not Axis.TIME or not state.throughput.window:
            return whole
        now = _now(state)
        return _wall(state, _left(state, now)), _wall(state, now)

    def columns(self, name: str, axis: Axis, span: Span, count: int) -> Columns:
        state = self.state
        if state is None:
            return EMPTY
        if axis is Axis.TIME and (not self.is_recorded or self._is_recent):
            return _as_columns(_parts(state, span, count))
        return super().columns(name, axis, span, count)

    def find(self, axis: Axis, x: float) -> Point | None:
        state = self.state
        if self.is_recorded or state is None or axis is not Axis.TIME:
            return super().find(axis, x) if self.is_recorded else None
        window = state.throughput.window
        if not window:
            return None
        m, value = min(window, key=lambda point: abs(_wall(state, point[0]) - x))
        t = _wall(state, m)
        # Which step that was is known from the loss of that moment.
        loss = None if self.source is None else self.source.point("loss", Axis.TIME, t)
        if loss is None or abs(loss.t - t) > SAME_SECONDS:
            return Point(None, t, value)
        return Point(loss.step, t, value, loss.epoch)

    def found_at(self, pointed: Point) -> Point | None:
        whole = self.whole(Axis.TIME)
        is_inside = whole is not None and whole[0] - 1 <= pointed.t <= whole[1] + 1
        return self.find(Axis.TIME, pointed.t) if is_inside else None

    def levels(self, state: RunState) -> Sequence[tuple[float, str]]:
        average = state.throughput.average
        return () if average is None or not self._is_recent else ((average, QUIET),)

    # border

    def now(self, state: RunState) -> Iterator[Edge]:
        flow, style = state.throughput, f"bold {_style(state)}"
        if not self.is_card:
            yield self.title(), Content.styled(fmt.rate(flow.current, flow.unit), style)
        title = Content.styled(f"{self.NUMBER} {flow.unit.upper()}", "bold $primary")
        value = fmt.rate(flow.current, "").strip()
        yield title, Content.styled(value, style)

    def summary(self, state: RunState) -> Iterator[Content]:
        flow = state.throughput
        average, peak = (fmt.rate(value, "").strip() for value in (flow.average, flow.peak))
        known = flow.average is not None
        mean = joined([("avg ", "$muted"), (average, VALUE)]) if known else Content("")
        both = joined([mean, ("  peak ", "$muted"), (peak, VALUE)]) if known else Content("")
        if not self.is_card:
            yield both
        yield mean

    def places(self, state: RunState) -> list[str]:
        if not self._is_recent:
            return super().places(state)
        span = f"last {_span(state)}"
        return [f"{span}, {MEAN_SECONDS:.0f} s means", span]

    def note(self, state: RunState) -> str | None:
        if state.throughput.unit == "steps/s":
            return f"{LINE}\nsteps/s: counted here, the trainer reports no throughput"
        found = state.metrics.get("throughput")
        is_parsed = found is not None and found.source is Source.PARSED
        return f"{LINE}\nthroughput: parsed from the log" if is_parsed else LINE

    # picture

    def wanted(self, state: RunState) -> Wanted:
        found = super().wanted(state)
        if not self._is_recent:
            return found
        last = "now" if state.status not in HELD else "end"
        return replace(found, ticks=lambda bounds, columns: _labels(bounds, columns, last))

    def card(self, state: RunState, width: int, height: int) -> list[Content]:
        if not state.throughput.window:
            return nothing([], width, height)
        span = self.usual(state, (0.0, 1.0))
        parts = _parts(state, span, width)
        return spark(parts, _bounds(span, parts), width, height, _style(state))


def _wall(state: RunState, m: float) -> float:
    """The Unix time of a moment since boot, as the state tells both."""
    timing = state.timing
    if timing.as_of is None or timing.as_of_m is None:
        return m
    return timing.as_of + (m - timing.as_of_m)


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


def _parts(state: RunState, span: Span, columns: int) -> list[Points]:
    """The means in sight, in parts without long pauses."""
    left, right = span
    window = [(_wall(state, m), value) for m, value in state.throughput.window]
    window = [(x, y) for x, y in window if left <= x <= right]
    width = (right - left) / max(1, columns)
    parts = unbroken(window, usual_distance(window))
    return [mean for part in parts if (mean := averaged(part, MEAN_SECONDS, width))]


def _as_columns(parts: Sequence[Points]) -> Columns:
    points = [point for part in parts for point in part]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Columns(xs, ys, ys, ys)


def _bounds(span: Span, parts: Sequence[Points]) -> Bounds:
    """From nothing to the largest mean."""
    values = [y for part in parts for _, y in part]
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    return bounds(*span, low, high if high > low else 1.0)


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
