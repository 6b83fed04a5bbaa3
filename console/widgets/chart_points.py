"""Series made ready for drawing: columns of a list of points, traces, a smoothed mean."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, isfinite, log10
from statistics import fmean, median

from console.core.sources import Columns

LARGEST = 1e300
"""Larger values are drawn as this one: the range of an axis must stay a number."""

GAP_FACTOR = 4.0
"""A line breaks where the next value is further away than so many times what is usual there."""

SPREAD = 0.02
"""The part of the values, on each side, a robust range may leave out."""

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


def smoothed(columns: Columns, weight: float) -> list[tuple[float, float]]:
    """An exponential moving average over the last values of the columns, at their ends.

    `weight` is that of the past, 0 to 1; the beginning is not drawn to 0.
    """
    points: list[tuple[float, float]] = []
    total = known = 0.0
    for x, value in zip(_following(columns), columns.last, strict=True):
        total = weight * total + (1.0 - weight) * drawable(value)
        known = weight * known + (1.0 - weight)
        points.append((x, total / known))
    return points


def logarithms(columns: Columns) -> tuple[Columns, int]:
    """The columns by their logarithms to base 10, and how many of them hold a value of 0 or less:
    that one is left out."""
    kept: list[tuple[float, float, float, float]] = []
    lost = 0
    for x, low, high, last in zip(columns.x, columns.low, columns.high, columns.last, strict=True):
        lost += low <= 0
        if high > 0:
            top = log10(high)
            end = log10(last) if last > 0 else top
            kept.append((x, log10(low) if low > 0 else min(top, end), top, end))
    xs, lows, highs, lasts = zip(*kept, strict=True) if kept else ((), (), (), ())
    return Columns(xs, lows, highs, lasts, columns.gaps), lost


def typical(values: Iterable[float]) -> tuple[float, float] | None:
    """The range of values without the SPREAD most extreme on each side; None without values."""
    found = sorted(values)
    if not found:
        return None
    last = len(found) - 1
    return found[ceil(SPREAD * last)], found[floor((1.0 - SPREAD) * last)]


def begun(gaps: Sequence[float], xs: Sequence[float]) -> list[float]:
    """Where values stopped being finite: of gaps with no finite column between them the first."""
    places = [bisect_left(xs, gap) for gap in gaps]
    return [gap for i, gap in enumerate(gaps) if i == 0 or places[i] != places[i - 1]]


def connected(columns: Columns, width: float) -> list[Columns]:
    """The columns in parts between which no line is drawn: where nothing was recorded for long, by
    what is usual there, and where values were not finite over more than a column of `width`."""
    xs = columns.x
    far = [after - before for before, after in pairwise(xs)]
    starts = [0]
    for i, distance in enumerate(far):
        near = max(far[max(0, i - 1) : i] + far[i + 1 : i + 2], default=distance)
        at = bisect_left(columns.gaps, xs[i])
        is_broken = at < len(columns.gaps) and columns.gaps[at] <= xs[i + 1]
        if distance > GAP_FACTOR * near or (is_broken and distance > 1.5 * width):
            starts.append(i + 1)
    return [
        Columns(xs[a:b], columns.low[a:b], columns.high[a:b], columns.last[a:b])
        for a, b in pairwise([*starts, len(xs)])
        if b > a
    ]


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
