"""`status --json`: what sensors say, in documented units."""

from __future__ import annotations

import json

from console.core.state import RunState
from console.core.status_json import Surroundings, status_object
from console.core.telemetry import Gpu, System

FULL = System(
    t=1_700_000_000.0, cpu=34.5, ram_used=100, ram_total=200, swap_used=1, swap_total=2,
    trainer_cpu=780.0, trainer_memory=90, trainer_processes=9, disk_free=5, cpu_limit=8.0,
    ram_limit=200, memory_pressure=0.5, oom_kills=0, trainer_read=1e6, trainer_write=2e6,
    disk_write=3e6, checkpoint_disk_free=7, checkpoint_disk_write=4e6, network_received=5e6,
    network_sent=6e6, gpu_source="NVML",
    gpus=(
        Gpu(0, "H100", "GPU-1", temperature=67.0, temperature_limit=87.0, memory_used=71 << 30,
            memory_total=80 << 30, memory_trainer=70 << 30, utilisation=97.0, power=612.5,
            power_limit=700.0, clock=1755.0, throttled="power cap, too hot", clock_max=1980.0,
            memory_clock=2619.0, memory_clock_max=2619.0, fan=30.0, ecc_errors=0, processes=1,
            trainer=True),
        Gpu(100, label="1:0", throttled=""), Gpu(2, lost=True),
    ),
)  # fmt: skip


def said(system: System) -> dict:
    state = RunState()
    state.system = system
    return json.loads(json.dumps(status_object(state, Surroundings(1_700_000_001.0))))


def test_every_reading_is_told() -> None:
    found = said(FULL)["telemetry"]
    assert found["gpus"][0] == {
        "id": 0, "label": "0", "name": "H100", "uuid": "GPU-1", "lost": False, "trainer": True,
        "temperature": 67.0, "temperature_limit": 87.0, "memory_used": 71 << 30,
        "memory_total": 80 << 30, "memory_trainer": 70 << 30, "utilisation": 97.0, "power": 612.5,
        "power_limit": 700.0, "clock": 1755.0, "clock_max": 1980.0, "memory_clock": 2619.0,
        "memory_clock_max": 2619.0, "throttled": ["power cap", "too hot"], "fan": 30.0,
        "ecc_errors": 0, "processes": 1,
    }  # fmt: skip
    assert found["at"] == "2023-11-14T22:13:20+00:00"
    assert found["cpu"] == {"used": 34.5, "limit_cores": 8.0}
    assert found["memory"] == {
        "used": 100, "total": 200, "limit": 200, "swap_used": 1, "swap_total": 2,
        "pressure": 0.5, "oom_kills": 0,
    }  # fmt: skip
    assert found["trainer"] == {
        "cpu": 780.0, "memory": 90, "processes": 9, "read": 1e6, "write": 2e6,
    }  # fmt: skip
    assert found["disk"] == {
        "run": {"free": 5, "write": 3e6}, "checkpoints": {"free": 7, "write": 4e6},
    }  # fmt: skip
    assert found["network"] == {"received": 5e6, "sent": 6e6}
    assert said(FULL)["sources"]["gpus"] == "NVML"


def test_the_unknown_is_null_and_nothing_is_made_up() -> None:
    part, lost = said(FULL)["telemetry"]["gpus"][1:]
    assert (part["label"], part["throttled"], part["name"], part["power"]) == (
        "1:0",
        [],
        None,
        None,
    )
    assert (lost["lost"], lost["throttled"], lost["temperature"]) == (True, None, None)


def test_without_a_gpu_there_is_a_reason() -> None:
    found = said(System(gpu_note="no GPU: NVIDIA driver not found"))
    assert found["telemetry"]["gpus"] == []
    assert found["telemetry"]["gpu_note"] == "no GPU: NVIDIA driver not found"
    assert found["telemetry"]["disk"]["checkpoints"] is None
    assert found["telemetry"]["memory"]["used"] is None
    assert found["sources"]["gpus"] == "not available: no GPU: NVIDIA driver not found"
