from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.backend import lifecycle as lifecycle_module
from console.backend.lifecycle import REBOOT, Lifecycle
from console.core.protocol import Observed, Started, Ticked
from console.core.state import Status
from console.keeper import identity, lock, rundir, slot
from tests.backend.live import Memory, describe
from tests.waiting import wait_until


class Life:
    """A trainer process that sleeps, and what is said of it."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        env = {**os.environ, "GLADIUS_RUN_ID": run_dir.name}
        self.trainer = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)"], env=env, start_new_session=True
        )
        describe(run_dir, self.trainer.pid)
        self.guard = lock.take(run_dir / rundir.GUARD_LOCK)
        self.memory = Memory(run_dir)
        self.lifecycle = Lifecycle(run_dir, self.memory)

    def die(self) -> None:
        self.trainer.kill()
        self.trainer.wait()

    def drop_guard(self) -> None:
        if self.guard is not None:
            os.close(self.guard)
            self.guard = None

    def close(self) -> None:
        self.die()
        self.drop_guard()


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    monkeypatch.setattr("console.keeper.start.ensure", lambda _run_dir: None)
    made = Life(tmp_path / f"20260102-030405-{os.getpid() % 65536:04x}")
    yield made
    made.close()


def test_the_start_is_told_once_with_the_time_it_had(life: Life) -> None:
    life.lifecycle.look()
    life.lifecycle.look()
    (started,) = life.memory.kinds(Started)
    assert (started.t, started.m, started.pid) == (1000.0, 10.0, life.trainer.pid)


def test_stopped_and_going_on_are_told_when_they_change(life: Life) -> None:
    def look_until(stopped: bool) -> None:
        wait_until(lambda: (life.lifecycle.look(), life.memory.state.life.frozen is stopped)[1])

    os.kill(life.trainer.pid, signal.SIGSTOP)
    look_until(True)
    os.kill(life.trainer.pid, signal.SIGCONT)
    look_until(False)
    life.lifecycle.look()
    assert [event.stopped for event in life.memory.kinds(Observed)] == [True, False]


def test_one_running_member_means_not_frozen(life: Life) -> None:
    env = {**os.environ, "GLADIUS_RUN_ID": life.run_dir.name}
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env=env)
    try:
        wait_until(lambda: len(life.lifecycle.members()) == 2)
        os.kill(life.trainer.pid, signal.SIGSTOP)
        wait_until(lambda: identity.all_stopped([life.lifecycle.trainer]))  # type: ignore[list-item]
        assert not life.lifecycle.frozen()
        os.kill(worker.pid, signal.SIGSTOP)
        wait_until(life.lifecycle.frozen)
    finally:
        worker.kill()
        worker.wait()


def test_the_end_is_what_the_keeper_recorded(life: Life) -> None:
    life.lifecycle.look()
    assert life.lifecycle.ending() is None
    slot.write(
        life.run_dir, rundir.EXIT_JSON,
        {"code": None, "signal": 11, "known": True, "t": 5.0, "m": 6.0, "error": None,
         "oom_kill": False, "leftovers": [3]},
    )  # fmt: skip
    ending = life.lifecycle.ending()
    assert ending is not None
    assert (ending.signal, ending.t, ending.leftovers) == (11, 5.0, (3,))
    life.memory.apply(ending)
    assert life.memory.state.status is Status.DEAD
    assert "SIGSEGV" in life.memory.state.life.cause


def test_a_living_keeper_is_given_time_to_record_the_end(life: Life) -> None:
    life.die()
    life.lifecycle.look()
    assert life.memory.state.life.alive is False
    assert life.lifecycle.ending() is None


def test_without_a_keeper_the_end_is_unwatched_after_a_while(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle_module, "SUCCESSOR_SECONDS", 0.1)
    life.die()
    life.drop_guard()
    assert life.lifecycle.ending() is None
    ending = wait_until(life.lifecycle.ending)
    assert (ending.known, ending.code) == (False, None)
    life.memory.apply(ending)
    assert life.memory.state.life.cause.startswith("ended unwatched")


def test_a_keeper_that_never_records_the_end_is_not_waited_for_for_ever(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifecycle_module, "SILENT_KEEPER_SECONDS", 0.1)
    life.die()
    assert life.lifecycle.ending() is None
    assert wait_until(life.lifecycle.ending).known is False


def test_fault_08_a_trainer_of_an_earlier_boot_ended_by_reboot(life: Life) -> None:
    life.memory.apply(Ticked(t=77.0, m=7.0))
    who = identity.of(life.trainer.pid)
    assert who is not None
    facts = {"identity": who.to_json() | {"boot": "earlier"}}
    rundir.write_json(life.run_dir, rundir.TRAINER_JSON, facts)
    ending = Lifecycle(life.run_dir, life.memory).ending()
    assert ending is not None
    assert (ending.why, ending.t, ending.known) == (REBOOT, 77.0, False)


def test_a_keeper_is_asked_for_when_there_is_none(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr("console.keeper.start.ensure", asked.append)
    life.lifecycle.look()
    assert not asked
    life.drop_guard()
    life.lifecycle.look()
    life.lifecycle.look()
    assert wait_until(lambda: asked) == [life.run_dir]
