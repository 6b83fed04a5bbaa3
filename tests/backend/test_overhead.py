"""What watching costs is that of our processes, and of no others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.backend import overhead
from tests.product import ours, product
from tests.waiting import wait_until


def test_it_is_guard_pump_and_backend_without_the_trainer() -> None:
    with product() as here:
        run = here.start("python3", "-c", "x = bytearray(200_000_000)\nwhile 1: pass")
        wait_until(lambda: len(ours(run)) >= 3)
        found = here.json("status", run.name)["overhead"]
        assert 3 <= found["processes"] <= 4
        assert 0 <= found["cpu"] < 60, "the trainer takes a whole core"
        assert 1_000_000 < found["memory"] < 180_000_000
        lines = here.call("status", run.name).stdout
        assert "processes of ours" in lines


def test_nothing_runs_nothing_costs(tmp_path: Path) -> None:
    assert overhead.ended(overhead.begun(tmp_path)) is None


def test_what_is_done_between_two_readings_is_not_waited_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    now = [100.0]
    monkeypatch.setattr(overhead.time, "sleep", slept.append)
    monkeypatch.setattr(overhead.time, "monotonic", lambda: now[0])
    reader = overhead.begun(tmp_path)
    now[0] += 0.1
    overhead.ended(reader)
    reader = overhead.begun(tmp_path)
    now[0] += 5.0
    overhead.ended(reader)
    assert slept == [pytest.approx(0.15), 0.0]


def test_the_first_look_tells_of_the_time_since_they_began(tmp_path: Path) -> None:
    reader = overhead.Reader(tmp_path, extra=[os.getpid()])
    first, second = reader.read(), reader.read()
    assert first.average is not None
    assert first.average > 0
    cpu, memory = overhead.lines(first)
    assert "since they began" in cpu
    assert "in 1 process" in memory
    assert "since the last look" in overhead.lines(second)[0]


def test_who_asks_may_count_too(tmp_path: Path) -> None:
    found = overhead.Reader(tmp_path, extra=[os.getpid()]).read()
    assert (found.processes, found.cpu) == (1, None)


def test_a_process_that_ends_between_two_readings_is_no_negative_cost(tmp_path: Path) -> None:
    busy = subprocess.Popen([sys.executable, "-c", "while 1: pass"])
    reader = overhead.Reader(tmp_path, extra=[busy.pid, os.getpid()])
    reader.read()
    busy.kill()
    busy.wait()
    found = reader.read()
    assert found.processes == 1
    assert found.cpu is not None
    assert found.cpu >= 0
