from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.backend import ladder as ladder_module
from console.backend.ladder import Ladder, Patience
from console.backend.lifecycle import Lifecycle
from console.core.protocol import Measured, Phase, Phased, Started, StopStage
from console.keeper import clock, identity
from tests.backend.live import STUBBORN, Memory, describe
from tests.waiting import wait_until

POLITE = STUBBORN.replace("signal.SIGTERM, signal.SIG_IGN", "signal.SIGTERM, lambda *_: exit(3)")

# Two workers in sessions of their own, as torchrun has them; all ignore SIGINT.
FAMILY = f"""
import os, subprocess, sys
code = {STUBBORN.replace("signal.signal(signal.SIGTERM, signal.SIG_IGN)", "")!r}
children = [subprocess.Popen([sys.executable, "-c", code], start_new_session=True,
                             stdout=subprocess.DEVNULL) for _ in range(2)]
exec({STUBBORN!r})
"""


class Shaft:
    """A trainer process and the ladder it is sent down."""

    def __init__(self, run_dir: Path, code: str) -> None:
        env = {**os.environ, "GLADIUS_RUN_ID": run_dir.name}
        self.trainer = subprocess.Popen(
            [sys.executable, "-c", code], env=env, start_new_session=True, stdout=subprocess.PIPE
        )
        assert self.trainer.stdout is not None
        assert self.trainer.stdout.readline() == b"ready\n"
        self.trainer.stdout.close()
        self.memory = Memory(describe(run_dir, self.trainer.pid))
        self.memory.apply(Started(t=1.0, m=clock.since_boot(), pid=self.trainer.pid))
        self.lifecycle = Lifecycle(run_dir, self.memory)
        self.ladder = Ladder(self.lifecycle, self.memory)

    @property
    def stages(self) -> list[str]:
        return [event.stage for event in self.memory.kinds(StopStage)]

    def ticks(self, condition: Callable[[], object]) -> None:
        def done() -> object:
            self.ladder.tick()
            return condition()

        wait_until(done, every=0.01)

    def ended(self) -> bool:
        return self.trainer.poll() is not None

    def close(self) -> None:
        for member in self.lifecycle.members():
            identity.signal_exactly(member, signal.SIGKILL)
        self.trainer.kill()
        self.trainer.wait()


Dig = Callable[[str], Shaft]


@pytest.fixture
def dig(tmp_path: Path) -> Iterator[Dig]:
    made: list[Shaft] = []

    def build(code: str = STUBBORN) -> Shaft:
        made.append(Shaft(tmp_path / f"20260102-030405-{os.getpid() % 65536:04x}", code))
        return made[-1]

    yield build
    for shaft in made:
        shaft.close()


def test_sigint_then_sigterm_end_a_polite_trainer(dig: Dig) -> None:
    shaft = dig(POLITE)
    shaft.ladder.begin({"grace": 0.2}, "ana", hook=False)
    shaft.ticks(shaft.ended)
    assert shaft.stages == ["SIGINT", "SIGTERM"]
    assert shaft.trainer.returncode == 3
    assert all(stage.by == "ana" for stage in shaft.memory.kinds(StopStage))


def test_each_rung_is_committed_before_it_is_taken(
    dig: Dig, monkeypatch: pytest.MonkeyPatch
) -> None:
    shaft = dig(POLITE)
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(
        "console.backend.signals.send",
        lambda _members, number: sent.append((number, len(shaft.memory.commits))) or [],
    )
    shaft.ladder.begin({"grace": 0.05}, "ana", hook=False)
    shaft.ticks(lambda: shaft.ladder.stage == "ask")
    assert [pair for pair in sent if pair[0] != signal.SIGCONT] == [
        (signal.SIGINT, 1),
        (signal.SIGTERM, 2),
    ]


def test_fault_13_without_the_order_to_kill_it_ends_with_a_question(dig: Dig) -> None:
    shaft = dig(STUBBORN)
    shaft.ladder.begin({"grace": 0.05}, "ana", hook=False)
    shaft.ticks(lambda: shaft.ladder.stage == "ask")
    for _ in range(20):
        shaft.ladder.tick()
    assert not shaft.ended()
    assert shaft.stages == ["SIGINT", "SIGTERM", "ask"]


def test_with_the_order_to_kill_it_ends_with_sigkill(dig: Dig) -> None:
    shaft = dig(STUBBORN)
    shaft.ladder.begin({"grace": 0.05, "kill": True}, "ana", hook=False)
    shaft.ticks(shaft.ended)
    assert shaft.stages == ["SIGINT", "SIGTERM", "SIGKILL"]
    assert shaft.trainer.returncode == -signal.SIGKILL


