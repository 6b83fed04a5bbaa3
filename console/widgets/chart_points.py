"""Series made ready for drawing: columns of a list of points, traces, a smoothed mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from statistics import fmean, median

from console.core.sources import Columns

LARGEST = 1e300
"""Larger values are drawn as this one: the range of an axis must stay a number."""

MEAN_WEIGHT = 0.3
"""Weight of the newest column in the smoothed mean."""

BREAK_SECONDS = 5.0
BREAK_FACTOR = 4.0
"""A pause longer than BREAK_FACTOR usual distances and BREAK_SECONDS breaks a line over time."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Trace:
    """A curve in one style of the theme, e.g. `$primary`: a line, or single dots on top of all
    lines that leave what is there in its place."""

    points: Points
    style: str
    dotted: bool = False


def drawable(value: float) -> float:
    """A finite value within what an axis can show."""
    return min(max(value, -LARGEST), LARGEST)


def zigzag(columns: Columns) -> list[tuple[float, float]]:
    """At most two points a column, half a column apart: its smallest and its largest value, the
    one last that is nearer to the column's last value."""
    points: list[tuple[float, float]] = []
    for x, after, low, high, last in zip(
        columns.x, _following(columns), columns.low, columns.high, columns.last, strict=True
    ):
        first, then = (high, low) if last - low < high - last else (low, high)
        points.append((x, drawable(first)))
        if high > low:
            points.append(((x + after) / 2, drawable(then)))
    return points


def mean(columns: Columns) -> list[tuple[float, float]]:
    """An exponential moving average over the last values of the columns, at their ends."""
    points: list[tuple[float, float]] = []
    average = None
    for x, value in zip(_following(columns), columns.last, strict=True):
        value = drawable(value)
        average = value if average is None else average + MEAN_WEIGHT * (value - average)
        points.append((x, average))
    return points


def _following(columns: Columns) -> list[float]:
    """Where each column ends: at the beginning of the next one."""
    return [*columns.x[1:], *columns.x[-1:]]


def reduced(points: Iterable[tuple[float, float]], low: float, high: float, count: int) -> Columns:
    """Points in ascending x, of which those with low ≤ x ≤ high, in at most `count` columns."""
    width = (high - low) / max(1, count)
    found: dict[int, list[tuple[float, float]]] = {}
    for x, value in points:
        if low <= x <= high and isfinite(value) and count > 0:
            column = min(count - 1, int((x - low) / width)) if width > 0 else 0
            found.setdefault(column, []).append((x, value))
    parts = list(found.values())
    return Columns(
        [part[0][0] for part in parts],
        [min(value for _, value in part) for part in parts],
        [max(value for _, value in part) for part in parts],
        [part[-1][1] for part in parts],
    )


def averaged(points: Points, seconds: float, width: float) -> list[tuple[float, float]]:
    """A moving mean over `seconds`, half before and half after, as one point for each `width`.

    The columns begin at multiples of `width`, so that they hold still while time goes on.
    """
    values = [(x, drawable(y)) for x, y in points if isfinite(y)]
    found: dict[int, list[tuple[float, float]]] = {}
    first = end = 0
    for x, _ in values:
        while values[first][0] < x - seconds / 2:
            first += 1
        while end < len(values) and values[end][0] <= x + seconds / 2:
            end += 1
        near = fmean(y for _, y in values[first:end])
        found.setdefault(int(x // width), []).append((x, near))
    return [(fmean(x for x, _ in part), fmean(y for _, y in part)) for part in found.values()]


def unbroken(points: Points, usual: float) -> list[Points]:
    """The points in parts without long pauses between them; `usual` is the usual distance."""
    limit = max(BREAK_SECONDS, BREAK_FACTOR * usual)
    breaks = (i for i in range(1, len(points)) if points[i][0] - points[i - 1][0] > limit)
    starts = [0, *breaks, len(points)]
    return [points[first:end] for first, end in pairwise(starts)]


def usual_distance(points: Points) -> float:
    """The median distance of neighbours; 0 for fewer than two points."""
    return median([after[0] - before[0] for before, after in pairwise(points)] or [0.0])
