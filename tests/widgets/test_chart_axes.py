"""Axes and points: what must hold for any numbers."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from console.widgets.chart_axes import around, bounds, lower, upright
from console.widgets.chart_points import (
    Points,
    averaged,
    drawable,
    reduced,
    smoothed,
    unbroken,
    zigzag,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)
CURVES = st.lists(FINITE, min_size=1, max_size=80).map(
    lambda values: [(float(x), y) for x, y in enumerate(values)]
)


@given(FINITE, FINITE)
def test_bounds_hold_the_range_and_are_numbers_to_divide_by(one: float, other: float) -> None:
    found = bounds(0.0, 10.0, min(one, other), max(one, other))
    assert math.isfinite(found.high - found.low)
    assert found.high > found.low
    for value in (one, other):
        if abs(value) < 1e300:
            slack = 1e-6 * (found.high - found.low)
            assert found.low - slack <= value <= found.high + slack


@given(CURVES, st.integers(2, 60), st.integers(10, 200))
def test_every_tick_is_in_its_place(curve: Points, rows: int, columns: int) -> None:
    found = around(0.0, curve[-1][0], curve)
    up, along = upright(found, rows), lower(found, columns)
    places = [found.row(value, rows) for value, _ in up]
    assert len(set(places)) == len(places)
    assert all(0 <= place < rows for place in places)
    assert all(0 <= found.column(value, columns) < columns for value, _ in along)


def test_bounds_hold_still_while_the_range_grows_a_little() -> None:
    assert bounds(0, 1, 0.0201, 0.1471) == bounds(0, 1, 0.0199, 0.1479)


@given(CURVES, st.integers(1, 50))
def test_two_points_a_column_keep_the_extremes(curve: Points, columns: int) -> None:
    found = reduced(curve, 0.0, curve[-1][0], columns)
    points = zigzag(found)
    assert len(found) <= columns
    assert len(points) <= 2 * columns
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    values = [y for _, y in curve if abs(y) < 1e300]
    if len(values) == len(curve):
        assert min(y for _, y in points) == min(values)
        assert max(y for _, y in points) == max(values)


@given(CURVES)
def test_a_mean_stays_within_its_values(curve: Points) -> None:
    values = [drawable(y) for _, y in curve]
    slack = 1e-9 * max(1.0, *map(abs, values))
    for _, average in smoothed(reduced(curve, 0.0, curve[-1][0], 20), 0.6):
        assert min(values) - slack <= average <= max(values) + slack


@given(CURVES, st.floats(0.1, 20), st.floats(0.1, 20))
def test_averages_stay_within_their_values_and_in_order(
    curve: Points, seconds: float, width: float
) -> None:
    found = averaged(curve, seconds, width)
    values = [drawable(y) for _, y in curve]
    slack = 1e-9 * max(1.0, *map(abs, values))
    assert all(min(values) - slack <= y <= max(values) + slack for _, y in found)
    assert len(found) <= curve[-1][0] / width + 2
    assert [x for x, _ in found] == sorted(x for x, _ in found)


@given(st.lists(st.floats(0, 240), max_size=60), st.floats(0, 20))
def test_parts_of_a_line_are_the_line(times: list[float], usual: float) -> None:
    points = [(time, 1.0) for time in sorted(times)]
    assert [point for part in unbroken(points, usual) for point in part] == points
