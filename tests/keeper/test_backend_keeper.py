from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.keeper import backend, daemon, identity, lock, rundir
from console.keeper.backend import BackendKeeper
from console.keeper.run import Run
from tests.keeper.house import House, exit_record, keeper, ours, patched
from tests.waiting import wait_until

# A backend that leaves a trace: $0 is the run directory.
TRACE = ["/bin/sh", "-c", "env > $0/env.$$; echo $$ >> $0/spawns; sleep 0.1; exit 1"]
TRACED = {"invocation.backend_command": TRACE}


def spawns(folder: Path) -> list[str]:
    path = folder / "spawns"
    return path.read_text().split() if path.exists() else []


def test_the_backend_is_started_in_its_own_world_and_again_when_it_ends(house: House) -> None:
    folder = house.make(["sleep", "60"], backend=True)
    os.environ["GLADIUS_RUN_ID"] = "of a parent"
    try:
        patched(folder, TRACED)
    finally:
        del os.environ["GLADIUS_RUN_ID"]
    wait_until(lambda: len(spawns(folder)) >= 2, timeout=5)
    environment = (folder / f"env.{spawns(folder)[0]}").read_text()
    assert "GLADIUS_RUN_ID" not in environment
    assert "PWD=/\n" in environment
    assert keeper(folder, "guard")
    rundir.touch(folder, rundir.FINAL)


def test_a_backend_that_cannot_be_executed_hurts_nothing(house: House) -> None:
    folder = house.make(["sh", "-c", "sleep 0.5; exit 3"], backend=True)
    patched(folder, {"invocation.backend_command": ["/nonexistent/python"]})
    assert exit_record(folder)["code"] == 3
    assert "/nonexistent/python" in (folder / rundir.BACKEND_LOG).read_text()
    assert len(ours(folder)) == 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(backend.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(daemon, "fork", lambda _body: 42)
    monkeypatch.setattr(identity, "of", lambda _pid: None)
    return now


def test_failing_backends_are_started_ever_less_often(house: House, clock: list[float]) -> None:
    keeper = BackendKeeper(Run.load(house.make(["true"], backend=True)))
    started = []
    while clock[0] < 1300:
        if keeper.tick():
            started.append(clock[0] - 1000)
            keeper.ended(41)
            assert not keeper.tick(), "one at a time; 41 is a stranger"
            keeper.ended(42)
        clock[0] += 1
    assert started == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]


def test_one_that_lived_is_replaced_soon(house: House, clock: list[float]) -> None:
    keeper = BackendKeeper(Run.load(house.make(["true"], backend=True)))
    for _ in range(6):
        assert keeper.tick()
        clock[0] += 10
        keeper.ended(42)
        assert not keeper.tick()
        clock[0] += 1


def test_none_is_started_beside_another_or_after_the_end(house: House, clock: list[float]) -> None:
    folder = house.make(["true"], backend=True)
    keeper = BackendKeeper(Run.load(folder))
    held = lock.take(folder / rundir.BACKEND_LOCK)
    assert held is not None
    assert not keeper.tick()
    os.close(held)
    rundir.touch(folder, rundir.FINAL)
    assert not keeper.tick()


def test_healing_an_ended_run_asks_for_its_backend_only(house: House) -> None:
    folder = house.make(["true"], backend=True)
    patched(
        folder,
        TRACED | {"guard.LINGER_SECONDS": 0.0},
    )
    exit_record(folder)
    wait_until(lambda: not ours(folder))
    before = len(spawns(folder))
    patched(folder, TRACED, "adopt")
    wait_until(lambda: len(spawns(folder)) == before + 1)
    assert not lock.is_held(folder / rundir.GUARD_LOCK)
    rundir.touch(folder, rundir.FINAL)
    patched(folder, TRACED, "adopt")
    wait_until(lambda: not ours(folder))
    assert len(spawns(folder)) == before + 1


def test_healing_a_running_run_does_not_wait_for_the_guards_patience(house: House) -> None:
    folder = house.make(["sleep", "60"], backend=True)
    patched(folder, {"invocation.backend_command": ["false"]})
    guard = wait_until(lambda: keeper(folder, "guard"))
    patched(folder, TRACED, "adopt")
    wait_until(lambda: len(spawns(folder)) == 1)
    assert keeper(folder, "guard") == guard


def test_a_log_of_a_failing_program_cannot_grow_for_ever(tmp_path: Path) -> None:
    log = tmp_path / "backend.log"
    log.write_bytes(b"x" * (daemon.LOG_BYTES + 1))
    pid = os.fork()
    if pid == 0:
        daemon.mute(log)
        os.write(2, b"new")
        os.write(1, b"nowhere")
        os._exit(0)
    os.waitpid(pid, 0)
    assert log.read_bytes() == b"new"
