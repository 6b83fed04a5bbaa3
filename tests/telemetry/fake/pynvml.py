"""In place of nvidia-ml-py: replays the recording named by GLADIUS_TEST_NVML.

`{"init": error, "frames": [[gpu, …], …]}`: each sweep is the next frame, the last one stays; after
another start of the library those of `"again"`, if there are any. A GPU is `{call: value}`, calls
without `nvmlDeviceGet`; a value `{"error": 3}` raises, `"hang"` never returns, `"crash"` ends the
process, and a call that is not there is not supported.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

NVML_ERROR_GPU_IS_LOST = 15
nvmlMemory_v2 = 2
NOT_SUPPORTED, NOT_FOUND = 3, 6
RECORDING: dict[str, Any] = json.loads(Path(os.environ["GLADIUS_TEST_NVML"]).read_text())
FRAMES: list[list[dict[str, Any]]] = RECORDING["frames"]
at, starts = -1, 0


class NVMLError(Exception):
    def __init__(self, value: int) -> None:
        super().__init__(f"error {value}")
        self.value = value


def _answer(value: Any) -> Any:
    if value == "hang":
        time.sleep(600)
    if value == "crash":
        os.kill(os.getpid(), 11)
    if isinstance(value, dict) and "error" in value:
        raise NVMLError(value["error"])
    if isinstance(value, list):
        return [SimpleNamespace(**row) if isinstance(row, dict) else row for row in value]
    return SimpleNamespace(**value) if isinstance(value, dict) else value


def nvmlInit() -> None:
    global FRAMES, at, starts
    starts += 1
    if starts > 1 and "again" in RECORDING:
        FRAMES, at = RECORDING["again"], -1
    _answer(RECORDING.get("init"))


def nvmlShutdown() -> None:
    pass


def nvmlDeviceGetCount() -> int:
    return len(FRAMES[max(at, 0)])


def nvmlDeviceGetHandleByIndex(number: int) -> dict[str, Any]:
    global at
    if number == 0:
        at = min(at + 1, len(FRAMES) - 1)
    if number >= len(FRAMES[at]):
        raise NVMLError(NVML_ERROR_GPU_IS_LOST)
    gpu = FRAMES[at][number]
    _answer(gpu.get("handle"))
    return gpu


def nvmlDeviceGetMaxMigDeviceCount(gpu: dict[str, Any]) -> int:
    return len(gpu.get("mig", ()))


def nvmlDeviceGetMigDeviceHandleByIndex(gpu: dict[str, Any], index: int) -> Any:
    if gpu["mig"][index] is None:
        raise NVMLError(NOT_FOUND)
    return gpu["mig"][index]


def __getattr__(name: str) -> Callable[..., Any]:
    """`nvmlDeviceGetX(gpu, …)`; clocks are `ClockInfo1`, `ClockInfo2` by their number."""
    if not name.startswith("nvmlDeviceGet"):
        raise AttributeError(name)

    def call(gpu: dict[str, Any], *arguments: Any, **_: Any) -> Any:
        key = name.removeprefix("nvmlDeviceGet")
        if key.endswith("ClockInfo"):
            key += str(arguments[0])
        return _answer(gpu.get(key, {"error": NOT_SUPPORTED}))

    return call
