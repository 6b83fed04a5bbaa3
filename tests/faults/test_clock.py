"""A clock that jumps, a machine that sleeps: time, pace and charts go on evenly."""

from __future__ import annotations

from itertools import pairwise

import pytest

from console.core.protocol import Facts, Measured, Observed, Started, Ticked
from console.core.reduce import reduce
from console.core.state import RunState

T = 1_700_000_000.0
HOUR, DAY = 3600.0, 86400.0


def going(state: RunState, first: int, last: int, shift: float, late: float = 0.0) -> None:
    """A step a second from `first` to `last`; the wall clock is wrong by `shift` by then."""
    for number in range(first, last + 1):
        t, m = T + number + late + shift, number + late
        reduce(state, Measured(t=t, m=m, step=number, values={"loss": 2.0}))
        reduce(state, Ticked(t=t, m=m))


@pytest.fixture
def state() -> RunState:
    made = RunState()
    reduce(made, Started(t=T, m=0.0, pid=1))
    reduce(made, Facts(t=T, m=0.0, values={"total_steps": 400}))
    return made


def test_fault_32_a_clock_set_back_and_forth_changes_neither_elapsed_nor_pace(
    state: RunState,
) -> None:
    elapsed = []
    for first, shift in ((1, 0.0), (61, -HOUR), (121, DAY), (181, 0.0)):
        for number in range(first, first + 60):
            going(state, number, number, shift)
            elapsed.append(state.timing.elapsed)
            low, high = state.timing.remaining_low, state.timing.remaining_high
            assert low is None or (high is not None and 0 <= low <= high <= 400)
    assert all(0 < later - earlier < 2 for earlier, later in pairwise(elapsed))
    assert state.timing.remaining_low == state.timing.remaining_high == 160
    assert state.timing.step_seconds == 1.0
    window = [m for m, _ in state.throughput.window]
    assert window == sorted(window)
    assert {value for _, value in state.throughput.window} == {1.0}


def test_fault_33_a_suspended_session_is_not_averaged_into_the_pace(state: RunState) -> None:
    going(state, 1, 40, 0.0)
    reduce(state, Ticked(t=T + 100, m=100.0))  # the first thing after a minute of sleep
    going(state, 41, 80, 0.0, late=60.0)
    assert max(state.timing.recent) == 1.0
    assert state.timing.remaining_high == 320
    assert state.throughput.current == 1.0
    assert min(value for _, value in state.throughput.window) == 1.0


def test_fault_33_a_trainer_stopped_by_a_signal_is_not_averaged_into_the_pace(
    state: RunState,
) -> None:
    going(state, 1, 40, 0.0)
    reduce(state, Observed(t=T + 41, m=41.0, alive=True, stopped=True))
    for second in range(42, 100):
        reduce(state, Ticked(t=T + second, m=float(second)))
    reduce(state, Observed(t=T + 100, m=100.0, alive=True, stopped=False))
    going(state, 41, 80, 0.0, late=60.0)
    assert max(state.timing.recent) == 1.0
    assert state.timing.remaining_high == 320
