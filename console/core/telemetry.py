"""What sensors say of the machine, the trainer's processes and the GPUs.

A new sensor is a field of Sampled and, under the same name, of System; a new reading of a GPU is a
field of Gpu.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from console.core.format_text import text

POWER_CAP = "power cap"
UNNAMED = "throttled (no reason given)"
"""What AMD's driver says of some idle GPUs too."""

NO_ALARM = frozenset(
    {POWER_CAP, UNNAMED, "clock limit set", "sync boost", "display clock", "board limit",
     "voltage reliability"}
)  # fmt: skip
"""Reasons of throttling that are how a busy GPU works, or wanted."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU; every reading the driver does not give is None. Bytes, °C, percent, watts, MHz.

    `throttled` names what slows it down, empty for nothing. `label` is set for a part of a GPU
    (MIG): `0:1`. `trainer` says whether this run's processes use it or chose it.
    """

    id: int
    name: str = ""
    uuid: str = ""
    temperature: float | None = None
    temperature_limit: float | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    memory_trainer: int | None = None
    utilisation: float | None = None
    power: float | None = None
    power_limit: float | None = None
    clock: float | None = None
    throttled: str | None = None
    lost: bool = False
    label: str = ""
    clock_max: float | None = None
    memory_clock: float | None = None
    memory_clock_max: float | None = None
    fan: float | None = None
    ecc_errors: int | None = None
    """Errors of its memory that could not be corrected, since the driver started."""
    processes: int | None = None
    trainer: bool | None = None
    same: bool = False
    """What FIXED names is left out: it is as in the reading before."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """What slows it down, in words that may be shown."""
        return tuple(text(word) for word in (self.throttled or "").split(", ") if word)

    @property
    def alarms(self) -> tuple[str, ...]:
        """Those of the reasons that are not how a busy GPU works."""
        return tuple(word for word in self.reasons if word not in NO_ALARM)

    @property
    def called(self) -> str:
        """`0`, or `0:1` for a part of it; may be shown."""
        return text(self.label) if self.label else str(self.id)


FIXED: Mapping[str, Any] = {
    "name": "", "uuid": "", "label": "", "temperature_limit": None, "memory_total": None,
    "power_limit": None, "clock_max": None, "memory_clock_max": None,
}  # fmt: skip
"""What hardly ever changes of a GPU, and its value when left out of a reading."""


def shortened(gpus: Iterable[Gpu], before: Mapping[int, Gpu]) -> tuple[Gpu, ...]:
    """The GPUs without what is fixed, where that is as `before` (by id): so records stay small."""
    return tuple(
        replace(gpu, same=True, **FIXED)
        if gpu.id in before and _fixed(gpu) == _fixed(before[gpu.id])
        else gpu
        for gpu in gpus
    )


def complete(gpus: Iterable[Gpu], before: Iterable[Gpu]) -> tuple[Gpu, ...]:
    """What `shortened` left out, put back."""
    known = {gpu.id: _fixed(gpu) for gpu in before}
    return tuple(
        replace(gpu, same=False, **known.get(gpu.id, {})) if gpu.same else gpu for gpu in gpus
    )


def _fixed(gpu: Gpu) -> dict[str, Any]:
    return {name: getattr(gpu, name) for name in FIXED}


@dataclass(frozen=True, slots=True)
class Sampled:
    """One reading of the machine. CPU in percent, memory in bytes, rates in bytes a second.

    `cpu` is of the whole machine, or of the container's quota, which is then `cpu_limit` cores;
    `ram_*` is within the container's limit, which is then `ram_limit`. `trainer_cpu` is in percent
    of one core. `checkpoint_disk_*` is where the last checkpoint is, if that is another file system
    than the run's. `gpu_note` says why there are no GPUs, `gpu_source` by what they are read.
    """

    t: float
    m: float
    cpu: float | None = None
    ram_used: int | None = None
    ram_total: int | None = None
    swap_used: int | None = None
    swap_total: int | None = None
    trainer_cpu: float | None = None
    trainer_memory: int | None = None
    trainer_processes: int | None = None
    disk_free: int | None = None
    gpus: tuple[Gpu, ...] = ()
    gpu_note: str | None = None
    cpu_limit: float | None = None
    ram_limit: int | None = None
    memory_pressure: float | None = None
    """Percent of the last 10 s in which something waited for memory."""
    oom_kills: int | None = None
    """Processes the kernel killed for want of memory within the limit."""
    trainer_read: float | None = None
    trainer_write: float | None = None
    disk_write: float | None = None
    checkpoint_disk_free: int | None = None
    checkpoint_disk_write: float | None = None
    network_received: float | None = None
    network_sent: float | None = None
    gpu_source: str | None = None


@dataclass(slots=True)
class System:
    """The machine's latest reading; see `Sampled`."""

    t: float | None = None
    cpu: float | None = None
    ram_used: int | None = None
    ram_total: int | None = None
    swap_used: int | None = None
    swap_total: int | None = None
    trainer_cpu: float | None = None
    trainer_memory: int | None = None
    trainer_processes: int | None = None
    disk_free: int | None = None
    gpus: tuple[Gpu, ...] = ()
    gpu_note: str | None = None
    cpu_limit: float | None = None
    ram_limit: int | None = None
    memory_pressure: float | None = None
    oom_kills: int | None = None
    trainer_read: float | None = None
    trainer_write: float | None = None
    disk_write: float | None = None
    checkpoint_disk_free: int | None = None
    checkpoint_disk_write: float | None = None
    network_received: float | None = None
    network_sent: float | None = None
    gpu_source: str | None = None
