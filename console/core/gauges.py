"""What alerts look at: numbers read from the state, and from what was seen of late.

A gauge is a row of GAUGES: a function that gives its readings now, one for each thing it is about
(a GPU, a metric), none where nothing is known. A name that is no gauge is a metric of the trainer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from console.core import format as fmt
from console.core.lately import CALM_STEPS, Memory, Reading
from console.core.state import RunState, Status
from console.core.summary import coverage, imbalance

if TYPE_CHECKING:
    from console.core.protocol import Gpu

ENOUGH_RATES = 30
"""Seconds of throughput before its average says something."""

DISK_LEAST_SECONDS = 60.0
"""How the free disk changes is seen in no less time than this."""

UNKNOWN_WAIT_SECONDS = 600.0
"""Until the next save, when nobody says how often it saves."""

RESERVE_BYTES = 64e6

ENOUGH_STEPS, ENOUGH_SECONDS = 100, 60.0
"""After so many measured steps, or so long, a metric that never came is missed."""

MOST_NAMED = 12
"""Metrics named where one is missed."""

Gauge = Callable[[RunState, Memory], Iterator[Reading]]


def readings(name: str, state: RunState, memory: Memory) -> Iterator[Reading]:
    """What a gauge or a metric of this name says now."""
    gauge = GAUGES.get(name)
    if gauge is not None:
        yield from gauge(state, memory)
    elif (value := state.metrics.get(name)) is not None:
        yield Reading(value.value, value.t, step=value.step)


# --- the trainer ------------------------------------------------------------------------------


def _loss_nonfinite(state: RunState, memory: Memory) -> Iterator[Reading]:
    for reading in _odd(state, memory):
        if reading.subject == "loss":
            yield replace(reading, subject="")


def _metric_nonfinite(state: RunState, memory: Memory) -> Iterator[Reading]:
    yield from (one for one in _odd(state, memory) if one.subject != "loss")


def _odd(state: RunState, memory: Memory) -> Iterator[Reading]:
    """1 while the latest values of a metric held one that is no finite number, else 0."""
    for name, odd in memory.odd.items():
        value = state.value(name)
        detail = "NaN" if value is None or math.isfinite(value) else fmt.number(value)
        yield Reading(float(odd.calm < CALM_STEPS), odd.last, name, detail, odd.step)


def _loss_spike(_state: RunState, memory: Memory) -> Iterator[Reading]:
    """The highest of the latest losses, in robust standard deviations above the median."""
    if memory.deviations:
        highest = max(memory.deviations, key=lambda reading: reading.value)
        yield replace(highest, at=memory.deviations[-1].at)


def _stalled(state: RunState, _memory: Memory) -> Iterator[Reading]:
    """1 when it makes no steps and nothing explains that, by `core/status.py`; else 0."""
    if state.timing.as_of is not None:
        is_stalled = state.status is Status.STALLED
        yield Reading(float(is_stalled), state.timing.as_of, "", state.life.cause)


def _throughput_drop(state: RunState, _memory: Memory) -> Iterator[Reading]:
    """Percent under the average of the last four minutes, while it trains."""
    flow, at = state.throughput, state.life.step_seen
    if state.status is not Status.TRAINING or at is None or len(flow.window) < ENOUGH_RATES:
        return
    if flow.current is not None and flow.average:
        detail = f"{fmt.rate(flow.current, flow.unit)}, {fmt.rate(flow.average, flow.unit)}"
        yield Reading(100.0 * (1.0 - flow.current / flow.average), at, "", detail)


def _expert_imbalance(state: RunState, _memory: Memory) -> Iterator[Reading]:
    """Standard deviation of the coverages, in percent."""
    value, at = imbalance(state.experts.share), state.life.step_seen
    if value is not None and at is not None:
        yield Reading(value, at, step=state.experts.step)


def _expert_coverage(state: RunState, _memory: Memory) -> Iterator[Reading]:
    """The lowest coverage of an expert, in percent of its fair share."""
    found, at = coverage(state.experts.share), state.life.step_seen
    if found and at is not None:
        lowest = min(found)
        yield Reading(lowest, at, "", f"expert {found.index(lowest)}", state.experts.step)


def _checkpoint_failed(state: RunState, _memory: Memory) -> Iterator[Reading]:
    saves, at = state.checkpoints, state.timing.as_of
    if at is not None and (saves.failed or saves.count):
        yield Reading(float(saves.last_failure is not None), at, "", saves.last_failure or "")


def _checkpoint_partial(state: RunState, memory: Memory) -> Iterator[Reading]:
    if memory.partial is not None and state.timing.as_of is not None:
        yield replace(memory.partial, at=state.timing.as_of)


def _guard_metric(state: RunState, memory: Memory) -> Iterator[Reading]:
    """1 for a rule over a metric that the trainer has not told so far, 0 as soon as it does."""
    if memory.measured_t is None:
        return
    first, last = memory.measured_t
    if memory.measured < ENOUGH_STEPS and last - first < ENOUGH_SECONDS:
        return
    known = [name for name in sorted(state.metrics) if name not in ("epoch", "samples")]
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    for rule, metric in memory.watched:
        if metric in state.metrics:
            yield Reading(0.0, last, rule, f"metric '{metric}'")
        elif not _may_come(state, metric):
            named = ", ".join(known[:MOST_NAMED])
            yield Reading(1.0, last, rule, f"no metric '{metric}' so far; known: {named}{more}")


def _may_come(state: RunState, metric: str) -> bool:
    """Whether it is a result of an evaluation, and there was none yet."""
    split = metric.partition("/")[0]
    known = any(name.startswith(f"{split}/") for name in state.metrics)
    return "/" in metric and not known and state.evaluation.validation_t is None


# --- the machine ------------------------------------------------------------------------------


def _each_gpu(read: Callable[[Gpu], float | None]) -> Gauge:
    def gauge(state: RunState, _memory: Memory) -> Iterator[Reading]:
        at = state.system.t
        for gpu in state.system.gpus:
            value = read(gpu)
            if at is not None and value is not None and not gpu.lost:
                yield Reading(value, at, gpu.called, gpu.throttled or "")

    return gauge


def _throttled(gpu: Gpu) -> float:
    return float(bool(gpu.alarms))


def _lost(*, of_trainer: bool) -> Gauge:
    def gauge(state: RunState, _memory: Memory) -> Iterator[Reading]:
        at, mine = state.system.t, state.alerts.gpus
        for gpu in state.system.gpus if at is not None else ():
            if (gpu.id in mine) is of_trainer:
                yield Reading(float(gpu.lost), at or 0.0, gpu.called)

    return gauge


def _memory(state: RunState, _memory: Memory) -> Iterator[Reading]:
    """Percent of the machine's (or the container's) memory."""
    system = state.system
    used = _percent(system.ram_used, system.ram_total)
    if used is not None and system.t is not None:
        yield Reading(used, system.t)


def _percent(used: float | None, total: float | None) -> float | None:
    return None if used is None or not total else 100.0 * used / total


def _cpu(state: RunState, _memory: Memory) -> Iterator[Reading]:
    if state.system.cpu is not None and state.system.t is not None:
        yield Reading(state.system.cpu, state.system.t)


def _disk_free(state: RunState, _memory: Memory) -> Iterator[Reading]:
    """GB (1e9 bytes) free where the run is kept."""
    if state.system.disk_free is not None and state.system.t is not None:
        yield Reading(state.system.disk_free / 1e9, state.system.t)


def _checkpoint_disk_free(state: RunState, _memory: Memory) -> Iterator[Reading]:
    """GB (1e9 bytes) free where the trainer saves, if that is another file system."""
    if state.system.checkpoint_disk_free is not None and state.system.t is not None:
        yield Reading(state.system.checkpoint_disk_free / 1e9, state.system.t)


def _disk_room(state: RunState, memory: Memory) -> Iterator[Reading]:
    """Bytes free at the next save, if the disk goes on filling as of late, in units of what that
    save needs; one reading for each of the file systems."""
    system, last = state.system, state.checkpoints.last
    save = (last.bytes or 0) if last else 0
    is_apart = system.checkpoint_disk_free is not None
    for subject, free, need, seen in (
        ("", system.disk_free, RESERVE_BYTES + (0 if is_apart else save), memory.disk),
        ("checkpoints", system.checkpoint_disk_free, RESERVE_BYTES + save, memory.saves_disk),
    ):
        if free is not None and system.t is not None:
            then = free - _disk_rate(seen) * _seconds_to_save(state)
            where = " where the trainer saves" if subject else ""
            detail = f"{fmt.size(free)} free{where}, {fmt.size(need)} needed"
            yield Reading(then / need, system.t, subject, detail)


def _disk_rate(seen: Sequence[tuple[float, int]]) -> float:
    """Bytes a second by which the free disk shrinks; 0 when it does not, or nobody knows."""
    if not seen:
        return 0.0
    (first_t, first), (last_t, last) = seen[0], seen[-1]
    seconds = last_t - first_t
    return max(0.0, (first - last) / seconds) if seconds >= DISK_LEAST_SECONDS else 0.0


def _seconds_to_save(state: RunState) -> float:
    saves, step, pace = state.checkpoints, state.position.step, state.timing.step_seconds
    if saves.interval_seconds:
        since = state.timing.elapsed - (saves.last_elapsed or 0.0)
        return max(0.0, saves.interval_seconds - since)
    if saves.interval_steps and step is not None and pace is not None:
        return (saves.interval_steps - step % saves.interval_steps) * pace
    return UNKNOWN_WAIT_SECONDS


GAUGES: dict[str, Gauge] = {
    "loss_nonfinite": _loss_nonfinite,
    "metric_nonfinite": _metric_nonfinite,
    "loss_spike": _loss_spike,
    "stalled": _stalled,
    "throughput_drop": _throughput_drop,
    "expert_imbalance": _expert_imbalance,
    "expert_coverage": _expert_coverage,
    "checkpoint_failed": _checkpoint_failed,
    "checkpoint_partial": _checkpoint_partial,
    "guard_metric": _guard_metric,
    "gpu_temperature": _each_gpu(lambda gpu: gpu.temperature),
    "gpu_memory": _each_gpu(lambda gpu: _percent(gpu.memory_used, gpu.memory_total)),
    "gpu_throttled": _each_gpu(_throttled),
    "gpu_lost": _lost(of_trainer=True),
    "other_gpu_lost": _lost(of_trainer=False),
    "memory": _memory,
    "cpu": _cpu,
    "disk_free": _disk_free,
    "checkpoint_disk_free": _checkpoint_disk_free,
    "disk_room": _disk_room,
}
