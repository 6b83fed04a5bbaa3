"""Chart 3: tokens (or samples, steps) per second over the last four minutes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from textual.content import Content

from console.core import format as fmt
from console.core.protocol import Source
from console.core.state import ENDED, THROUGHPUT_WINDOW_SECONDS, Status
from console.widgets.chart import VALUE, Chart, Edge, nothing, quiet
from console.widgets.chart_axes import MARGIN, Bounds, Ticks, bounds, framed, gutter, upright
from console.widgets.chart_bars import spark
from console.widgets.chart_plot import Picture, draw
from console.widgets.chart_points import Trace, drawable, reduced, unbroken, usual_distance, zigzag
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.state import RunState

SLOW = 0.8
"""Below this part of the window's average it is slow (the blueprint's yellow)."""

HELD = ENDED | {Status.PAUSED, Status.FROZEN}
"""States in which time stands still in this chart."""

MINUTES = THROUGHPUT_WINDOW_SECONDS // 60
MINUTE_WIDTH = 10
"""With fewer cells a minute, every second minute has a label."""


class ThroughputChart(Chart):
    """How fast it goes, second by second."""

    NUMBER, NAME = 3, "THROUGHPUT"
    GROUPS = frozenset({"throughput", "life", "timing"})

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
            yield quiet(f"last {MINUTES} min"), both
            yield Content(""), both
        yield Content(""), mean

    def note(self, state: RunState) -> str | None:
        if state.throughput.unit == "steps/s":
            return "steps/s: counted here, the trainer reports no throughput"
        found = state.metrics.get("throughput")
        return (
            "throughput: parsed from the log" if found and found.source is Source.PARSED else None
        )

    # picture

    def plot(self, state: RunState, width: int, height: int) -> list[Content]:
        window = state.throughput.window
        if not window:
            return nothing(["no throughput" if state.ended else "no throughput yet"], width, height)
        now, rows = _now(state), height - 1
        found = _bounds(state, now)
        up = upright(found, rows)
        columns = width - gutter(up)
        curve = zigzag(reduced(window, found.left, found.right, width - MARGIN))
        usual = max(usual_distance(window), (found.right - found.left) / max(1, width - MARGIN))
        parts = [Trace(part, _style(state)) for part in unbroken(curve, usual)]
        picture = Picture(found, parts, level=state.throughput.average)
        along = _minutes(now, columns, "now" if state.status not in HELD else "end")
        return framed(draw(picture, columns, rows), found, up, along)

    def card(self, state: RunState, width: int, height: int) -> list[Content]:
        if not state.throughput.window:
            return nothing([], width, height)
        found = _bounds(state, _now(state))
        columns = reduced(state.throughput.window, found.left, found.right, width)
        return spark(zigzag(columns), found, width, height, _style(state))


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


def _bounds(state: RunState, now: float) -> Bounds:
    """From nothing to the largest value in sight."""
    values = [drawable(value) for _, value in state.throughput.window if value == value]
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    return bounds(now - THROUGHPUT_WINDOW_SECONDS, now, low, high if high > low else 1.0)


def _minutes(now: float, columns: int, last: str) -> Ticks:
    """`−4m −3m −2m −1m now`."""
    every = (
        1 if columns >= MINUTES * MINUTE_WIDTH else 2 if columns >= MINUTE_WIDTH * 2 else MINUTES
    )
    ago = range(MINUTES, 0, -every)
    return (*((now - 60.0 * m, f"{fmt.MINUS}{m}m") for m in ago), (now, last))
