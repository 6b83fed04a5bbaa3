"""A process of its own that reads the GPUs, because the driver's library may crash or hang.

One JSON object a line on standard output, every PERIOD_SECONDS: `{"gpus": [...]}`, or once
`{"note": "…"}` when there is nothing to read. Fields are those of `core.protocol.Gpu`, None where
the driver gives nothing. It ends when nobody reads. A new reading is a row of READINGS.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

PERIOD_SECONDS = 2.0
NO_DRIVER = "no GPU: NVIDIA driver not found"
NO_DEVICE = "no GPU found by the NVIDIA driver"

THROTTLES = {
    0x04: "power cap",
    0x08: "hardware slowdown",
    0x20: "too hot",
    0x40: "too hot (hardware)",
    0x80: "power brake",
}
"""Bits of NVML's clock event reasons that slow a GPU down."""


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _throttled(nvml: Any, handle: Any) -> str | None:
    names = ("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons")
    read = next(getattr(nvml, name) for name in names if hasattr(nvml, name))
    bits = read(handle)
    return ", ".join(word for bit, word in THROTTLES.items() if bits & bit) or None


def _processes(nvml: Any, handle: Any) -> dict[str, int]:
    """Bytes by process id; graphics and compute."""
    found = {}
    for read in ("nvmlDeviceGetComputeRunningProcesses", "nvmlDeviceGetGraphicsRunningProcesses"):
        for process in getattr(nvml, read)(handle):
            if process.usedGpuMemory is not None:
                found[str(process.pid)] = process.usedGpuMemory
    return found


Reading = Callable[[Any, Any], Any]
READINGS: dict[str, Reading] = {
    "name": lambda nvml, gpu: _text(nvml.nvmlDeviceGetName(gpu)),
    "uuid": lambda nvml, gpu: _text(nvml.nvmlDeviceGetUUID(gpu)),
    "temperature": lambda nvml, gpu: nvml.nvmlDeviceGetTemperature(gpu, 0),
    "temperature_limit": lambda nvml, gpu: nvml.nvmlDeviceGetTemperatureThreshold(gpu, 1),
    "memory_used": lambda nvml, gpu: nvml.nvmlDeviceGetMemoryInfo(gpu).used,
    "memory_total": lambda nvml, gpu: nvml.nvmlDeviceGetMemoryInfo(gpu).total,
    "utilisation": lambda nvml, gpu: nvml.nvmlDeviceGetUtilizationRates(gpu).gpu,
    "power": lambda nvml, gpu: nvml.nvmlDeviceGetPowerUsage(gpu) / 1000,
    "power_limit": lambda nvml, gpu: nvml.nvmlDeviceGetEnforcedPowerLimit(gpu) / 1000,
    "clock": lambda nvml, gpu: nvml.nvmlDeviceGetClockInfo(gpu, 1),
    "throttled": _throttled,
    "processes": _processes,
}


def read_gpu(nvml: Any, number: int) -> dict[str, Any]:
    """One GPU. `lost` when the driver says that it fell off the bus; other errors are None."""
    values: dict[str, Any] = {"id": number, "lost": False}
    try:
        handle = nvml.nvmlDeviceGetHandleByIndex(number)
    except nvml.NVMLError as error:
        values["lost"] = _is_lost(nvml, error)
        return values
    for name, read in READINGS.items():
        try:
            values[name] = read(nvml, handle)
        except nvml.NVMLError as error:
            values[name] = None
            values["lost"] = values["lost"] or _is_lost(nvml, error)
        except Exception:  # a third party's library: one reading less
            values[name] = None
    return values


def _is_lost(nvml: Any, error: Any) -> bool:
    return bool(getattr(error, "value", None) == getattr(nvml, "NVML_ERROR_GPU_IS_LOST", 15))


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> int:
    try:
        import pynvml

        nvml: Any = pynvml
        nvml.nvmlInit()
        count = nvml.nvmlDeviceGetCount()
    except Exception:  # no library, no driver, too old: all the same here
        _say({"note": NO_DRIVER})
        return 0
    if not count:
        _say({"note": NO_DEVICE})
        return 0
    try:
        while True:
            _say({"gpus": [read_gpu(nvml, number) for number in range(count)]})
            time.sleep(PERIOD_SECONDS)
    except (BrokenPipeError, KeyboardInterrupt):
        return 0


if __name__ == "__main__":
    sys.exit(main())
