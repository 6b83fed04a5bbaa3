"""Ticks of axes that are not of plain numbers: logarithms upright, moments along. Pure."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING

from console.core.format import nice_ticks, setting, tick
from console.core.time_ticks import time_ticks

if TYPE_CHECKING:
    from console.widgets.chart_axes import Bounds, Ticks

FACTORS: tuple[tuple[float, ...], ...] = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0))
"""Which multiples of the powers of ten have a label: the last that leaves a row between two."""

LARGEST = 300
"""Powers of ten beyond it are no numbers any more."""

TIME_CELLS = 14
"""Cells from one label of an axis of time to the next, at least."""


def powers(found: Bounds, rows: int) -> Ticks:
    """Labels of an upright axis of logarithms (to base 10): the values themselves."""
    low, high = (min(max(edge, -LARGEST), LARGEST) for edge in (found.low, found.high))
    most = max(2, rows // 2)
    best: Ticks = ()
    for factors in FACTORS:
        ticks = _multiples(low, high, factors)
        if len(ticks) > most:
            break
        best = ticks
    if not best and (every := _multiples(low, high, (1.0,))):
        best = every[:: ceil(len(every) / most)]
    if len(best) >= 2:
        return best
    values = nice_ticks(10.0**low, 10.0**high, most)
    for more in range(most + 1, 2 * rows + 3):
        if len(values) >= 2:
            break
        values = nice_ticks(10.0**low, 10.0**high, more)
    step = values[1] - values[0] if len(values) > 1 else 0.0
    return tuple((log10(value), tick(value, step)) for value in values if value > 0)


def _multiples(low: float, high: float, factors: tuple[float, ...]) -> Ticks:
    exact = (
        (power + log10(factor), factor, power)
        for power in range(floor(low), ceil(high) + 1)
        for factor in factors
    )
    return tuple((at, _label(factor, power)) for at, factor, power in exact if low <= at <= high)


def _label(factor: float, power: int) -> str:
    if -4 <= power <= 4:
        return setting(factor * 10.0**power).replace(",", "")
    return f"{factor:.0f}e{power}"


def moments(found: Bounds, columns: int, offset: float) -> Ticks:
    """Labels of a lower axis of time; `offset` is the time zone's distance east of UTC."""
    return time_ticks(found.left, found.right, max(2, columns // TIME_CELLS), offset)
