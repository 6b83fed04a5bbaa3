"""A chart of lines as a sheet: everything of it but the cursor, made from columns of its series.

`make` asks for at most one column a cell and knows neither a state nor a widget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from console.core.sources import Axis, Columns
from console.widgets.chart_axes import (
    MARGIN,
    Bounds,
    Ticks,
    around,
    bounds,
    framed,
    gutter,
    lower,
    upright,
)
from console.widgets.chart_plot import Grid, Mark, Picture, cells_of, contents, under_cursor
from console.widgets.chart_points import (
    Points,
    Trace,
    begun,
    connected,
    logarithms,
    smoothed,
    typical,
    zigzag,
)
from console.widgets.chart_ticks import moments, powers

if TYPE_CHECKING:
    from textual.content import Content

    from console.core.viewport import ChartView, Span

Read = Callable[[str, float, float, int], Columns]
"""Columns of a series: name, first and last x, at most so many columns."""

DOT_COLUMNS = 3
"""Dots that lie on top of the line are so many columns apart, those of few values at least."""

NOT_FINITE = "$error"
CROWDED = 6
"""With less than so many columns a mark, those of everyday have no line, only their sign."""

STILL_ROOM = 0.08
"""The part of the height that is left free above and below a robust or logarithmic range."""


LOG_ROOM = 0.02
"""The same where all values are alike, in powers of ten."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A series in a chart: its name, the word and the sign of the legend, its style. Of one with
    few values each is seen, and no gap is one."""

    name: str
    word: str
    sign: str
    style: str
    is_sparse: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """An event on the axis of a chart; `is_rare` ones keep their line where it is crowded."""

    x: float
    sign: str
    style: str
    text: str
    row: int | None
    is_rare: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sheet is made of. `levels` are (value, style) drawn where the first layer has
    values. `from_zero`: the upright axis begins there."""

    axis: Axis
    span: Span
    layers: Sequence[Layer]
    view: ChartView
    happened: Sequence[Happened] = ()
    levels: Sequence[tuple[float, str]] = ()
    smooth_style: str = "$foreground"
    from_zero: bool = False
    is_young: bool = False
    offset: float = 0.0
    """The time zone's distance east of UTC."""
    ticks: Callable[[Bounds, int], Ticks] | None = None
    """Labels of the lower axis for so many columns, where they are not those of the axis."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A picture with its axes, and what was found while it was drawn. `xs` are places of values in
    the first layer; `lost` is how many columns hold values without a logarithm, `clipped` how many
    points a robust range leaves out, `low` and `high` the range of what is in sight."""

    found: Bounds
    grid: Grid
    up: Ticks
    along: Ticks
    xs: Sequence[float]
    happened: Sequence[Happened]
    low: float | None
    high: float | None
    lost: int
    clipped: int
    is_log: bool

    @property
    def columns(self) -> int:
        return len(self.grid[0]) if self.grid else 0

    @property
    def left(self) -> int:
        """Cells left of the canvas."""
        return gutter(self.up)

    def x_at(self, cell: int) -> float | None:
        """The x of a cell of the picture; None beside the canvas."""
        at = cell - self.left
        if not 0 <= at < self.columns:
            return None
        share = at / max(1, self.columns - 1)
        return self.found.left + share * (self.found.right - self.found.left)

    def near(self, x: float) -> Happened | None:
        """What happened in the cell of `x` or in the next one; of several the nearest."""
        cell, of = self.found.column(x, self.columns), self.found.column
        there = [one for one in self.happened if abs(of(one.x, self.columns) - cell) <= 1]
        return min(there, key=lambda one: abs(one.x - x), default=None)

    def lines(self, x: float | None = None, y: float | None = None) -> list[Content]:
        """The picture, with the cursor at `x` and its value `y` (as it is drawn)."""
        grid = self.grid
        if x is not None and self.found.left <= x <= self.found.right:
            inside = y is not None and self.found.low <= y <= self.found.high
            row = self.found.row(y, len(grid)) if inside and y is not None else None
            grid = under_cursor(grid, self.found.column(x, self.columns), row)
        return framed(contents(grid), self.found, self.up, self.along)


@dataclass(slots=True)
class _Drawn:
    """The layers, ready to be drawn."""

    curves: list[tuple[Layer, Columns]]
    smooth: list[tuple[float, float]]
    lost: int = 0

    def points(self) -> list[tuple[float, float]]:
        return [point for _, columns in self.curves for point in zigzag(columns)]


