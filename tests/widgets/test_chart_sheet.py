"""Curves made ready for drawing: averages, logarithms, gaps, and the two ways to draw a line."""

from __future__ import annotations

import math
import random

import pytest

from console.core.sources import Axis, Columns
from console.core.time_ticks import time_ticks
from console.core.viewport import ChartView
from console.widgets import chart_plot
from console.widgets.chart_axes import Bounds
from console.widgets.chart_plot import Picture, cells_of
from console.widgets.chart_points import Trace, begun, connected, logarithms, smoothed, typical
from console.widgets.chart_sheet import Happened, Layer, Wanted, _drawn, make
from console.widgets.chart_ticks import powers

LAYER = Layer("loss", "train", "", "$primary")


def columns(values: list[float], gaps: tuple[float, ...] = (), step: float = 1.0) -> Columns:
    xs = [step * i for i in range(len(values))]
    return Columns(xs, values, values, values, gaps)


def wanted(view: ChartView, span: tuple[float, float], **more: object) -> Wanted:
    return Wanted(Axis.STEP, span, (LAYER,), view, **more)  # type: ignore[arg-type]


def test_an_average_is_not_drawn_to_nothing_at_its_beginning() -> None:
    assert [y for _, y in smoothed(columns([5.0] * 4), 0.99)] == pytest.approx([5.0] * 4)
    values = [y for _, y in smoothed(columns([0.0, 0.0, 10.0]), 0.6)]
    assert values[2] == pytest.approx(10 * 0.4 / (1 - 0.6**3))


def test_an_average_of_a_part_knows_what_came_before() -> None:
    values = [10.0] * 100 + [0.0] * 100

    def read(_name: str, left: float, right: float, count: int) -> Columns:
        xs = [x for x in range(200) if left <= x <= right]
        ys = [values[x] for x in xs]
        return Columns(xs, ys, ys, ys)

    view = ChartView(span=(100.0, 199.0), smoothing=0.99)
    smooth = _drawn(wanted(view, (100.0, 199.0)), read, 100).smooth
    assert smooth[0][0] >= 100.0
    assert smooth[0][1] > 8.0  # begun anew it would be 0


def test_logarithms_leave_out_and_count_what_has_none() -> None:
    found, lost = logarithms(columns([100.0, 0.0, -5.0, 0.01]))
    assert (list(found.last), lost) == ([2.0, -2.0], 2)
    mixed = Columns([0.0], [-1.0], [10.0], [-0.5])
    found, lost = logarithms(mixed)
    assert (found.low[0], found.high[0], lost) == (1.0, 1.0, 1)


def test_the_typical_range_leaves_out_a_spike_and_keeps_what_is_even() -> None:
    assert typical([]) is None
    assert typical([3.0]) == (3.0, 3.0)
    low, high = typical([*map(float, range(100)), 1e9]) or (0.0, 0.0)
    assert (low, high) == (2.0, 98.0)


def test_a_line_breaks_where_nothing_was_recorded_and_nowhere_else() -> None:
    xs = [*range(50), *range(120, 170)]
    found = connected(Columns(xs, xs, xs, xs), 1.0)
    assert [(part.x[0], part.x[-1]) for part in found] == [(0, 49), (120, 169)]
    coarser = [*range(50), *range(60, 500, 10)]  # another pace is no gap
    assert len(connected(Columns(coarser, coarser, coarser, coarser), 1.0)) == 1
    assert connected(columns([]), 1.0) == []


def test_a_line_breaks_where_values_are_not_finite() -> None:
    xs = [0.0, 1.0, 2.0, 5.0, 6.0]
    found = connected(Columns(xs, xs, xs, xs, [3.0, 4.0]), 1.0)
    assert [len(part) for part in found] == [3, 2]
    one = connected(Columns(xs[:3], xs[:3], xs[:3], xs[:3], [1.0]), 1.0)
    assert len(one) == 1  # beside finite values in a column


def test_the_mark_of_what_is_not_finite_is_where_it_began() -> None:
    assert begun([3.0, 4.0, 5.0, 9.0], [0.0, 1.0, 2.0, 6.0, 7.0, 8.0]) == [3.0, 9.0]
    assert begun([], [0.0]) == []


