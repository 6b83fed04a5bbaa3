"""Charts out of levels show what the values themselves would show."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.levels import BLOCK, CHUNK, FACTOR, Entries, entries_of, stretch, summarise
from console.core.series import ENTRIES_PER_COLUMN, Scale, Series
from console.core.sources import Axis


class Shelf:
    """Blocks of a series in memory; counts the entries that were asked for."""

    def __init__(self, steps: Sequence[int], values: Sequence[float]) -> None:
        self.steps, self.values = list(steps), list(values)
        self.times = [1e9 + i / 8 for i in range(len(steps))]
        whole = entries_of(array("q", self.steps), array("d", self.times), array("d", values), {})
        chunks, self.read = len(values) // CHUNK, 0
        self.levels = [whole.part(0, chunks * CHUNK)]
        while len(self.levels[-1]) >= FACTOR * BLOCK or len(self.levels) == 1:
            fine = self.levels[-1]
            self.levels.append(summarise(fine.part(0, len(fine) // (FACTOR * BLOCK) * 1024)))
        pieces = stretch([], array("q", self.steps), 0) if steps else []
        self.series = Series(self.block, chunks, whole.part(chunks * CHUNK), pieces)

    def block(self, level: int, number: int) -> Entries:
        size = BLOCK if level else CHUNK
        part = self.levels[level].part(number * size, (number + 1) * size)
        assert len(part) == size
        self.read += size
        return part

    def between(self, low: float, high: float) -> list[tuple[int, float]]:
        return [
            (step, value)
            for step, value in zip(self.steps, self.values, strict=True)
            if low <= step <= high
        ]


@st.composite
def shelves(draw: st.DrawFn) -> Shelf:
    """Strictly growing steps, some values not finite, up to twenty chunks."""
    seed, count = draw(st.integers(0, 2**32)), draw(st.integers(1, 20_000))
    rng = random.Random(seed)
    step, steps = 0, []
    for _ in range(count):
        step += rng.choice((1, 1, 1, 7))
        steps.append(step)
    odd = draw(st.sampled_from([0.0, 0.01, 0.5]))
    values = [math.nan if rng.random() < odd else rng.gauss(0, 1) for _ in range(count)]
    return Shelf(steps, values)


@settings(max_examples=60, deadline=None)
@given(shelves(), st.floats(0, 1), st.floats(0, 1), st.integers(1, 250))
def test_columns_hold_exactly_the_values_of_their_part(
    shelf: Shelf, a: float, b: float, count: int
) -> None:
    last = shelf.steps[-1]
    low, high = sorted((a * last, b * last))
    found = shelf.series.columns(Axis.STEP, low, high, count)
    points = shelf.between(low, high)
    finite = [(x, value) for x, value in points if math.isfinite(value)]
    assert len(found) <= count
    assert list(found.x) == sorted(set(found.x))
    assert len(found.x) == len(found.low) == len(found.high) == len(found.last)
    assert bool(found.gaps) == (len(finite) < len(points))
    if not finite:
        assert not len(found)
        return
    assert min(found.low) == min(value for _, value in finite)
    assert max(found.high) == max(value for _, value in finite)
    assert found.last[-1] == finite[-1][1]
    for x, following, least, greatest in zip(
        found.x, [*found.x[1:], math.inf], found.low, found.high, strict=True
    ):
        inside = [value for step, value in finite if x <= step < following]
        assert (least, greatest) == (min(inside), max(inside))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=200), st.floats(-3, 45))
def test_nearest_is_the_newest_value_at_the_nearest_visible_step(
    steps: list[int], x: float
) -> None:
    shelf = Shelf(steps, [float(i) for i in range(len(steps))])
    visible = list(shelf.series.points())
    found = shelf.series.nearest(Axis.STEP, x)
    assert found is not None
    assert abs(found[0] - x) == min(abs(step - x) for step, _, _ in visible)
    assert found[1] == max(value for step, _, value in visible if step == found[0])


@given(st.lists(st.integers(0, 40), max_size=300))
def test_points_are_the_newest_of_each_step_and_every_is_all(steps: list[int]) -> None:
    shelf = Shelf(steps, [float(i) for i in range(len(steps))])
    kept: list[int] = []
    for index, step in enumerate(steps):
        if kept and step < steps[index - 1]:
            kept = [i for i in kept if steps[i] < step]
        if kept and steps[kept[-1]] == step:
            kept.pop()
        kept.append(index)
    assert [(s, int(v)) for s, _, v in shelf.series.points()] == [(steps[i], i) for i in kept]
    assert [int(v) for _, _, v in shelf.series.points(newest=False)] == list(range(len(steps)))


def test_after_a_step_back_the_chart_shows_the_new_branch_and_time_shows_both() -> None:
    shelf = Shelf([*range(1000), *range(800, 900)], [0.0] * 1000 + [1.0] * 100)
    found = shelf.series.columns(Axis.STEP, 0, 2000, 2000)
    assert found.x[-1] == 899
    assert dict(zip(found.x, found.last, strict=True))[800] == 1.0
    assert max(shelf.series.columns(Axis.STEP, 0, 799, 10).high) == 0.0
    whole = shelf.series.columns(Axis.TIME, -math.inf, math.inf, 5000)
    assert len(whole) == 1100
    assert shelf.series.extent(Axis.STEP) == (0, 899)


@pytest.mark.parametrize("width", [20, 100, 250])
def test_a_chart_reads_a_bounded_number_of_entries_however_long_the_series(width: int) -> None:
    shelf = Shelf(range(300_000), [math.sin(i / 1000) for i in range(300_000)])
    for low, high in ((0, 300_000), (1000, 299_000), (123_456, 234_567)):
        shelf.read = 0
        shelf.series.columns(Axis.STEP, low, high, width)
        # the entries themselves, up to two begun blocks of each level at both ends, the bisection
        assert shelf.read <= ENTRIES_PER_COLUMN * width + 2 * 2 * CHUNK * 4 + 40 * CHUNK


def test_a_single_point_a_missing_part_and_no_columns() -> None:
    shelf = Shelf([7], [0.5])
    found = shelf.series.columns(Axis.STEP, 7, 7, 10)
    assert (list(found.x), list(found.low), list(found.high)) == ([7], [0.5], [0.5])
    assert not len(shelf.series.columns(Axis.STEP, 8, 9, 10))
    assert not len(shelf.series.columns(Axis.STEP, 0, 9, 0))
    assert shelf.series.extent(Axis.TIME) == (1e9, 1e9)
    empty = Shelf([], []).series
    assert empty.extent(Axis.STEP) is None
    assert empty.nearest(Axis.TIME, 1.0) is None


def test_equal_steps_share_a_column() -> None:
    shelf = Shelf([0, 5, 5, 5, 9], [0.0, 1.0, 9.0, 2.0, 3.0])
    found = shelf.series.columns(Axis.STEP, 0, 9, 100)
    assert (list(found.x), list(found.low), list(found.high)) == ([0, 5, 9], [0, 1, 3], [0, 9, 3])


def test_epochs_and_steps_go_over_into_each_other() -> None:
    scale = Scale([(1, 1.0), (2, 1.0), (1001, 2.0), (3001, 3.0)])
    assert scale.epoch(501) == 1.5
    assert scale.step(2.5) == 2001
    assert scale.epoch(5001) == 4.0
    for step in (-5.0, 1.0, 700.0, 3000.0, 9999.0):
        assert scale.step(scale.epoch(step)) == pytest.approx(step)


def test_without_known_epochs_steps_stand_for_them() -> None:
    assert Scale([]).epoch(17.0) == 17.0
    assert Scale([(3, 1.0)]).step(4.0) == 4.0
