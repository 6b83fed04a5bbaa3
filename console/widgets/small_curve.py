"""Curves with axes in a few rows, for a dialog: lines of braille, as many as are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.core.format import UNKNOWN
from console.widgets.chart import quiet
from console.widgets.chart_axes import around, framed, gutter, lower, upright
from console.widgets.chart_plot import Picture, draw
from console.widgets.chart_points import Trace, zigzag

if TYPE_CHECKING:
    from textual.content import Content

    from console.core.sources import Columns

MARK_COLUMNS = 3
"""Dots of a level line are so many columns apart."""
ROWS = 3
"""A curve with fewer rows, its axis included, says nothing."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A series and its style; the last of several lies on top."""

    columns: Columns
    style: str
    dotted: bool = False
    """Drawn in dots: to be told apart without colours."""


def curves(
    shown: Sequence[Curve], width: int, height: int, level: float | None = None, why: str = ""
) -> list[Content]:
    """At most `height` lines; `level` is a dotted line across. Without any value: `—` and why."""
    points = [zigzag(one.columns) for one in shown]
    flat = [point for part in points for point in part]
    if not flat or height < ROWS or width < 12:
        return [quiet(f"{UNKNOWN}  {why}".rstrip())][:height]
    left, right = min(x for x, _ in flat), max(x for x, _ in flat)
    across = [] if level is None else [(left, level), (right, level)]
    found = around(left, right, [*flat, *across])
    up = upright(found, height - 1)
    columns = width - gutter(up)
    drawn = zip(points, shown, strict=True)
    traces = [Trace(part, one.style, one.dotted) for part, one in drawn if part]
    if level is not None:
        step = (found.right - found.left) / max(1, columns // MARK_COLUMNS)
        dots = [(found.left + i * step, level) for i in range(columns // MARK_COLUMNS + 1)]
        traces.insert(0, Trace(dots, "$muted", dotted=True))
    return framed(draw(Picture(found, traces), columns, height - 1), found, up,
                  lower(found, columns))  # fmt: skip
