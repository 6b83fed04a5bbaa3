"""Curves on a canvas of cells, drawn by plotext.

plotext sees numbers of inks instead of colours; they become styles of the theme when its text is
read back, so that every theme works, those without colours of their own too. It is imported at
the first drawing, unless somebody calls `prepare` before: that takes longer than the drawing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import floor
from typing import TYPE_CHECKING, Any, cast

from console.widgets.chart_axes import Bounds, place
from console.widgets.chart_signs import BRAILLE, BRAILLE_DOTS
from console.widgets.text import joined

if TYPE_CHECKING:
    from textual.content import Content
    from textual_plotext import Plot

    from console.widgets.chart_points import Points, Trace

QUIET = "$track"
MOST_DOTS = 400
"""Curves of more dots are laid on here: plotext takes tens of milliseconds for them."""

CURSOR = "$foreground"
RULE = "│"
Cell = tuple[str, str]
"""A character and its style."""

Grid = list[list[Cell]]

_INK = re.compile(r"\x1b\[(?:38;5;)?(\d+)m")


_NIBBLES = tuple(
    tuple(sum(dots[bit] for bit in range(4) if four >> bit & 1) for four in range(16))
    for dots in BRAILLE_DOTS
)
"""Bits of a braille cell for four dots, from the bottom up, of its left or right column."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An event at `x`: a vertical line, with a sign of one cell at its top if it has one; without
    a `rule` the sign alone."""

    x: float
    style: str = QUIET
    sign: str = ""
    sign_style: str = ""
    rule: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """What a canvas shows, first to last; what is last lies on top."""

    bounds: Bounds
    traces: Sequence[Trace] = ()
    marks: Sequence[Mark] = ()


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


def prepare() -> None:
    """Imports what draws, so that the first curve does not have to; may run in a thread."""
    _plot()


def draw(picture: Picture, columns: int, rows: int) -> list[Content]:
    """`rows` lines of `columns` cells. Whatever plotext raises goes through."""
    return contents(cells_of(picture, columns, rows))


def cells_of(picture: Picture, columns: int, rows: int) -> Grid:
    """The same cell by cell, for somebody who lays more on top."""
    found, inks = picture.bounds, _inks(picture)
    plot: Any = _plot()
    plot.clear_data()
    plot.plotsize(columns, rows)
    plot._set_size(columns, rows)  # plotsize alone is limited to the size of the terminal
    plot.xlim(found.left, found.right)
    plot.ylim(found.low, found.high)
    dense: list[Trace] = []
    for trace in picture.traces:
        if trace.dotted:
            continue
        if dense or _dots(trace.points, found, rows) > MOST_DOTS:
            dense.append(trace)
            continue
        xs, ys = _inside(trace.points, found, rows)
        plot.plot(xs, ys, marker="braille", color=inks[trace.style])
    lines = [*plot.build().splitlines(), *[""] * rows][:rows]
    grid = [_cells(line, ["", *inks], columns) for line in lines]
    for trace in dense:
        lay(grid, trace, found)
    for trace in picture.traces:
        if trace.dotted:
            _dot(grid, trace, found)
    for mark in picture.marks:
        _mark(grid, mark, found)
    return grid


def contents(grid: Grid) -> list[Content]:
    """Cells as lines."""
    return [_content(cells) for cells in grid]


def under_cursor(grid: Grid, column: int, row: int | None) -> Grid:
    """A copy with a cursor: a line through `column`, and the cell of the value in `row`."""
    copy = [list(line) for line in grid]
    for number, line in enumerate(copy):
        if not 0 <= column < len(line):
            continue
        char, style = line[column]
        if number == row:
            line[column] = (char if char.strip() else RULE), f"bold reverse {style or CURSOR}"
        elif char in (" ", RULE):
            line[column] = RULE, CURSOR
    return copy


def _inks(picture: Picture) -> dict[str, int]:
    """A number for each style, from 1: 0 is no ink."""
    styles = [QUIET, *(trace.style for trace in picture.traces)]
    return {style: number for number, style in enumerate(dict.fromkeys(styles), 1)}


def _inside(points: Points, found: Bounds, rows: int) -> tuple[list[float], list[float]]:
    """Points above or below come to just outside: plotext draws every dot on the way to them."""
    edge = (found.high - found.low) / (2 * rows)
    low, high = found.low - edge, found.high + edge
    return [x for x, _ in points], [min(max(y, low), high) for _, y in points]


def _cells(line: str, styles: list[str], columns: int) -> list[Cell]:
    """The characters of a line of plotext's text, its inks as styles."""
    first, *parts = _INK.split(line)
    cells = [(char, "") for char in first]
    for ink, text in zip(parts[::2], parts[1::2], strict=True):
        cells += [(char, styles[int(ink)]) for char in text]
    return (cells + [(" ", "")] * columns)[:columns]


