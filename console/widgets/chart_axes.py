"""Axes: bounds that stay calm, round ticks, and a canvas between its labels. Pure.

Labels stand left of the canvas and in one row below it; the canvas takes all the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.core.format import cut, nice_ticks, si, tick, width
from console.widgets.chart_points import Points, drawable
from console.widgets.chart_signs import SIGNS
from console.widgets.text import joined

if TYPE_CHECKING:
    from textual.content import Content

LABEL_WIDTH = 8
"""The widest label of the upright axis."""

MARGIN = LABEL_WIDTH + len(SIGNS.tick)
"""Columns a chart is drawn in are its width less this, so that each has a cell of its own."""

FINE = 10
"""Bounds are multiples of the distance of ticks divided by this."""

SMALLEST = 1e-290
"""Ranges below it are drawn as one value: their parts would be too small to divide by."""

START = 0.05
"""The part of the x axis whose values may leave the plot where they would flatten the rest."""

START_POINTS = 20
FEWEST_UP, MOST_UP, FEWEST_ALONG = 4, 6, 3
"""How many ticks an axis has where there is room."""

TICK_GAP = 8
"""Cells from one label of the lower axis to the next, at least."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is in sight: left < right, low < high. `above` is a value that is not, at the start."""

    left: float
    right: float
    low: float
    high: float
    above: float | None = None

    def column(self, x: float, columns: int) -> int:
        """The cell of `x` on a canvas of so many columns."""
        return place(x, self.left, self.right, 2 * columns) // 2

    def row(self, y: float, rows: int) -> int:
        """The row of `y` on a canvas of so many rows, 0 at the top."""
        return rows - 1 - place(y, self.low, self.high, 4 * rows) // 4


def place(value: float, low: float, high: float, dots: int) -> int:
    """Which of so many dots a value is on, as plotext places it; never beyond the first or last."""
    exact = math.floor(round(0.5 + (dots - 1) * (value - low) / (high - low), 8))
    return max(0, min(dots - 1, exact))


def bounds(left: float, right: float, low: float, high: float) -> Bounds:
    """Bounds around a range, a little larger, in round numbers, that hold still while it grows."""
    if right - left <= 1e-12 * max(abs(left), abs(right), 1e-12):
        left, right = min(0.0, left), left if left > 1e-12 else 1.0
    low, high = drawable(low), drawable(high)
    if high - low <= max(1e-9 * max(abs(low), abs(high)), SMALLEST):
        pad = abs(low) / 10 if abs(low) > SMALLEST else 0.0
        return Bounds(left, right, low - pad, high + (pad or 1.0))
    if 0 <= low <= (high - low) / 3:
        low = 0.0
    fine = _step(nice_ticks(low, high, 5), high - low) / FINE
    return Bounds(left, right, math.floor(low / fine) * fine, math.ceil(high / fine) * fine)


def around(left: float, right: float, points: Points, *, is_young: bool = False) -> Bounds:
    """Bounds of a curve. Where the start of the x axis would take more than half of the height
    from the rest, its values leave the plot at the top, and `above` is the largest of them.
    The start is most of a young run and stays in sight."""
    values = [y for _, y in points] or [0.0, 1.0]
    low, high = min(values), max(values)
    later = [y for x, y in points if x >= left + START * (right - left)]
    is_long = len(points) >= START_POINTS and not is_young
    if is_long and later and high - max(later) > max(later) - min(later) > 0:
        found = bounds(left, right, min(low, *later), max(later))
        return Bounds(found.left, found.right, found.low, found.high, above=high)
    return bounds(left, right, low, high)


Ticks = tuple[tuple[float, str], ...]


def ticks(low: float, high: float, count: int) -> Ticks:
    """At most `count` round values with their labels."""
    values = nice_ticks(low, high, count)
    step = _step(values, high - low)
    return tuple((value, tick(value, step)) for value in values)


def _more_ticks(low: float, high: float, count: int, fewest: int, room: int) -> Ticks:
    """About `count` ticks: more, up to `room`, where round values alone give less than `fewest`."""
    found = ticks(low, high, count)
    for more in range(count + 1, room + 1):
        if len(found) >= fewest:
            break
        found = ticks(low, high, more)
    return found


def _step(values: Sequence[float], span: float) -> float:
    return values[1] - values[0] if len(values) > 1 else span


def upright(found: Bounds, rows: int) -> Ticks:
    """Ticks of the upright axis: four to six where there is room, never two in a row. The
    topmost label is the value that is out of sight, if one is."""
    count = max(2, min(MOST_UP, rows // 2 + 1))
    labels = _more_ticks(found.low, found.high, count, FEWEST_UP, rows // 2 + 1)
    if found.above is None:
        return labels
    below = [(value, label) for value, label in labels if found.row(value, rows) > 0]
    return (*below, (found.high, f"{si(found.above)}{SIGNS.above}"))


def lower(found: Bounds, columns: int) -> Ticks:
    """Ticks of the lower axis."""
    count = max(2, columns // TICK_GAP + 1)
    return _more_ticks(found.left, found.right, count, FEWEST_ALONG, 2 * count)


def gutter(labels: Ticks) -> int:
    """Cells left of the canvas: the longest label and a tick."""
    longest = max((width(label) for _, label in labels), default=0)
    return min(LABEL_WIDTH, longest) + len(SIGNS.tick)


def framed(canvas: Sequence[Content], found: Bounds, up: Ticks, along: Ticks) -> list[Content]:
    """The canvas with the labels of both axes around it, one row more than it has."""
    space, rows = gutter(up), len(canvas)
    labels = {found.row(value, rows): label for value, label in up}
    lines = []
    for row, content in enumerate(canvas):
        label = labels.get(row)
        edge = "" if label is None else cut(label, space - 1)
        mark = " " if label is None else SIGNS.tick
        lines.append(joined([(f"{edge:>{space - 1}}{mark}", "$muted"), content]))
    columns = canvas[0].cell_length if canvas else 0
    below = ((found.column(value, columns), label) for value, label in along)
    lines.append(joined([(" " * space + _spaced(below, columns), "$muted")]))
    return lines


def _spaced(labels: Iterable[tuple[int, str]], columns: int) -> str:
    """Labels centred on their cells, kept inside, and left out where they would touch."""
    line = ""
    for column, label in labels:
        start = max(0, min(column - (width(label) - 1) // 2, columns - width(label)))
        if (not line or start >= len(line) + 2) and width(label) <= columns:
            line += " " * (start - len(line)) + label
    return line.ljust(columns)
