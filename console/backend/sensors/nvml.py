"""NVIDIA's library, through nvidia-ml-py (imported as pynvml).

A new reading is a row of READINGS, or of SLOW when it hardly ever changes. Of a GPU in MIG mode
each instance is one GPU: memory and processes are its own; temperature, power, clocks and reasons
of throttling are those of the whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, ClassVar

from console.backend.sensors.source import Beat, Failed, Values, text
from console.core.telemetry import POWER_CAP

NO_DRIVER = "NVIDIA driver not found"
NO_DEVICE = "no GPU found by the NVIDIA driver"
MISMATCH = "NVIDIA driver and library are of different versions: restart the machine"

REASONS = {9: NO_DRIVER, 12: NO_DRIVER, 4: "no permission for the NVIDIA driver", 18: MISMATCH}
"""Error of the start → what it means (NVML_ERROR_*)."""

IS_LOST, UNKNOWN_ERROR = 15, 999

THROTTLES = {
    0x002: "clock limit set",
    0x004: POWER_CAP,
    0x008: "hardware slowdown",
    0x010: "sync boost",
    0x020: "too hot",
    0x040: "too hot (hardware)",
    0x080: "power brake",
    0x100: "display clock",
    0x200: "board limit",
    0x400: "voltage reliability",
}
"""Bits of NVML's clock event reasons that slow a GPU down; 0x001 is an idle GPU."""

SLOW_SWEEPS = 15
"""What hardly changes is read every so many times."""

RETURN_SECONDS = 30.0
"""How often the driver is asked anew while a GPU is lost."""


def words(bits: int) -> str:
    """`power cap, too hot`; empty when nothing slows it down."""
    return ", ".join(word for bit, word in THROTTLES.items() if bits & bit)


def _throttled(nvml: Any, gpu: Any) -> str:
    names = ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")
    return words(next(getattr(nvml, name) for name in names if hasattr(nvml, name))(gpu))


def _memory(nvml: Any, gpu: Any) -> Any:
    """As nvidia-smi counts: without what the driver keeps for itself, where it tells that."""
    with suppress(AttributeError, TypeError, nvml.NVMLError):
        return nvml.nvmlDeviceGetMemoryInfo(gpu, version=nvml.nvmlMemory_v2)
    return nvml.nvmlDeviceGetMemoryInfo(gpu)


def _processes(nvml: Any, gpu: Any) -> dict[str, int | None]:
    """Bytes by process id, None where not told; graphics and compute."""
    found: dict[str, int | None] = {}
    for read in ("nvmlDeviceGetGraphicsRunningProcesses", "nvmlDeviceGetComputeRunningProcesses"):
        for process in getattr(nvml, read)(gpu):
            known = found.get(str(process.pid))
            found[str(process.pid)] = known if process.usedGpuMemory is None else (
                process.usedGpuMemory
            )  # fmt: skip
    return found


def _limit(nvml: Any, gpu: Any) -> float:
    """Where it begins to slow down for heat; newer ones tell only how far that is away."""
    with suppress(nvml.NVMLError):
        return float(nvml.nvmlDeviceGetTemperatureThreshold(gpu, 1))
    heat = nvml.nvmlDeviceGetTemperature(gpu, 0)
    return float(heat + nvml.nvmlDeviceGetMarginTemperature(gpu))


Reading = Callable[[Any, Any], Any]
OWN: dict[str, Reading] = {
    "memory_used": lambda nvml, gpu: _memory(nvml, gpu).used,
    "memory_total": lambda nvml, gpu: _memory(nvml, gpu).total,
    "processes": _processes,
}
"""What a MIG instance has of its own."""

READINGS: dict[str, Reading] = {
    "temperature": lambda nvml, gpu: nvml.nvmlDeviceGetTemperature(gpu, 0),
    "power": lambda nvml, gpu: nvml.nvmlDeviceGetPowerUsage(gpu) / 1000,
    "clock": lambda nvml, gpu: nvml.nvmlDeviceGetClockInfo(gpu, 1),
    "memory_clock": lambda nvml, gpu: nvml.nvmlDeviceGetClockInfo(gpu, 2),
    "throttled": _throttled,
    "fan": lambda nvml, gpu: nvml.nvmlDeviceGetFanSpeed(gpu),
}
WHOLE: dict[str, Reading] = {
    "utilisation": lambda nvml, gpu: nvml.nvmlDeviceGetUtilizationRates(gpu).gpu,
    **OWN,
}
"""What only a GPU that is not divided tells."""

