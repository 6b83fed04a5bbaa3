"""Which series an event adds values to: one function an event kind, in SERIES."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from console.core.protocol import Evaluated, Event, Measured, Sampled

if TYPE_CHECKING:
    from console.core.state import RunState

_Values = tuple[int | None, Mapping[str, float]]

_MACHINE = {
    "cpu": "cpu",
    "memory/used": "ram_used",
    "swap/used": "swap_used",
    "trainer/cpu": "trainer_cpu",
    "trainer/memory": "trainer_memory",
    "trainer/read": "trainer_read",
    "trainer/write": "trainer_write",
    "network/received": "network_received",
    "network/sent": "network_sent",
}
_GPU = {
    "temperature": "temperature",
    "memory": "memory_used",
    "utilisation": "utilisation",
    "power": "power",
}


def values_of(event: Event, state: RunState) -> _Values:
    """(step, values by the name of their series); a step of None follows the series' last one."""
    find = SERIES.get(type(event))
    return find(event, state) if find else (None, {})


def _measured(event: Measured, _state: RunState) -> _Values:
    if event.epoch is None and not event.expert_loss and not event.expert_share:
        return event.step, event.values
    values = dict(event.values)
    if event.epoch is not None:
        values["epoch"] = event.epoch
    values.update(
        zip(_names("expert_loss", len(event.expert_loss)), event.expert_loss, strict=True)
    )
    names = _names("expert_share", len(event.expert_share))
    values.update(zip(names, event.expert_share, strict=True))
    return event.step, values


@cache
def _names(prefix: str, count: int) -> tuple[str, ...]:
    return tuple(f"{prefix}/{number}" for number in range(count))


def _evaluated(event: Evaluated, state: RunState) -> _Values:
    step = state.position.step if event.step is None else event.step
    return step, {f"{event.split}/{name}": value for name, value in event.values.items()}


def _sampled(event: Sampled, state: RunState) -> _Values:
    found = {name: getattr(event, field) for name, field in _MACHINE.items()}
    for gpu in event.gpus:
        for name, field in _GPU.items():
            found[f"gpu{gpu.id}/{name}"] = getattr(gpu, field)
    values = {name: value for name, value in found.items() if value is not None}
    return state.position.step or 0, values


SERIES: dict[type[Any], Callable[[Any, RunState], _Values]] = {
    Measured: _measured,
    Evaluated: _evaluated,
    Sampled: _sampled,
}
