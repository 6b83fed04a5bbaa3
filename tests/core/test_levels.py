"""Entries, their levels and their bytes; what appending means for steps and times."""

from __future__ import annotations

import math
import struct
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.levels import (
    FACTOR,
    MISSING,
    STRETCHES,
    Entries,
    Stretch,
    entries_of,
    number,
    pack,
    straighten,
    stretch,
    summarise,
    unpack,
)

VALUES = st.floats(width=64) | st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308, 0.0])
STEPS = st.integers(-(2**60), 2**60)


def entries(values: list[float], steps: list[int] | None = None) -> Entries:
    times = array("d", [1e9 + 0.1 * i for i in range(len(values))])
    numbers = array("q", steps if steps is not None else range(len(values)))
    return entries_of(numbers, times, array("d", values), {})


def bits(entries: Entries) -> list[bytes]:
    return [getattr(entries, name).tobytes() for name in sorted(entries.__slots__)]


@given(st.lists(st.tuples(STEPS, VALUES), max_size=50), st.sampled_from([0, 1]))
def test_bytes_give_the_same_entries_again_bit_for_bit(
    points: list[tuple[int, float]], level: int
) -> None:
    made = entries([value for _, value in points], [step for step, _ in points])
    assert bits(unpack(pack(made, level))) == bits(made)


def test_ranges_survive_the_bytes() -> None:
    made = entries_of(
        array("q", [1, 5]), array("d", [0.0, 1.0]), array("d", [2.0, math.nan]), {1: (-3.0, 4.0)}
    )
    again = unpack(pack(made, 0))
    assert (again.low[1], again.high[1], again.odd.tolist()) == (-3.0, 4.0, [0, 1])


def test_even_steps_take_no_room() -> None:
    even, uneven = entries([1.0] * 1024), entries([1.0] * 1024, [i * i for i in range(1024)])
    assert len(pack(even, 0)) == len(pack(uneven, 0)) - 8 * 1024


@pytest.mark.parametrize("cut", [0, 3, 24, 60, 100])
def test_torn_bytes_are_refused(cut: int) -> None:
    data = pack(entries([1.0, 2.0, 3.0, 4.0, 5.0]), 0)
    with pytest.raises((ValueError, struct.error)):
        unpack(data[:cut])


@given(st.lists(VALUES, min_size=FACTOR, max_size=FACTOR), st.integers(1, 4))
def test_a_summary_has_the_range_of_the_finite_values(values: list[float], groups: int) -> None:
    coarse = summarise(entries(values * groups))
    finite = [value for value in values if math.isfinite(value)]
    assert len(coarse) == groups
    assert coarse.steps.tolist() == [FACTOR * i for i in range(groups)]
    assert any(coarse.odd) == (len(finite) < len(values))
    if finite:
        assert (coarse.low[0], coarse.high[0]) == (min(finite), max(finite))
        assert coarse.last[0] == finite[-1]
    else:
        assert math.isnan(coarse.low[0])
        assert math.isnan(coarse.high[0])


def test_a_summary_of_summaries_skips_those_without_a_finite_value() -> None:
    fine = summarise(entries([math.nan] * 16 + [float(i) for i in range(240)]))
    coarse = summarise(fine)
    assert (coarse.low[0], coarse.high[0], coarse.last[0], coarse.odd[0]) == (0.0, 239.0, 239.0, 1)


def test_missing_steps_follow_the_one_before() -> None:
    steps = array("q", [MISSING, 10, MISSING, MISSING, 3])
    number(steps, 6)
    assert steps.tolist() == [7, 10, 11, 12, 3]


@given(st.lists(st.floats(0, 1e10)), st.floats(0, 1e10))
def test_times_never_go_back(times: list[float], last: float) -> None:
    straight = straighten(array("d", times), last)
    assert len(straight) == len(times)
    assert all(a <= b for a, b in zip([last, *straight], straight, strict=False))
    if times == sorted(times) and times[:1] >= [last]:
        assert straight.tolist() == times


def visible(steps: list[int]) -> list[int]:
    """Indices visible on the step axis, by the definition: a step back replaces what follows."""
    kept: list[int] = []
    for index, step in enumerate(steps):
        if index and step < steps[index - 1]:
            kept = [i for i in kept if steps[i] < step]
        kept.append(index)
    return kept


def seen_through(stretches: list[Stretch], steps: list[int]) -> list[int]:
    limits = [later.step for later in stretches[1:]] + [2**62]
    return [
        index
        for piece, limit in zip(stretches, limits, strict=True)
        for index in range(piece.start, piece.end)
        if steps[index] < limit
    ]


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=8), min_size=1, max_size=10))
def test_stretches_show_the_newest_of_every_step_for_any_batches(parts: list[list[int]]) -> None:
    stretches: list[Stretch] = []
    whole: list[int] = []
    for part in parts:
        stretches = stretch(stretches, array("q", part), whole[-1] if whole else 0)
        whole += part
    assert seen_through(stretches, whole) == visible(whole)
    firsts = [piece.step for piece in stretches]
    assert firsts == sorted(set(firsts))


def test_stretches_stay_few_when_steps_go_back_all_the_time() -> None:
    steps = [step for i in range(2000) for step in (i + 5, i)]
    stretches = stretch([], array("q", steps), 0)
    assert len(stretches) <= STRETCHES
    assert stretches[-1].end == len(steps)
