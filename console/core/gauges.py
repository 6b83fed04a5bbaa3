"""What alerts look at: numbers read from the state, and from what was seen of late.

A gauge is a row of GAUGES: a function that gives its readings now, one for each thing it is about
(a GPU, a metric), none where nothing is known. A name that is no gauge is a metric of the trainer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
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


def _disk_room(state: RunState, memory: Memory) -> Iterator[Reading]:
    """Bytes free at the next save, if the disk goes on filling as of late, in units of what that
    save needs."""
    free, at, last = state.system.disk_free, state.system.t, state.checkpoints.last
    if free is None or at is None:
        return
    need = RESERVE_BYTES + ((last.bytes or 0) if last else 0)
    then = free - _disk_rate(memory) * _seconds_to_save(state)
    detail = f"{fmt.size(free)} free, {fmt.size(need)} needed"
    yield Reading(then / need, at, "", detail)


def _disk_rate(memory: Memory) -> float:
    """Bytes a second by which the free disk shrinks; 0 when it does not, or nobody knows."""
    if not memory.disk:
        return 0.0
    (first_t, first), (last_t, last) = memory.disk[0], memory.disk[-1]
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
    "gpu_temperature": _each_gpu(lambda gpu: gpu.temperature),
    "gpu_memory": _each_gpu(lambda gpu: _percent(gpu.memory_used, gpu.memory_total)),
    "gpu_throttled": _each_gpu(_throttled),
    "gpu_lost": _lost(of_trainer=True),
    "other_gpu_lost": _lost(of_trainer=False),
    "memory": _memory,
    "cpu": _cpu,
    "disk_free": _disk_free,
    "disk_room": _disk_room,
}