def test_killing_goes_on_until_no_member_is_left(dig: Dig) -> None:
    shaft = dig(FAMILY)
    assert len(shaft.lifecycle.members()) == 3
    shaft.ladder.begin({"grace": 0.05, "kill": True}, "ana", hook=False)
    shaft.ticks(lambda: shaft.ended() and not shaft.lifecycle.members())


def test_workers_outside_the_group_get_the_signal_when_the_trainer_did_not_end_them(
    dig: Dig,
) -> None:
    shaft = dig(FAMILY)
    shaft.ladder.begin({"grace": 0.4}, "ana", hook=False)
    shaft.ticks(lambda: shaft.ladder.stage == "ask")
    assert shaft.lifecycle.members() == [shaft.lifecycle.trainer]


def test_a_frozen_trainer_is_let_go_on_before_it_is_signalled(dig: Dig) -> None:
    shaft = dig(POLITE)
    os.kill(shaft.trainer.pid, signal.SIGSTOP)
    wait_until(shaft.lifecycle.frozen)
    shaft.ladder.begin({"grace": 0.2}, "ana", hook=False)
    shaft.ticks(shaft.ended)
    assert shaft.trainer.returncode == 3


def test_a_new_backend_goes_on_from_the_recorded_rung(dig: Dig) -> None:
    shaft = dig(POLITE)
    shaft.ladder.begin({"grace": 0.3}, "ana", hook=False)
    shaft.ladder = Ladder(shaft.lifecycle, shaft.memory)
    shaft.ladder.go_on({"grace": 0.3}, "ana")
    shaft.ticks(shaft.ended)
    assert shaft.stages == ["SIGINT", "SIGTERM"]


def test_no_rung_is_taken_past_a_save_in_progress(dig: Dig) -> None:
    shaft = dig(STUBBORN)
    shaft.ladder.begin({"grace": 0.05}, "ana", hook=True)
    shaft.memory.apply(Phased(t=1.0, m=clock.since_boot(), phase=Phase.SAVING))
    started = clock.since_boot()
    shaft.ticks(lambda: clock.since_boot() - started > 0.3)
    assert shaft.stages == ["order"]
    shaft.memory.apply(Phased(t=1.0, m=clock.since_boot(), phase=Phase.STOPPING))
    shaft.ticks(lambda: shaft.stages[-1] == "SIGINT")


def test_a_save_older_than_its_limit_holds_nothing_up(
    dig: Dig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder_module, "SAVE_SECONDS", 0.1)
    shaft = dig(STUBBORN)
    shaft.memory.apply(Phased(t=1.0, m=clock.since_boot(), phase=Phase.SAVING))
    shaft.ladder.begin({"grace": 0.05}, "ana", hook=True)
    shaft.ticks(lambda: shaft.ladder.stage == "ask")
    assert shaft.stages == ["order", "SIGINT", "SIGTERM", "ask"]


def test_a_hung_trainer_is_not_waited_for_as_long_as_a_busy_one(
    dig: Dig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ladder_module, "STALLED_SECONDS", 0.1)
    shaft = dig(STUBBORN)
    shaft.memory.apply(Measured(t=1.0, m=clock.since_boot() - 100, step=1, values={}))
    shaft.ladder.begin({}, "ana", hook=True)
    shaft.ticks(lambda: len(shaft.stages) > 1)
    assert shaft.stages[:2] == ["order", "SIGINT"]


def test_fault_07_a_stranger_with_the_same_pid_is_not_signalled(dig: Dig) -> None:
    shaft = dig(STUBBORN)
    real = shaft.lifecycle.trainer
    assert real is not None
    shaft.lifecycle.trainer = identity.Identity(real.boot, real.pid, real.start + 1)
    shaft.lifecycle._run_id = "20260102-030405-ffff"
    shaft.ladder.begin({"grace": 0.01, "kill": True}, "ana", hook=False)
    for _ in range(20):
        shaft.ladder.tick()
    assert not shaft.ended()


@pytest.mark.parametrize(
    ("args", "patience"),
    [
        ({}, Patience()),
        ({"grace": 2}, Patience(2.0, 2.0, 2.0)),
        ({"timeout": 5, "grace": 2}, Patience(5.0, 2.0, 2.0)),
        ({"kill": "yes", "grace": -1, "timeout": "soon"}, Patience()),
        ({"kill": True, "grace": True}, Patience(kill=True)),
    ],
)
def test_patience_is_read_from_the_order(args: dict[str, object], patience: Patience) -> None:
    assert Patience.of(args) == patience
