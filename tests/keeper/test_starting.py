"""A start is killed at any moment, and raced by others: no run, or exactly one complete one."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.keeper import identity, lock, processes, rundir, start
from console.keeper.run import trainer_of
from tests.keeper.house import House, exit_record, kill, kill_all_of_ours, ours
from tests.waiting import wait_until

if TYPE_CHECKING:
    from console.keeper.identity import Identity

SETTLED = ("interrupted", "running", "ended")


def forked(body: Callable[[], int]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        code = body()
    finally:
        os._exit(code)


def trainers(folder: Path) -> list[Identity]:
    """Returns the processes that execute the trainer's program."""
    return [
        who
        for who in identity.members(folder.name, None)
        if "sleep" in processes.command(who.pid)[0]
    ]


def test_twenty_starts_of_one_job_make_one_run(house: House) -> None:
    folders = [house.make(["sleep", "60"], job="same") for _ in range(20)]

    def begin(folder: Path) -> int:
        held = lock.take(rundir.start_lock(folder, "same"))
        if held is None or any(start.state(other) == "running" for other in folders):
            return 6
        start.launch(folder, held)
        return 0

    pids = [forked(lambda at=folder: begin(at)) for folder in folders]  # type: ignore[misc]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    assert sorted(codes) == [0] + [6] * 19
    wait_until(lambda: sum(len(trainers(folder)) for folder in folders) == 1)
    assert [start.state(folder) for folder in folders].count("running") == 1


def test_twenty_starts_of_one_run_directory_make_one_trainer(house: House) -> None:
    folder = house.make(["sleep", "60"])

    def begin() -> int:
        try:
            start.launch(folder, None)
        except start.StartFailed as error:
            return 6 if "was started before" in str(error) else 1
        return 0

    pids = [forked(begin) for _ in range(20)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    assert sorted(codes) == [0] + [6] * 19
    wait_until(lambda: len(trainers(folder)) == 1)


def test_the_start_lock_is_free_after_publication_and_nobody_inherits_it(house: House) -> None:
    folder = house.make(["sleep", "60"], job="k")
    path = rundir.start_lock(folder, "k")
    held = lock.take(path)
    assert held is not None
    start.launch(folder, held)
    assert lock.is_held(path), "the caller's own copy"
    os.close(held)
    wait_until(lambda: not lock.is_held(path), timeout=2)
    kill_all_of_ours(folder)
    assert not lock.is_held(folder / rundir.GUARD_LOCK)
    assert not lock.is_held(folder / rundir.PUMP_LOCK)
    assert trainers(folder), "the trainer lives and holds none of them"


def test_a_start_that_waits_for_its_keeper_is_starting_and_a_cut_off_one_interrupted(
    house: House,
) -> None:
    folder = house.make(["sleep", "60"], job="k")
    assert start.state(folder) == "interrupted"
    held = lock.take(rundir.start_lock(folder, "k"))
    assert held is not None
    assert start.state(folder) == "starting"
    os.close(held)
    start.ensure(folder)
    assert start.state(folder) == "interrupted"
    assert not ours(folder)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"command": []}, "command"),
        ({"command": ["sleep", 60]}, "command"),
        ({"output": "tape"}, "output must be one of"),
        ({"cwd": None}, "cwd"),
    ],
)
def test_a_start_that_cannot_be_says_why(
    house: House, fields: dict[str, object], reason: str
) -> None:
    folder = house.make(["sleep", "60"])
    house.describe(folder, **{"command": ["sleep", "60"], **fields})  # type: ignore[arg-type]
    with pytest.raises(start.StartFailed, match=reason):
        start.launch(folder, None)
    (folder / rundir.RUN_JSON).unlink()
    with pytest.raises(start.StartFailed, match=r"run\.json is missing"):
        start.launch(folder, None)
    assert start.state(folder) == "unknown"
    assert not ours(folder)