NAMES: dict[str, Reading] = {
    "name": lambda nvml, gpu: text(nvml.nvmlDeviceGetName(gpu)),
    "uuid": lambda nvml, gpu: text(nvml.nvmlDeviceGetUUID(gpu)),
}
SLOW: dict[str, Reading] = {
    **NAMES,
    "temperature_limit": _limit,
    "power_limit": lambda nvml, gpu: nvml.nvmlDeviceGetEnforcedPowerLimit(gpu) / 1000,
    "clock_max": lambda nvml, gpu: nvml.nvmlDeviceGetMaxClockInfo(gpu, 1),
    "memory_clock_max": lambda nvml, gpu: nvml.nvmlDeviceGetMaxClockInfo(gpu, 2),
    "ecc_errors": lambda nvml, gpu: nvml.nvmlDeviceGetTotalEccErrors(gpu, 1, 0),
}
"""Read now and then; errors are those that could not be corrected since the driver started."""


class Nvml:
    """All GPUs the driver knows. A lost one is read as lost, the others go on."""

    name: ClassVar[str] = "NVML"
    period: ClassVar[float] = 2.0

    def __init__(self) -> None:
        self._nvml: Any = None
        self._count = 0
        self._sweep = 0
        self._known: dict[int, Values] = {}
        """What was read slowly, by number of the GPU."""
        self._again = 0.0

    def available(self, beat: Beat) -> str | None:
        try:
            import pynvml
        except Exception as error:  # a broken installation of a third party
            return f"nvidia-ml-py cannot be imported: {error}"
        self._nvml = pynvml
        beat()
        try:
            self._begin()
        except Exception as error:  # no driver, too old, no permission
            return REASONS.get(getattr(error, "value", 0), f"NVIDIA driver: {error}")
        return None if self._count else NO_DEVICE

    def read(self, beat: Beat) -> list[Values]:
        found = [gpu for number in range(self._count) for gpu in self._gpus(number, beat)]
        self._sweep += 1
        if any(gpu["lost"] for gpu in found) and time.monotonic() >= self._again:
            self._renew(beat)
        return found

    def _begin(self) -> None:
        self._nvml.nvmlInit()
        self._count = self._nvml.nvmlDeviceGetCount()
        self._again = time.monotonic() + RETURN_SECONDS

    def _renew(self, beat: Beat) -> None:
        """A GPU that came back is seen by a driver that is asked anew only."""
        beat()
        self._known = {}
        try:
            with suppress(self._nvml.NVMLError):
                self._nvml.nvmlShutdown()
            self._begin()
        except self._nvml.NVMLError as error:
            raise Failed(f"NVIDIA driver: {error}") from error

    def _gpus(self, number: int, beat: Beat) -> Iterator[Values]:
        """One GPU, or its MIG instances."""
        nvml, known = self._nvml, self._known.get(number, {})
        values: Values = {"id": number, "lost": False, **known}
        beat()
        try:
            gpu = nvml.nvmlDeviceGetHandleByIndex(number)
        except nvml.NVMLError as error:
            fell_off = getattr(error, "value", None) in (IS_LOST, UNKNOWN_ERROR)
            yield {"id": number, "lost": fell_off or bool(known), **_names(known)}
            return
        if not known or self._sweep % SLOW_SWEEPS == 0:
            slow = self._fill({"lost": False}, SLOW, gpu, beat)
            values.update({**slow, **{name: slow[name] or known.get(name) for name in NAMES}})
            self._known[number] = {name: values[name] for name in SLOW}
        self._fill(values, READINGS, gpu, beat)
        parts = [] if values["lost"] else list(self._parts(gpu))
        if not parts:
            yield self._fill(values, WHOLE, gpu, beat)
        for index, part in parts:
            label = f"{number}:{index}"
            own = {**values, "id": 100 * (number + 1) + index, "label": label}
            yield self._fill(own, {**NAMES, **OWN}, part, beat)

    def _parts(self, gpu: Any) -> Iterable[tuple[int, Any]]:
        """MIG instances: (index, handle)."""
        nvml = self._nvml
        try:
            if not nvml.nvmlDeviceGetMigMode(gpu)[0]:
                return
            most = nvml.nvmlDeviceGetMaxMigDeviceCount(gpu)
        except (nvml.NVMLError, AttributeError):
            return
        for index in range(most):
            with suppress(nvml.NVMLError):  # a place without an instance
                yield index, nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, index)

    def _fill(self, values: Values, readings: dict[str, Reading], gpu: Any, beat: Beat) -> Values:
        """Adds the readings, None where the driver gives none."""
        for name, read in readings.items():
            beat()
            try:
                values[name] = read(self._nvml, gpu)
            except self._nvml.NVMLError as error:
                values[name] = None
                if getattr(error, "value", None) == IS_LOST:
                    values["lost"] = True
            except Exception:  # a third party's library: one reading less
                values[name] = None
        return values


def _names(known: Values) -> Values:
    return {name: known.get(name) for name in NAMES}
