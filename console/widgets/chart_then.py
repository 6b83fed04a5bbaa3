"""What charts without an axis of time show while another one has a cursor: their values there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core import format as fmt
from console.core.sources import Axis
from console.core.summary import coverage

if TYPE_CHECKING:
    from console.core.sources import Point, SeriesSource

MOST = 16
"""So many series are looked up for one value in a border."""

_GPU_MEMORY = re.compile(r"gpu\d+/memory")


def coverage_at(source: SeriesSource, point: Point, count: int) -> str | None:
    """The average coverage of the experts; None where it is not known, or they are too many."""
    names = set(source.names())
    series = [f"expert_share/{number}" for number in range(count)]
    if not 0 < count <= MOST or not names.issuperset(series) or point.step is None:
        return None
    found = [source.nearest(name, Axis.STEP, point.step) for name in series]
    values = coverage(tuple(one[1] for one in found if one is not None))
    if len(values) < count:
        return None
    return fmt.percent(sum(min(100.0, value) for value in values) / count, 0)


def memory_at(source: SeriesSource, point: Point) -> str | None:
    """What all GPUs used, else the machine."""
    if point.step is None:
        return None
    series = [name for name in source.names() if _GPU_MEMORY.fullmatch(name)][:MOST]
    kind = "GPU"
    if not series:
        series, kind = [name for name in ("memory/used",) if name in source.names()], "RAM"
    found = [source.nearest(name, Axis.STEP, point.step) for name in series]
    values = [one[1] for one in found if one is not None]
    return f"{kind} {fmt.gigabytes(sum(values))}" if values else None