def make(wanted: Wanted, read: Read, width: int, height: int) -> Sheet | None:
    """The sheet in `width` × `height` cells; None where the usual part has no value to show."""
    left, right = wanted.span
    count, rows = max(1, width - MARGIN), height - 1
    drawn = _drawn(wanted, read, count)
    main = drawn.curves[0][1]
    if not main.x and not (wanted.view.is_zoomed or any(c.x for _, c in drawn.curves)):
        return None
    points = drawn.points()
    found, clipped = _bounds(wanted, points)
    up = powers(found, rows) if wanted.view.is_log else upright(found, rows)
    columns = max(1, width - gutter(up))
    picture = Picture(found, _traces(wanted, drawn, columns), _marks(wanted, main, found, columns))
    along = _along(wanted, found, columns)
    happened = [one for one in wanted.happened if found.left <= one.x <= found.right]
    values = [y for _, y in points]
    return Sheet(
        found=found,
        grid=cells_of(picture, columns, rows),
        up=up,
        along=along,
        xs=[x for x in main.x if left <= x <= right],
        happened=happened if wanted.view.marks else (),
        low=min(values, default=None),
        high=max(values, default=None),
        lost=drawn.lost,
        clipped=clipped,
        is_log=wanted.view.is_log,
    )


def _drawn(wanted: Wanted, read: Read, count: int) -> _Drawn:
    left, right = wanted.span
    found = _Drawn([], [])
    for layer in wanted.layers:
        columns = read(layer.name, left, right, count)
        if wanted.view.is_log:
            columns, lost = logarithms(columns)
            found.lost += lost
        found.curves.append((layer, columns))
    weight = wanted.view.smoothing
    if weight and found.curves[0][1].x:
        # What came just before is read too: else the average would begin anew at the left edge.
        longer = read(wanted.layers[0].name, left - (right - left), right, 2 * count)
        if wanted.view.is_log:
            longer, _ = logarithms(longer)
        found.smooth = [(x, y) for x, y in smoothed(longer, weight) if left <= x <= right]
    return found


def _bounds(wanted: Wanted, points: Points) -> tuple[Bounds, int]:
    """The range in sight, and how many points lie beyond it."""
    (left, right), view = wanted.span, wanted.view
    usual = typical([y for _, y in points]) if view.is_robust else None
    if usual is not None:
        low, high = usual
        if wanted.from_zero and not view.is_log:
            low = min(0.0, low)
        space = STILL_ROOM * (high - low)
        if view.is_log:
            space = max(space, LOG_ROOM)
            edges = bounds(left, right, 0.0, 1.0)
            found = replace(edges, low=low - space, high=high + space)
        else:
            found = bounds(left, right, low - space * (low != 0), high + space)
        outside = sum(not found.low <= y <= found.high for _, y in points)
        return found, outside
    if view.is_log:
        values = [y for _, y in points] or [0.0, 1.0]
        low, high = min(values), max(values)
        space = max(STILL_ROOM * (high - low), LOG_ROOM)
        edges = bounds(left, right, 0.0, 1.0)
        return replace(edges, low=low - space, high=high + space), 0
    if wanted.from_zero:
        values = [y for _, y in points]
        low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
        return bounds(left, right, low, high if high > low else 1.0), 0
    if view.is_zoomed:
        values = [y for _, y in points] or [0.0, 1.0]
        return bounds(left, right, min(values), max(values)), 0
    return around(left, right, points, is_young=wanted.is_young), 0


def _traces(wanted: Wanted, drawn: _Drawn, columns: int) -> list[Trace]:
    """Lines first, the first layer on top; then dots."""
    (left, right), traces, dots = wanted.span, [], []
    for layer, found in reversed(drawn.curves):
        if layer.is_sparse:
            held = zigzag(found)
            every = max(1, DOT_COLUMNS * len(held) // columns)
            traces.append(Trace(held, layer.style))
            dots.append(Trace(held[::-every], layer.style, dotted=True))
            continue
        parts = connected(found, (right - left) / columns)
        if layer is wanted.layers[0] and not wanted.view.is_log:
            traces += [
                Trace([(part.x[0], value), (part.x[-1], value)], style)
                for value, style in wanted.levels
                for part in parts
            ]
        traces += [Trace(zigzag(part), layer.style) for part in parts]
    if drawn.smooth:
        dots.append(Trace(drawn.smooth[::DOT_COLUMNS], wanted.smooth_style, dotted=True))
    return [trace for trace in (*traces, *dots) if trace.points]


def _marks(wanted: Wanted, main: Columns, found: Bounds, columns: int) -> list[Mark]:
    """What happened, and where values stopped being finite."""
    inside = [one for one in wanted.happened if found.left <= one.x <= found.right]
    is_crowded = len(inside) * CROWDED > columns
    marks = [
        Mark(one.x, sign=one.sign, sign_style=one.style, rule=one.is_rare or not is_crowded)
        for one in (inside if wanted.view.marks else ())
    ]
    return [*marks, *(Mark(x, NOT_FINITE) for x in begun(main.gaps, main.x))]


def _along(wanted: Wanted, found: Bounds, columns: int) -> Ticks:
    if wanted.ticks is not None:
        return wanted.ticks(found, columns)
    if wanted.axis is Axis.TIME:
        return moments(found, columns, wanted.offset)
    return lower(found, columns)
