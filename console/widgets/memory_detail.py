"""What stands below the bars of the memory chart where it has the screen to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from console.core import format as fmt
from console.core.format_text import text

if TYPE_CHECKING:
    from console.core.telemetry import Gpu, System

BETWEEN = "  "

Part = Callable[["Gpu"], str]


def _busy(gpu: Gpu) -> str:
    return "" if gpu.utilisation is None else f"{fmt.percent(gpu.utilisation, 0)} busy"


def _heat(gpu: Gpu) -> str:
    return _of(gpu.temperature, gpu.temperature_limit, "°C")


def _power(gpu: Gpu) -> str:
    return _of(gpu.power, gpu.power_limit, "W")


def _clock(gpu: Gpu) -> str:
    return _of(gpu.clock, gpu.clock_max, "MHz")


def _slowed(gpu: Gpu) -> str:
    return text(gpu.throttled) if gpu.throttled else ""


def _processes(gpu: Gpu) -> str:
    return "" if gpu.processes is None else _count(gpu.processes)


def _errors(gpu: Gpu) -> str:
    return f"{fmt.number(gpu.ecc_errors)} memory errors" if gpu.ecc_errors else ""


def _fan(gpu: Gpu) -> str:
    return "" if gpu.fan is None else f"fan {fmt.percent(gpu.fan, 0)}"


PARTS: tuple[Part, ...] = (_busy, _heat, _power, _slowed, _errors, _clock, _processes, _fan)
"""In the order of importance: what has no room is left out."""


def of_gpu(gpu: Gpu, width: int) -> str:
    """`96 % busy  67/85 °C  312/400 W  power cap`, as much as fits; empty when nothing is known."""
    return fitting((part(gpu) for part in PARTS), width)


def of_cpu(system: System, width: int) -> str:
    """The trainer's share, and how many cores the container may use."""
    return fitting(_cpu(system), width)


def of_memory(system: System, width: int) -> str:
    """The trainer's memory and what limits it."""
    return fitting(_memory(system), width)


def fitting(parts: Iterable[str], width: int) -> str:
    """Parts one after the other as long as they fit."""
    shown = ""
    for part in parts:
        longer = f"{shown}{BETWEEN}{part}" if shown else part
        if not part or fmt.width(longer) > width:
            continue
        shown = longer
    return shown


def _cpu(system: System) -> Iterator[str]:
    if system.trainer_cpu is not None:
        yield f"trainer {fmt.number(system.trainer_cpu / 100, 1)} cores"
    if system.cpu_limit is not None:
        yield f"container limit {fmt.number(system.cpu_limit, 1)} cores"
    if system.trainer_processes is not None:
        yield _count(system.trainer_processes)


def _memory(system: System) -> Iterator[str]:
    if system.trainer_memory is not None:
        yield f"trainer {fmt.size(system.trainer_memory)}"
    if system.ram_limit is not None:
        yield "container limit"
    if system.oom_kills:
        yield f"{fmt.number(system.oom_kills)} killed for want of memory"
    if system.memory_pressure is not None and system.memory_pressure >= 1:
        yield f"waited for {fmt.percent(system.memory_pressure, 0)} of the time"


def _count(number: int) -> str:
    return f"{fmt.number(number)} process" + ("" if number == 1 else "es")


def _of(value: float | None, limit: float | None, unit: str) -> str:
    if value is None:
        return ""
    most = "" if limit is None else f"/{fmt.number(limit)}"
    return f"{fmt.number(value)}{most} {unit}"
