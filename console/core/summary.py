"""What a measurement adds to the summed-up groups: position, loss, throughput, experts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from console.core.state import THROUGHPUT_WINDOW_SECONDS

if TYPE_CHECKING:
    from console.core.protocol import Measured
    from console.core.state import Position, RunState

AVERAGE_WEIGHT = 0.02
"""Weight of the newest loss in its exponential moving average."""

LOW_COVERAGE = 0.6
"""An expert below this part of its fair share is underused (the blueprint's red)."""

DEAD_COVERAGE = 0.01
"""An expert below this part of its fair share is dead: it is hardly trained any more."""


def coverage(share: tuple[float, ...]) -> tuple[float, ...]:
    """Coverage of each expert in percent: its share × number of experts; 100 is a fair share."""
    return tuple(100.0 * part * len(share) for part in share)


def imbalance(share: tuple[float, ...]) -> float | None:
    """Standard deviation of the coverages, in percent; None without experts."""
    values = coverage(share)
    if not values:
        return None
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def position(state: RunState, event: Measured) -> None:
    """Step, epoch, batch, samples and progress."""
    place = state.position
    if event.step is not None:
        place.step = event.step
    if event.epoch is not None:
        place.epoch = event.epoch
    if event.batch is not None:
        place.batch = event.batch
    samples = event.values.get("samples")
    if samples is not None and math.isfinite(samples):
        place.samples = int(samples)
    elif place.samples_per_step and place.step is not None:
        place.samples = int(place.step * place.samples_per_step)
    place.progress = progress(place)
    state.changed.add("position")


def progress(place: Position) -> float | None:
    """How much of the run is done, 0 to 1; None when no total is known."""
    if place.total_steps and place.step is not None:
        return min(1.0, place.step / place.total_steps)
    if not place.total_epochs or place.epoch is None:
        return None
    if place.batches_per_epoch and place.batch is not None:
        done = (math.floor(place.epoch) - 1) + place.batch / place.batches_per_epoch
        return max(0.0, min(1.0, done / place.total_epochs))
    return max(0.0, min(1.0, place.epoch / place.total_epochs))


def loss(state: RunState, event: Measured) -> None:
    """Best, delta to the epoch before, moving average; what is not finite is only counted."""
    value, summed = event.values.get("loss"), state.loss
    if value is None:
        return
    state.changed.add("loss")
    if not math.isfinite(value):
        summed.nonfinite += 1
        if summed.nonfinite_step is None:
            summed.nonfinite_step = state.position.step
        return
    _best(state, min((value, *(low for low in event.mm.get("loss", ()) if math.isfinite(low)))))
    if summed.average is None:
        summed.average = value
    summed.average += AVERAGE_WEIGHT * (value - summed.average)
    _epoch(state, value)


def _best(state: RunState, value: float) -> None:
    summed = state.loss
    if summed.best is None or value < summed.best:
        summed.best, summed.best_step = value, state.position.step
        summed.best_epoch = state.position.epoch


def _epoch(state: RunState, value: float) -> None:
    summed, now = state.loss, state.position.epoch
    if now is not None and (summed.epoch is None or math.floor(now) != math.floor(summed.epoch)):
        if summed.epoch_count:
            summed.previous_mean = summed.epoch_sum / summed.epoch_count
        summed.epoch, summed.epoch_sum, summed.epoch_count = now, 0.0, 0
    summed.epoch_sum += value
    summed.epoch_count += 1
    if summed.previous_mean is not None:
        summed.delta = summed.epoch_sum / summed.epoch_count - summed.previous_mean


def throughput(state: RunState, event: Measured, duration: float | None) -> None:
    """Current, average and peak, a value for each second of the last four minutes.

    A trainer that reports none is shown in steps per second.
    """
    flow = state.throughput
    value = event.values.get("throughput")
    if value is None and duration and (flow.current is None or flow.unit == "steps/s"):
        value, flow.unit = 1.0 / duration, "steps/s"
    elif value is not None and flow.unit == "steps/s":
        flow.unit, flow.peak, flow.window = "tok/s", None, ()
    if value is None or not math.isfinite(value):
        return
    flow.current = value
    flow.peak = max(value, flow.peak or value)
    if flow.window and int(flow.window[-1][0]) == int(event.m):
        return
    oldest = event.m - THROUGHPUT_WINDOW_SECONDS
    flow.window = (*(pair for pair in flow.window if pair[0] >= oldest), (event.m, value))
    flow.average = sum(pair[1] for pair in flow.window) / len(flow.window)
    state.changed.add("throughput")


def experts(state: RunState, event: Measured) -> None:
    """Loss and share of each expert, and since when one is underused."""
    if not event.expert_loss and not event.expert_share:
        return
    view, step = state.experts, state.position.step
    view.step, view.source = step, event.source
    if event.expert_loss:
        view.loss = event.expert_loss
    if event.expert_share:
        view.share = event.expert_share
        fair = 1.0 / len(event.expert_share)
        for number, share in enumerate(event.expert_share):
            _since(view.low_since, number, share < LOW_COVERAGE * fair, step)
            _since(view.dead_since, number, share < DEAD_COVERAGE * fair, step)
    state.changed.add("experts")


def _since(known: dict[str, int], number: int, is_so: bool, step: int | None) -> None:
    """Remembers the first step at which it was so without interruption."""
    if not is_so:
        known.pop(str(number), None)
    elif step is not None:
        known.setdefault(str(number), step)


def rank(share: tuple[float, ...], number: int) -> int:
    """The place of an expert by its share, 1 for the most used; equal ones share the better."""
    return 1 + sum(other > share[number] for other in share)
