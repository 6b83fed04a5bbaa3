"""A real run on a machine with two GPUs, as far as it can tell."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.backend.test_gpus import LOST, nvidia
from tests.product import Product, product, with_children
from tests.telemetry.drivers import FAKE
from tests.waiting import wait_until

SAVES = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from console.sdk import Link
link = Link(orders={"checkpoint": lambda step: {"path": "saved/step.pt"}}, total_steps=100_000)
for step in range(1, 100_000):
    time.sleep(0.05)
    link.log(step=step, loss=1 / step)
    if link.boundary(step):
        break
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    capped = nvidia(1, CurrentClocksEventReasons=0x4)
    frames = [[nvidia(0), capped]] * 3
    path = tmp_path / "nvml.json"
    path.write_text(json.dumps({"frames": [*frames, [LOST, capped]]}))
    monkeypatch.setenv("GLADIUS_TEST_NVML", str(path))
    monkeypatch.setenv("PYTHONPATH", str(FAKE))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    with product() as made:
        yield made


def test_a_run_tells_of_its_gpus_in_status_until_one_is_lost(house: Product) -> None:
    run = house.start(sys.executable, "-c", SAVES, str(Path(__file__).parents[1]))

    def said(condition: Any) -> Any:
        def look() -> Any:
            status = house.json("status", run.name)
            return status if condition(status["telemetry"]) else None

        return wait_until(look, timeout=40, every=0.3)

    found = said(lambda telemetry: telemetry["gpus"] and telemetry["trainer"]["cpu"])
    other, mine = found["telemetry"]["gpus"]
    assert (other["trainer"], mine["trainer"]) == (False, True)
    assert (mine["temperature"], mine["power"], mine["throttled"]) == (46, 123, ["power cap"])
    assert (mine["memory_total"], mine["memory_trainer"]) == (100, None)
    assert found["sources"]["gpus"] == "NVML"
    assert found["system"]["gpus"][1] == {
        "id": 1,
        "temp": 46,
        "memory": {"used": 1e-8, "total": 1e-7},
    }
    assert found["telemetry"]["trainer"]["memory"] > 1_000_000
    assert found["telemetry"]["disk"]["run"]["free"] > 0
    lost, fine = said(lambda telemetry: telemetry["gpus"][0]["lost"])["telemetry"]["gpus"]
    assert (lost["uuid"], lost["temperature"]) == ("GPU-0abc", None)
    assert (fine["lost"], fine["temperature_limit"]) == (False, 87)
    assert any("gpu" in word for word in _commands(with_children(run)))


def _commands(pids: list[int]) -> list[str]:
    return [Path(f"/proc/{pid}/cmdline").read_bytes().decode() for pid in pids]
