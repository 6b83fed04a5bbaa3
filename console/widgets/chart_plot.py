"""Curves on a canvas of cells, drawn by plotext.

plotext sees numbers of inks instead of colours; they become styles of the theme when its text is
read back, so that every theme works, those without colours of their own too. It is imported at
the first drawing: that takes longer than the drawing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from console.widgets.text import joined

if TYPE_CHECKING:
    from textual.content import Content
    from textual_plotext import Plot

    from console.widgets.chart_axes import Bounds
    from console.widgets.chart_points import Points, Trace

QUIET = "$track"
_INK = re.compile(r"\x1b\[(?:38;5;)?(\d+)m")


@dataclass(frozen=True, slots=True)
class Mark:
    """An event at `x`: a vertical line."""

    x: float
    style: str = QUIET


@dataclass(frozen=True, slots=True)
class Picture:
    """What a canvas shows, first to last; what is last lies on top.

    `level` is the height of a horizontal line, if there is one.
    """

    bounds: Bounds
    traces: Sequence[Trace] = ()
    marks: Sequence[Mark] = ()
    level: float | None = None


@cache
def _plot() -> Plot:
    """The one figure, without axes and labels: those are drawn around its text."""
    from textual_plotext import Plot

    plot: Any = Plot()
    plot.theme("clear")
    plot.xaxes(False, False)
    plot.yaxes(False, False)
    plot.xticks([])
    plot.yticks([])
    return cast("Plot", plot)


def draw(picture: Picture, columns: int, rows: int) -> list[Content]:
    """`rows` lines of `columns` cells. Whatever plotext raises goes through."""
    found, inks = picture.bounds, _inks(picture)
    plot: Any = _plot()
    plot.clear_data()
    plot.plotsize(columns, rows)
    plot._set_size(columns, rows)  # plotsize alone is limited to the size of the terminal
    plot.xlim(found.left, found.right)
    plot.ylim(found.low, found.high)
    for mark in picture.marks:
        plot.vline(mark.x, inks[mark.style])
    if picture.level is not None:
        plot.hline(picture.level, inks[QUIET])
    for trace in picture.traces:
        xs, ys = _inside(trace.points, found, rows)
        style = {"marker": "braille", "color": inks[trace.style]}
        plot.plot(xs, ys, **style) if trace.joined else plot.scatter(xs, ys, **style)
    styles = ["", *inks]
    return [_read(line, styles, columns) for line in plot.build().splitlines()[:rows]]


def _inks(picture: Picture) -> dict[str, int]:
    """A number for each style, from 1: 0 is no ink."""
    marks, traces = picture.marks, picture.traces
    styles = [QUIET, *(mark.style for mark in marks), *(trace.style for trace in traces)]
    return {style: number for number, style in enumerate(dict.fromkeys(styles), 1)}


def _inside(points: Points, found: Bounds, rows: int) -> tuple[list[float], list[float]]:
    """Points above or below come to just outside: plotext draws every dot on the way to them."""
    edge = (found.high - found.low) / (2 * rows)
    low, high = found.low - edge, found.high + edge
    return [x for x, _ in points], [min(max(y, low), high) for _, y in points]


def _read(line: str, styles: list[str], columns: int) -> Content:
    """A line of plotext's text, its inks as styles."""
    first, *parts = _INK.split(line)
    inked = zip(parts[1::2], parts[::2], strict=True)
    content = joined([first, *((text, styles[int(ink)]) for text, ink in inked if text)])
    return content.pad_right(columns - content.cell_length)
