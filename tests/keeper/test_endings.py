"""Every way a trainer can end, and what ``exit.json`` says of it."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from console.keeper import identity, rundir, slot, start
from console.keeper.oom import OomCounter
from console.keeper.run import trainer_of
from tests.keeper.house import House, exit_record, keeper, kill, ours, output, patched
from tests.waiting import wait_until


@pytest.mark.parametrize("code", [0, 1, 3, 255])
def test_an_exit_code_is_recorded(house: House, code: int) -> None:
    folder = house.python(f"print('last words'); raise SystemExit({code})")
    record = exit_record(folder)
    assert (record["code"], record["signal"], record["known"]) == (code, None, True)
    assert record["error"] is None
    assert record["leftovers"] == []
    assert output(folder) == b"last words\n"
    assert start.state(folder) == "ended"


@pytest.mark.parametrize("number", [9, 11, 15])
def test_the_signal_that_killed_is_recorded(house: House, number: int) -> None:
    folder = house.python(f"import os; os.kill(os.getpid(), {number})")
    record = exit_record(folder)
    assert (record["code"], record["signal"], record["known"]) == (None, number, True)
    assert record["oom_kill"] in (False, None)


def test_the_time_of_the_end_is_that_of_the_end(house: House) -> None:
    folder = house.python("print('x')")
    record = exit_record(folder)
    facts = rundir.read_json(folder, rundir.TRAINER_JSON)
    assert facts is not None
    assert facts["started"] < record["t"] < facts["started"] + 5
    assert facts["m"] < record["m"] < facts["m"] + 5


def _not_executable(work: Path) -> str:
    path = work / "train.sh"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o600)
    return str(path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/nonexistent/python", "No such file or directory"),
        ("no-such-program-anywhere", "No such file or directory"),
        ("not executable", "Permission denied"),
        ("a\0b", "null"),
    ],
)
def test_fault_09_a_program_that_cannot_be_executed_is_named(
    house: House, name: str, reason: str
) -> None:
    folder = house.make(["placeholder"])
    command = _not_executable(house.work(folder)) if name == "not executable" else name
    house.describe(folder, [command])
    start.launch(folder, None)
    record = exit_record(folder)
    assert (record["code"], record["known"]) == (127, True)
    assert repr(command) in record["error"]
    assert reason in record["error"]
    assert start.state(folder) == "ended"


def test_a_missing_working_directory_is_named(house: House) -> None:
    folder = house.launch(["true"], cwd="/nonexistent/folder")
    record = exit_record(folder)
    assert record["code"] == 127
    assert "'/nonexistent/folder'" in record["error"]


def test_fault_14_what_outlives_the_trainer_is_listed_and_delays_nothing(house: House) -> None:
    code = """
import subprocess, time
daemon = subprocess.Popen(["sh", "-c", "while :; do echo noise; done"], start_new_session=True)
subprocess.Popen(["sh", "-c", "sleep 60 & echo $! > pid"]).wait()
"""
    folder = house.python(code)
    record = exit_record(folder, timeout=5)
    assert record["code"] == 0
    orphan = int((house.work(folder) / "pid").read_text())
    assert orphan in record["leftovers"]
    assert len(record["leftovers"]) == 2


def test_orphans_of_the_trainer_are_reaped_and_not_taken_for_it(house: House) -> None:
    code = """
import os, time
for _ in range(20):
    if os.fork() == 0:
        if os.fork() == 0:
            os._exit(9)
        os._exit(8)
    os.wait()
time.sleep(.2)
print("done")
raise SystemExit(4)
"""
    folder = house.python(code)
    record = exit_record(folder)
    assert (record["code"], record["leftovers"]) == (4, [])
    assert output(folder) == b"done\n"


def test_an_adopted_trainer_ends_unwatched(house: House) -> None:
    folder = house.python("import time; print('x', flush=True); time.sleep(60)")
    guard = wait_until(lambda: keeper(folder, "guard"))
    assert kill(guard)
    wait_until(lambda: (found := keeper(folder, "guard")) and found != guard, what="a new guard")
    assert start.state(folder) == "running"
    assert kill(trainer_of(folder))
    record = exit_record(folder, timeout=3)
    assert (record["known"], record["code"], record["signal"]) == (False, None, None)


def test_nobody_of_ours_is_left_once_the_run_is_final(house: House) -> None:
    folder = house.python("print('x')")
    exit_record(folder)
    assert ours(folder)
    rundir.touch(folder, rundir.FINAL)
    wait_until(lambda: not ours(folder), timeout=3)


def test_nobody_of_ours_waits_for_ever_for_a_backend(house: House) -> None:
    folder = house.make(["true"])
    patched(folder, {"guard.LINGER_SECONDS": 0.3})
    exit_record(folder)
    wait_until(lambda: not ours(folder), timeout=5)
    assert not (folder / rundir.FINAL).exists()


def test_a_deleted_run_directory_stops_neither_the_trainer_nor_keeps_anybody(house: House) -> None:
    code = "import os, time\nwhile not os.path.exists('go'): time.sleep(.01)\nprint('x' * 3000000)"
    folder = house.python(code)
    who = trainer_of(folder)
    assert who is not None
    pump = wait_until(lambda: keeper(folder, "pump"))
    while folder.exists():  # order pipes are made again in between
        shutil.rmtree(folder, ignore_errors=True)
    assert kill(pump)
    (house.work(folder) / "go").touch()
    wait_until(lambda: not identity.is_alive(who), what="the trainer finishes")
    wait_until(lambda: not ours(folder), timeout=5)


def test_fault_11_the_memory_counter_is_evidence_only_when_it_rose(tmp_path: Path) -> None:
    file = tmp_path / "memory.events"
    file.write_text("low 0\noom 7\noom_kill 2\noom_group_kill 0\n")
    counter = OomCounter(str(file), 2)
    assert counter.rose() is False
    file.write_text("oom_kill 3\n")
    assert counter.rose() is True
    file.unlink()
    assert counter.rose() is None
    assert OomCounter.from_json(counter.to_json()) == counter
    assert OomCounter.from_json(None) is None
    own = OomCounter.of(os.getpid())
    assert own is None or own.rose() in (False, True)


def test_signals_of_a_logout_end_neither_guard_nor_pump(house: House) -> None:
    folder = house.python("import time; time.sleep(.3); print('still here'); raise SystemExit(5)")
    before = [wait_until(lambda of=role: keeper(folder, of)) for role in ("guard", "pump")]
    for who in before:
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            identity.signal_exactly(who, number)
    record = exit_record(folder)
    assert (record["code"], record["known"]) == (5, True)
    assert output(folder) == b"still here\n"
    assert [keeper(folder, role) for role in ("guard", "pump")] == before
    assert slot.read(folder, rundir.DROPS_JSON) is None
