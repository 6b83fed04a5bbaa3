"""Bars of eighth blocks and small curves of braille: what is drawn without plotext."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from textual.content import Content

from console.widgets.chart_axes import Bounds, place
from console.widgets.chart_signs import BRAILLE, BRAILLE_DOTS, SIGNS
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.widgets.chart_points import Points


BAR_SIGNS = frozenset(SIGNS.eighths + SIGNS.full + SIGNS.others + SIGNS.free + SIGNS.fair)
"""What bars along a row are made of."""


def bar(share: float, cells: int, style: str) -> Content:
    """A bar of `cells` cells, filled for `share` (0 to 1) to an eighth of a cell."""
    whole, eighth = divmod(_parts(share, cells), 8)
    end = SIGNS.eighths[eighth] if whole < cells else ""
    return Content.styled((SIGNS.full * whole + end).ljust(cells), style)


def stacked(shares: Sequence[tuple[float, str]], cells: int, style: str) -> Content:
    """Parts (share of the whole, sign) one after the other, the rest of the bar free.

    What is there at all is at least one cell.
    """
    pieces, at, total = [], 0, 0.0
    for share, sign in shares:
        total += share
        end = min(cells, max(round(total * cells), at + (share > 0)))
        pieces.append((sign * (end - at), style))
        at = end
    return joined([*pieces, (SIGNS.free * (cells - at), "$track")])


def columns(bars: Sequence[tuple[float, str]], rows: int) -> list[Content]:
    """Upright bars (share, style), one cell wide, as `rows` lines."""
    heights = [_parts(share, rows) for share, _ in bars]
    lines = []
    for row in reversed(range(rows)):
        signs = (SIGNS.rising[min(8, max(0, height - 8 * row))] for height in heights)
        lines.append(joined([(sign, style) for sign, (_, style) in zip(signs, bars, strict=True)]))
    return lines


def _parts(share: float, cells: int) -> int:
    """Eighths of a bar; what is more than nothing is at least one."""
    exact = min(1.0, max(0.0, share)) * cells * 8
    return max(round(exact), int(exact > 0))


def spaced(lines: Sequence[Content], rows: int) -> list[Content]:
    """Lines of bars over `rows` rows: in pairs, apart, or two rows high, as there is room."""
    count = max(1, len(lines))
    high = 2 if rows >= 3 * count - 1 else 1
    gap = min(2, (rows - high * count) // max(1, count - 1))
    every = 1 if gap > 0 else 2 if rows >= count + (count - 1) // 2 else count
    found: list[Content] = []
    for i, line in enumerate(lines):
        found += [Content("")] * (max(1, gap) if i and i % every == 0 else 0)
        found += [line, *[_bar_alone(line)] * (high - 1)]
    return found[:rows]


def _bar_alone(line: Content) -> Content:
    """A line without what is written beside its bar."""
    kept = "".join(sign if sign in BAR_SIGNS else " " for sign in line.plain)
    return Content(kept, spans=list(line.spans))


def spark(
    parts: Iterable[Points], found: Bounds, cells: int, rows: int, style: str
) -> list[Content]:
    """A curve through the points of each part, with nothing between parts, as `rows` lines of
    `cells` braille cells."""
    wide, tall = 2 * cells, 4 * rows
    shown = [[BRAILLE] * cells for _ in range(rows)]
    for points in parts:
        dots = [
            (place(x, found.left, found.right, wide), place(y, found.low, found.high, tall))
            for x, y in points
        ]
        for start, end in pairwise([*dots[:1], *dots]):
            for x, y in _line(start, end):
                shown[y // 4][x // 2] |= BRAILLE_DOTS[x % 2][y % 4]
    lines = ("".join(map(chr, codes)).replace(chr(BRAILLE), " ") for codes in reversed(shown))
    return [Content.styled(line, style) for line in lines]


def _line(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots from one to another."""
    (x0, y0), (x1, y1) = start, end
    steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    for step in range(steps + 1):
        yield x0 + (x1 - x0) * step // steps, y0 + (y1 - y0) * step // steps