def inked(grid: list[list[tuple[str, str]]]) -> set[tuple[int, int]]:
    """Cells that are not empty."""
    return {
        (row, column)
        for row, line in enumerate(grid)
        for column, (char, _) in enumerate(line)
        if char != " "
    }


@pytest.mark.parametrize("seed", range(5))
def test_both_ways_to_draw_a_line_give_the_same_picture(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_random = random.Random(seed)
    points = [(float(x), make_random.uniform(-1, 1) + math.sin(x / 9)) for x in range(100)]
    picture = Picture(Bounds(0.0, 99.0, -2.0, 2.0), [Trace(points, "$primary")])
    monkeypatch.setattr(chart_plot, "MOST_DOTS", 1e9)
    theirs = inked(cells_of(picture, 60, 12))
    monkeypatch.setattr(chart_plot, "MOST_DOTS", -1)
    ours = inked(cells_of(picture, 60, 12))
    assert len(theirs) > 150
    # Steep lines may stand in the column of dots beside, and a cell more or less be touched.
    assert len(theirs - around(ours)) <= 0.01 * len(theirs)
    assert len(ours - around(theirs)) <= 0.01 * len(ours)


def around(cells: set[tuple[int, int]]) -> set[tuple[int, int]]:
    near = [(down, aside) for down in range(-1, 2) for aside in range(-1, 2)]
    return {(row + down, column + aside) for row, column in cells for down, aside in near}


def test_a_crowd_of_saves_has_signs_and_no_lines() -> None:
    def read(_name: str, left: float, right: float, count: int) -> Columns:
        return columns([1.0, 2.0], step=100.0)

    saves = [Happened(float(x), "✓", "$success", "saved", x, False) for x in range(0, 100, 5)]
    alert = Happened(50.5, "▲", "$warning", "hot", 7, True)
    sheet = make(wanted(ChartView(), (0.0, 100.0), happened=[*saves, alert]), read, 60, 12)
    assert sheet is not None
    signs = "".join(char for char, _ in sheet.grid[0])
    assert signs.count("✓") >= 15
    rules = [[column for column, (char, _) in enumerate(line) if char == "│"]
             for line in sheet.grid[1:]]  # fmt: skip
    assert {len(columns) for columns in rules} <= {0, 1}
    assert sheet.near(50.5) == alert


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (1e-6, 10.0, ["1e-6", "1e-4", "0.01", "1"]),
        (0.9, 120.0, ["1", "10", "100"]),
        (0.03, 0.09, ["0.04", "0.06", "0.08"]),
        (2.0, 3.0, ["2.0", "2.5", "3.0"]),
    ],
)
def test_a_logarithmic_axis_has_labels_of_values(
    low: float, high: float, labels: list[str]
) -> None:
    found = powers(Bounds(0, 1, math.log10(low), math.log10(high)), 9)
    assert [label for _, label in found] == labels


def test_moments_have_labels_no_longer_than_they_need() -> None:
    noon = 1_777_291_200.0  # 12:00 UTC
    assert [label for _, label in time_ticks(noon, noon + 600, 5, 0.0)] == [
        "12:00", "12:02", "12:04", "12:06", "12:08",
    ] or len(time_ticks(noon, noon + 600, 5, 0.0)) <= 5  # fmt: skip
    seconds = [label for _, label in time_ticks(noon, noon + 30, 4, 7200.0)]
    assert seconds[0] == "14:00:00"
    days = [label for _, label in time_ticks(noon, noon + 9 * 86400, 5, 0.0)]
    assert all(" " in label and ":" not in label for label in days)
    assert time_ticks(5.0, 5.0, 4, 0.0) == ()
    assert time_ticks(0.0, math.inf, 4, 0.0) == ()


@pytest.mark.parametrize("value", [1e308, 5e-324, 1.0, -1.0, 0.0])
@pytest.mark.parametrize("is_robust", [False, True])
def test_a_single_value_of_any_size_has_a_logarithmic_axis(value: float, is_robust: bool) -> None:
    view = ChartView(is_log=True, is_robust=is_robust, span=(0.0, 1.0))
    sheet = make(wanted(view, (0.0, 1.0)), lambda *_: columns([value]), 60, 12)
    assert sheet is not None
    assert sheet.found.low < sheet.found.high