def test_a_keeper_that_does_not_answer_fails_the_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = house.make(["sleep", "60"])
    monkeypatch.setattr(start, "LIMIT_SECONDS", 0.2)
    monkeypatch.setattr(start.invocation, "keeper_command", lambda *_: ["sleep", "60"])
    with pytest.raises(start.StartFailed, match="no answer"):
        start.launch(folder, None)


@pytest.mark.parametrize("field", ["machine", "boot"])
def test_fault_08_runs_of_another_machine_or_boot_are_never_touched(
    house: House, field: str
) -> None:
    folder = house.launch(["sleep", "60"])
    trainer = trainer_of(folder)
    assert trainer is not None
    wait_until(lambda: (folder / rundir.EXECUTED).exists())
    kill_all_of_ours(folder)
    house.describe(folder, ["sleep", "60"], **{field: "another"})
    assert start.state(folder) == {"machine": "unknown", "boot": "ended"}[field]
    start.ensure(folder)
    assert not lock.is_held(folder / rundir.GUARD_LOCK)
    assert identity.is_alive(trainer)


@pytest.mark.slow
def test_a_start_killed_at_a_hundred_moments_leaves_nothing_or_one_run(house: House) -> None:
    dice = random.Random(7)
    folders: list[Path] = []
    found = dict.fromkeys(SETTLED, 0)
    longest = 2 * seconds_of_a_start(house)
    for number in range(25):
        batch = [house.make(["sleep", "600"], job=f"b{number}n{one}") for one in range(4)]
        starters = [(at, forked(lambda at=at: begin(at))) for at in batch]  # type: ignore[misc]
        begun = time.monotonic()
        moments = sorted(dice.uniform(0.0, longest) for _ in batch)
        for (folder, pid), moment in zip(starters, moments, strict=True):
            time.sleep(max(0.0, begun + moment - time.monotonic()))
            os.kill(pid, signal.SIGKILL)
            if dice.random() < 0.6:
                kill_all_of_ours(folder)
            os.waitpid(pid, 0)
        for folder in batch:
            found[wait_until(lambda at=folder: settled(at))] += 1  # type: ignore[misc]
        folders += batch
    for folder in folders:
        check_complete(folder)
    fewest = min(found["interrupted"], found["running"])
    assert fewest > 10, f"the moments were not spread over the start: {found}"


def seconds_of_a_start(house: House) -> float:
    """Returns how long four starts at once take here and now."""
    folders = [house.make(["sleep", "600"], job=f"measured{number}") for number in range(4)]
    begun = time.monotonic()
    for pid in [forked(lambda at=folder: begin(at)) for folder in folders]:  # type: ignore[misc]
        os.waitpid(pid, 0)
    return time.monotonic() - begun


def begin(folder: Path) -> int:
    held = lock.take(rundir.start_lock(folder, str(folder.name)))
    start.launch(folder, held)
    return 0


def settled(folder: Path) -> str | None:
    state = start.state(folder)
    return state if state in SETTLED else None


def check_complete(folder: Path) -> None:
    """Nothing, or a run that can be adopted and whose end is recorded.

    "ended": what was killed with the rest had marked its execution, and was about to be the
    trainer. That is a run, and its end is recorded as unwatched.
    """
    if settled(folder) == "ended":
        assert not trainers(folder)
        start.ensure(folder)
        assert not exit_record(folder)["known"]
        rundir.touch(folder, rundir.FINAL)
        return
    if settled(folder) == "interrupted":
        assert not trainers(folder)
        wait_until(lambda: not ours(folder))
        assert start.state(folder) == "interrupted"
        return
    start.ensure(folder)
    running = wait_until(lambda: trainers(folder))
    assert running == [trainer_of(folder)]
    assert lock.is_held(folder / rundir.GUARD_LOCK)
    kill(running[0])
    exit_record(folder)
    rundir.touch(folder, rundir.FINAL)
