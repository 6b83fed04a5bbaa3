"""The bars of the expert chart: one a row against its fair share, or all as small upright ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from console.core import format as fmt
from console.core.summary import DEAD_COVERAGE
from console.widgets.chart_bars import bar, columns
from console.widgets.chart_signs import SIGNS
from console.widgets.text import joined

if TYPE_CHECKING:
    from textual.content import Content

HEALTH: tuple[tuple[float, str], ...] = ((60.0, "$error"), (80.0, "$warning"))
"""Coverage below which a bar has this colour (the blueprint's)."""

LOW = HEALTH[0][0]
DEAD = 100.0 * DEAD_COVERAGE
HIGH = 150.0
"""Coverage above which a value is marked; what is above the fair share is drawn up to here."""

VALUE_WIDTH = 6
FULL_WIDTH = 30
"""With fewer cells the word after the sign is left out."""
EXCESS_CELLS = 24
"""From so many cells on, a third of a bar is what is above the fair share."""

STRIPE = 8
"""The small bars of a row are a multiple of this."""
CHOSEN = "bold reverse"


def health(value: float) -> str:
    """The colour of a coverage."""
    return next((style for limit, style in HEALTH if value < limit), "$success")


def sign(value: float, width: int) -> str:
    """What stands behind a value that is too low or too high."""
    if DEAD <= value < LOW:
        found, word = SIGNS.low, "low"
    elif value < DEAD:
        found, word = SIGNS.dead, "dead"
    elif value > HIGH:
        found, word = SIGNS.high, "high"
    else:
        return ""
    return f" {found} {word}" if width >= FULL_WIDTH else f" {found}"


def row(
    number: int, value: float, name: int, width: int, space: int, *, chosen: bool = False
) -> Content:
    """`E4 ████████▎      │ 54 % ▼ low`; `space`: cells of the longest sign of all rows."""
    cells = max(0, width - name - 1 - VALUE_WIDTH - 1 - space)
    told = "$warning" if value > HIGH else ""
    return joined(
        [
            (f"{f'E{number}':<{name}}", CHOSEN if chosen else "$muted"),
            " ",
            *_bar(value, cells),
            (f" {fmt.percent(value, 0):>{VALUE_WIDTH}}", told),
            (sign(value, width).ljust(space), f"bold {told or health(value)}"),
        ]
    )


def _bar(value: float, cells: int) -> Iterator[Content | tuple[str, str]]:
    """A bar that is full at the fair share, the mark of that, and what is above it."""
    style = health(value)
    if cells < 2:
        yield bar(part(value), cells, style)
        return
    fair = cells * 2 // 3 if cells >= EXCESS_CELLS else cells - 1
    yield bar(part(value), fair, style)
    yield SIGNS.fair, "$muted"
    room = cells - fair - 1
    above = round(room * min(1.0, max(0.0, (value - 100.0) / (HIGH - 100.0))))
    yield (SIGNS.others * above).ljust(room), style


def small(
    values: Sequence[float], name: int, width: int, chosen: int | None = None
) -> tuple[list[Content], list[range]]:
    """All experts as upright bars of one cell, in rows that begin with their first number; and
    which experts stand in each row."""
    stripe = max(STRIPE, (width - name - 1) // STRIPE * STRIPE)
    starts = [*range(0, len(values), stripe), len(values)]
    lines, numbers = [], []
    for first, end in pairwise(starts):
        bars = columns([(part(value), health(value)) for value in values[first:end]], 1)
        line = joined([(f"{f'E{first}':<{name}} ", "$muted"), *bars])
        if chosen is not None and first <= chosen < end:
            at = name + 1 + chosen - first
            line = line.stylize(CHOSEN, at, at + 1)
        lines.append(line)
        numbers.append(range(first, end))
    return lines, numbers


def part(value: float) -> float:
    """How much of a bar is filled: at most all of it."""
    return min(1.0, max(0.0, value / 100.0))
