"""What is in sight of a chart: zoom, pan, axis, cursor, as values."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from console.core.sources import Axis
from console.core.viewport import (
    FEWEST,
    ChartView,
    next_axis,
    next_smoothing,
    panned,
    reset,
    seen,
    stepped,
    zoomed,
)

WHOLE = (0.0, 1000.0)


def test_everything_grows_with_the_run() -> None:
    assert seen(ChartView(), WHOLE) == WHOLE
    assert seen(ChartView(), (0.0, 2000.0)) == (0.0, 2000.0)


def test_zoom_at_the_newest_value_follows_it() -> None:
    view = zoomed(ChartView(), WHOLE, WHOLE, Axis.STEP, 0.5)
    assert seen(view, WHOLE) == (500.0, 1000.0)
    assert seen(view, (0.0, 1200.0)) == (700.0, 1200.0)


def test_what_does_not_end_at_the_newest_value_stays() -> None:
    view = zoomed(ChartView(), WHOLE, WHOLE, Axis.STEP, 0.5, around=200.0)
    assert seen(view, WHOLE) == (100.0, 600.0)
    assert seen(view, (0.0, 5000.0)) == (100.0, 600.0)


def test_zooming_out_ends_with_the_usual_part() -> None:
    view = zoomed(ChartView(), WHOLE, WHOLE, Axis.STEP, 0.25, around=400.0)
    for _ in range(2):
        assert view.is_zoomed
        view = zoomed(view, WHOLE, WHOLE, Axis.STEP, 2.0)
    assert not view.is_zoomed


def test_beyond_the_usual_part_is_the_whole_run() -> None:
    usual = (760.0, 1000.0)
    view = zoomed(ChartView(), WHOLE, usual, Axis.TIME, 2.0)
    assert seen(view, WHOLE) == (520.0, 1000.0)
    for _ in range(3):
        view = zoomed(view, WHOLE, usual, Axis.TIME, 2.0)
    assert seen(view, WHOLE) == WHOLE
    assert seen(view, (0.0, 1010.0))[1] == 1010.0
    assert reset(view).span is None


def test_nothing_is_closer_than_some_steps() -> None:
    view = ChartView()
    for _ in range(60):
        view = zoomed(view, WHOLE, WHOLE, Axis.STEP, 0.5, around=123.0)
    left, right = seen(view, WHOLE)
    assert right - left == FEWEST[Axis.STEP]
    assert left <= 123.0 <= right


def test_panning_stops_at_the_ends_and_follows_at_the_last() -> None:
    view = zoomed(ChartView(), WHOLE, WHOLE, Axis.STEP, 0.25, around=500.0)
    left = panned(view, WHOLE, WHOLE, -10.0)
    assert seen(left, WHOLE) == (0.0, 250.0)
    assert not left.follows
    right = panned(left, WHOLE, WHOLE, 10.0)
    assert seen(right, WHOLE) == (750.0, 1000.0)
    assert right.follows
    assert not panned(right, WHOLE, WHOLE, -0.25).follows
    assert panned(ChartView(), WHOLE, WHOLE, 1.0) == ChartView()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["in", "out", "pan"]),
            st.floats(-100, 1100),
            st.floats(-3, 3),
        ),
        max_size=30,
    )
)
def test_whatever_is_done_what_is_in_sight_is_a_part_of_the_whole(
    steps: list[tuple[str, float, float]],
) -> None:
    view = ChartView()
    for kind, around, share in steps:
        if kind == "pan":
            view = panned(view, WHOLE, WHOLE, share)
        else:
            factor = 0.5 if kind == "in" else 2.0
            view = zoomed(view, WHOLE, WHOLE, Axis.STEP, factor, around)
        left, right = seen(view, WHOLE)
        assert WHOLE[0] - 1e-6 <= left < right <= WHOLE[1] + 1e-6


def test_another_axis_shows_the_same_part() -> None:
    view = replace(ChartView(), span=(100.0, 200.0))
    known = (Axis.STEP, Axis.TIME)
    moved = next_axis(view, Axis.STEP, known, lambda x, _axis: 1e9 + x)
    assert (moved.axis, moved.span) == (Axis.TIME, (1e9 + 100, 1e9 + 200))
    lost = next_axis(view, Axis.STEP, known, lambda _x, _axis: None)
    assert (lost.axis, lost.span) == (Axis.TIME, None)
    assert next_axis(moved, Axis.TIME, known, lambda x, _axis: x).axis is Axis.STEP


def test_the_strengths_of_the_average_go_round() -> None:
    view, seen_weights = ChartView(), []
    for _ in range(5):
        seen_weights.append(view.smoothing)
        view = next_smoothing(view)
    assert seen_weights == [0.0, 0.6, 0.9, 0.99, 0.0]


def test_the_cursor_goes_from_value_to_value() -> None:
    xs = [1.0, 2.0, 5.0]
    assert stepped([], None, 1) is None
    assert stepped(xs, None, -1) == 5.0
    assert stepped(xs, 5.0, -1) == 2.0
    assert stepped(xs, 3.0, -1) == 2.0
    assert stepped(xs, 3.0, 1) == 5.0
    assert stepped(xs, 1.0, -1) == 1.0
    assert stepped(xs, 5.0, 1) == 5.0
