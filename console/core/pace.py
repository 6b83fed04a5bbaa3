"""How fast it goes and how long it will take, from this session's own steps.

Only steps made without a pause, a save or a validation in between count for the pace.
"""

from __future__ import annotations

from statistics import fmean, median
from typing import TYPE_CHECKING

from console.core.protocol import Phase

if TYPE_CHECKING:
    from console.core.state import RunState, Timing

RESTING = (Phase.PAUSED, Phase.ERROR)
"""Time spent in these does not count as elapsed."""

KEPT_STEPS = 64
BLOCK = 16
ENOUGH_STEPS = 8

GAP_SECONDS = 10.0
"""The clock ticks each second; after this time without a tick nobody was there to see: the machine
was suspended, or all of ours was stopped."""


def step_seen(state: RunState, step: int, m: float) -> float | None:
    """Takes note of a new step; returns its duration in seconds, None when it does not count."""
    timing, last = state.timing, state.position.step
    began, timing.working_m = timing.working_m, m
    if began is None or last is None or step <= last or m <= began:
        return None
    duration = (m - began) / (step - last)
    timing.recent = (*timing.recent[-(KEPT_STEPS - 1) :], duration)
    timing.step_seconds = median(timing.recent)
    return duration


def interrupted(state: RunState) -> None:
    """The next step's duration does not count: something else than training came between."""
    state.timing.working_m = None


def ticked(state: RunState, t: float, m: float) -> None:
    """Another second is over. A step across a gap in which nobody looked is no measure."""
    before = state.timing.as_of_m
    if before is not None and m - before > GAP_SECONDS:
        interrupted(state)
    update(state, t, m)


def update(state: RunState, t: float, m: float) -> None:
    """Elapsed and remaining time as of now."""
    timing, life = state.timing, state.life
    timing.as_of, timing.as_of_m = t, m
    if life.started_m is None or life.started is None:
        return
    whole = _span(life.started_m, life.started, life.ended_m or m, life.ended or t)
    timing.elapsed = max(timing.elapsed, whole - timing.paused - _pause_so_far(state, m))
    timing.remaining_low, timing.remaining_high = _remaining(state)


def at_risk(state: RunState) -> float | None:
    """Seconds of training that would be lost now, as of the last `update`; None when unknown."""
    if state.life.started_m is None:
        return None
    return max(0.0, state.timing.elapsed - (state.checkpoints.last_elapsed or 0.0))


def _span(begin_m: float, begin_t: float, end_m: float, end_t: float) -> float:
    """Seconds between two moments; by the wall clock only when a reboot lies between."""
    return end_m - begin_m if end_m >= begin_m else max(0.0, end_t - begin_t)


def _pause_so_far(state: RunState, m: float) -> float:
    life = state.life
    if life.ended is not None or life.phase not in RESTING or life.phase_since_m is None:
        return 0.0
    return max(0.0, m - life.phase_since_m)


def _remaining(state: RunState) -> tuple[float | None, float | None]:
    """(shortest, longest) seconds to go. The longest includes saves and validations to come."""
    position, timing = state.position, state.timing
    if state.life.ended is not None:
        return None, None
    if position.total_steps is None or position.step is None or len(timing.recent) < ENOUGH_STEPS:
        return None, None
    steps = max(0, position.total_steps - position.step)
    means = _block_means(timing)
    return steps * min(means), steps * max(means) * (1.0 + timing.overhead)


def _block_means(timing: Timing) -> list[float]:
    recent = timing.recent
    blocks = [recent[i : i + BLOCK] for i in range(0, len(recent), BLOCK)]
    return [fmean(block) for block in blocks if len(block) >= min(BLOCK // 2, len(recent))]
