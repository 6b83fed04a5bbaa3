"""One expert of a mixture over time: which series tell of it, and which lines of a log."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from console.core.sources import EMPTY, Axis, Columns, SearchPattern

if TYPE_CHECKING:
    from console.core.sources import SeriesSource

SHARE, LOSS, RATE = "expert_share/{}", "expert_loss/{}", "throughput"


def share_of(source: SeriesSource, number: int, columns: int) -> Columns:
    """Its share over the steps, 0 to 1."""
    return _whole(source, SHARE.format(number), columns)


def loss_of(source: SeriesSource, number: int, columns: int) -> Columns:
    """Its loss over the steps."""
    return _whole(source, LOSS.format(number), columns)


def load_of(source: SeriesSource, number: int, columns: int) -> Columns:
    """What goes to it in a second: its share × the throughput (tok/s) measured last before it."""
    rate = _whole(source, RATE, columns)
    share = share_of(source, number, columns)
    if not len(rate):
        return EMPTY
    kept = [(x, value) for x, value in zip(share.x, share.last, strict=True) if x >= rate.x[0]]
    values = [value * rate.last[bisect_right(rate.x, x) - 1] for x, value in kept]
    return Columns([x for x, _ in kept], values, values, values)


def lines_of(number: int) -> SearchPattern:
    """Lines that name it: `Expert-4`, `expert 4`, `expert_4`, `E4`."""
    return SearchPattern(rf"\b(expert[-_ #]?{number}|e{number})\b", regex=True)


def _whole(source: SeriesSource, name: str, columns: int) -> Columns:
    extent = source.extent(name, Axis.STEP)
    if extent is None or columns < 1:
        return EMPTY
    return source.columns(name, Axis.STEP, *extent, columns)
