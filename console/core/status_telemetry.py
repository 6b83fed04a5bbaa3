"""What `status --json` says under `telemetry`: every reading, in the units of all our JSON.

Bytes, bytes a second, percent 0–100, °C, W, MHz; `trainer.cpu` in percent of one core; not known is
null, and `throttled` is [] where nothing slows a GPU down. `disk.checkpoints` is null where the
checkpoints are on the disk of the run. (`system` keeps the blueprint's fields and units.)
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.core.telemetry import Gpu, System


def telemetry_object(system: System, at: str | None) -> dict[str, Any]:
    """The readings of the moment `at`, in ISO 8601."""
    return {
        "at": at,
        "gpus": [_gpu(gpu) for gpu in system.gpus],
        "gpu_source": system.gpu_source,
        "gpu_note": system.gpu_note,
        "cpu": {"used": system.cpu, "limit_cores": system.cpu_limit},
        "memory": {
            "used": system.ram_used,
            "total": system.ram_total,
            "limit": system.ram_limit,
            "swap_used": system.swap_used,
            "swap_total": system.swap_total,
            "pressure": system.memory_pressure,
            "oom_kills": system.oom_kills,
        },
        "trainer": {
            "cpu": system.trainer_cpu,
            "memory": system.trainer_memory,
            "processes": system.trainer_processes,
            "read": system.trainer_read,
            "write": system.trainer_write,
        },
        "disk": {
            "run": {"free": system.disk_free, "write": system.disk_write},
            "checkpoints": _checkpoints(system),
        },
        "network": {"received": system.network_received, "sent": system.network_sent},
    }


def _gpu(gpu: Gpu) -> dict[str, Any]:
    facts = asdict(gpu)
    del facts["same"]
    return {
        **facts,
        "name": gpu.name or None,
        "uuid": gpu.uuid or None,
        "label": gpu.called,
        "throttled": None if gpu.throttled is None else list(gpu.reasons),
    }


def _checkpoints(system: System) -> dict[str, Any] | None:
    if system.checkpoint_disk_free is None:
        return None
    return {"free": system.checkpoint_disk_free, "write": system.checkpoint_disk_write}