def _mark(grid: Grid, mark: Mark, found: Bounds) -> None:
    """Its line where nothing is drawn, and its sign on top."""
    if not grid or not found.left <= mark.x <= found.right:
        return
    column = found.column(mark.x, len(grid[0]))
    for line in grid if mark.rule else ():
        if line[column][0] == " ":
            line[column] = RULE, mark.style
    if mark.sign:
        grid[0][column] = mark.sign, mark.sign_style or mark.style


def _dots(points: Points, found: Bounds, rows: int) -> float:
    """About how many dots a curve has: the way up and down it goes."""
    high = found.high - found.low
    edge = high / (2 * rows)
    levels = [min(max(y, found.low - edge), found.high + edge) for _, y in points]
    return sum(abs(after - before) for before, after in pairwise(levels)) / high * 4 * rows


def lay(grid: Grid, trace: Trace, found: Bounds) -> None:
    """Draws a curve on what is drawn. Each column of dots is a number with a bit for each dot, so
    that a line costs no more than its columns, however high it is."""
    wide, tall = 2 * len(grid[0]), 4 * len(grid)
    xs, ys = _inside(trace.points, found, len(grid))
    low, span = found.low, found.high - found.low
    dots = [
        (place(x, found.left, found.right, wide), floor((tall - 1) * (y - low) / span + 0.5))
        for x, y in zip(xs, ys, strict=True)
    ]
    bits = [0] * wide
    for (x0, y0), (x1, y1) in pairwise([*dots[:1], *dots]):
        before = y0
        for x in range(x0, x1 + 1):
            after = y1 if x == x1 else y0 + (y1 - y0) * (2 * (x - x0) + 1) // (2 * (x1 - x0))
            first = before if x == x0 or before == after else before + (1 if after > before else -1)
            bottom, top = max(0, min(first, after)), min(tall - 1, max(first, after))
            if bottom <= top:
                bits[x] |= ((1 << (top - bottom + 1)) - 1) << bottom
            before = after
    for row, cells in enumerate(reversed(grid)):
        for column in range(len(cells)):
            left, right = (bits[2 * column + side] >> 4 * row & 15 for side in (0, 1))
            if left or right:
                there = ord(cells[column][0])
                under = there if BRAILLE <= there < BRAILLE + 256 else BRAILLE
                cells[column] = chr(under | _NIBBLES[0][left] | _NIBBLES[1][right]), trace.style


def _dot(grid: list[list[Cell]], trace: Trace, found: Bounds) -> None:
    """Adds the points to what is drawn. plotext would put them in its place."""
    wide, tall = 2 * len(grid[0]), 4 * len(grid)
    for x, y in trace.points:
        if found.low <= y <= found.high:
            column = place(x, found.left, found.right, wide)
            row = place(y, found.low, found.high, tall)
            cells = grid[len(grid) - 1 - row // 4]
            there = ord(cells[column // 2][0])
            dots = there if BRAILLE <= there < BRAILLE + 256 else BRAILLE
            char = chr(dots | BRAILLE_DOTS[column % 2][row % 4])
            cells[column // 2] = char, trace.style


def _content(cells: list[Cell]) -> Content:
    """Runs of one style; blanks join the run before them: fewer runs are drawn faster."""
    runs: list[tuple[str, str]] = []
    for char, style in cells:
        if runs and (style == runs[-1][1] or (char == " " and "reverse" not in runs[-1][1])):
            runs[-1] = runs[-1][0] + char, runs[-1][1]
        else:
            runs.append((char, style))
    return joined(runs)
