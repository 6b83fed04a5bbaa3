from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from console.backend.control import Control
from console.backend.lifecycle import Lifecycle
from console.core.alarm import AlertBegan, AlertSeen
from console.core.order import Order, parse_order
from console.core.protocol import (
    Answered,
    Bye,
    Exited,
    Hello,
    Measured,
    Ordered,
    Outcome,
    Phase,
    Phased,
    Started,
    StopStage,
)
from console.keeper import clock, fifo, identity, record, rundir
from tests.backend.live import STUBBORN, Memory, describe
from tests.waiting import wait_until

ABILITIES = ("pause", "resume", "stop", "checkpoint")


class Desk:
    """Control over a recorder in memory and a real, idle trainer process."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self.told: list[dict[str, Any]] = []
        env = {**os.environ, "GLADIUS_RUN_ID": run_dir.name}
        self.trainer = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)"], env=env, start_new_session=True
        )
        describe(run_dir, self.trainer.pid)
        self.inbox = fifo.open_rw(run_dir, rundir.INBOX_FIFO)
        self.memory = Memory(run_dir, lambda event: self.control.hear(event))
        self.control: Control
        self.restart()
        self.memory.apply(Started(t=1.0, m=clock.since_boot(), pid=self.trainer.pid))

    def restart(self) -> None:
        """Another backend, after the state was read back."""
        lifecycle = Lifecycle(self.run_dir, self.memory)
        self.control = Control(self.memory, lifecycle, self.told.append)

    def greet(self, orders: tuple[str, ...] = ABILITIES, gen: int = 0) -> None:
        """The trainer's hook says hello; its process is the trainer."""
        who = identity.of(self.trainer.pid)
        assert who is not None
        hello = {
            "k": "hello", "t": 1.0, "m": clock.since_boot(), "pid": who.pid, "start": who.start,
            "orders": list(orders), "gen": gen,
        }  # fmt: skip
        (self.run_dir / f"hook-{gen}-000.jsonl").write_bytes(record.encode(hello))
        self.memory.apply(Hello(t=1.0, m=clock.since_boot(), pid=who.pid, orders=orders, gen=gen))
        self.memory.apply(Measured(t=1.0, m=clock.since_boot(), step=7, values={}))

    def give(self, cmd: str, order_id: str = "a", **fields: Any) -> str:
        self.control.take([Order(id=order_id, cmd=cmd, **fields)])
        return order_id

    def answer(self, order_id: str, cmd: str, outcome: Outcome, detail: str | None = None) -> None:
        self.memory.apply(
            Answered(t=2.0, m=2.0, id=order_id, cmd=cmd, outcome=outcome, detail=detail)
        )

    def phase(self, phase: Phase) -> None:
        self.memory.apply(Phased(t=2.0, m=clock.since_boot(), phase=phase))

    def outcomes(self, order_id: str = "a") -> list[Outcome]:
        told = self.memory.kinds(Ordered) + self.memory.kinds(Answered)
        return [event.outcome for event in told if event.id == order_id]

    def detail(self, order_id: str = "a") -> str:
        views = [event for event in self.memory.kinds(Ordered) if event.id == order_id]
        return views[-1].detail or ""

    def delivered(self) -> list[Order]:
        """Orders in the inbox since the last call."""
        with suppress(BlockingIOError):
            lines = os.read(self.inbox, 65536).splitlines()
            return [order for order in map(parse_order, lines) if order]
        return []

    def ticks(self, condition: Any) -> None:
        def done() -> Any:
            self.control.tick()
            return condition()

        wait_until(done)

    def frozen(self) -> bool:
        return identity.all_stopped([i for i in [identity.of(self.trainer.pid)] if i])

    def close(self) -> None:
        self.trainer.kill()
        self.trainer.wait()
        os.close(self.inbox)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / f"20260102-030405-{os.getpid() % 65536:04x}")
    yield made
    made.close()


# --- with the hook ----------------------------------------------------------------------------


def test_an_order_is_committed_before_it_is_delivered(desk: Desk) -> None:
    desk.greet()
    seen: list[bool] = []
    desk.memory.commit = lambda: bool(seen.append(bool(desk.delivered())))  # type: ignore[method-assign]
    desk.give("pause", by="ana")
    assert seen == [False]
    assert desk.memory.state.control.open["a"].by == "ana"


def test_the_trainer_answers_and_that_is_the_end(desk: Desk) -> None:
    desk.greet()
    desk.give("pause", args={"checkpoint": False})
    assert [(order.id, order.args) for order in desk.delivered()] == [("a", {"checkpoint": False})]
    desk.answer("a", "pause", Outcome.RECEIVED)
    desk.answer("a", "pause", Outcome.DONE)
    desk.control.tick()
    assert desk.outcomes() == [Outcome.QUEUED, Outcome.RECEIVED, Outcome.DONE]
    assert not desk.delivered()


def test_fault_29_the_same_id_is_obeyed_once_and_answered_again(desk: Desk) -> None:
    desk.greet()
    desk.give("checkpoint")
    desk.give("checkpoint")
    assert len(desk.delivered()) == 1
    desk.answer("a", "checkpoint", Outcome.DONE)
    desk.give("checkpoint")
    assert not desk.delivered()
    assert desk.outcomes() == [Outcome.QUEUED, Outcome.DONE]
    assert [(record["id"], record["outcome"]) for record in desk.told] == [("a", "done")]


def test_a_bare_word_gets_an_id(desk: Desk) -> None:
    desk.greet()
    desk.control.take_bytes(b"checkpoint\n")
    (order,) = desk.delivered()
    assert order.id
    assert desk.memory.state.control.open[order.id].by == "control.fifo"


def test_an_order_over_the_socket_goes_the_same_way(desk: Desk) -> None:
    desk.greet()
    desk.control.take_object({"id": "s", "cmd": "checkpoint"}, "bob@there")
    assert desk.delivered()[0].id == "s"
    assert desk.memory.state.control.open["s"].by == "bob@there"
    desk.control.take_object({"nonsense": 1}, "bob@there")
    assert desk.control.ear.skipped == 1


def test_fault_30_what_lay_in_the_pipe_is_obeyed_with_an_id_and_void_as_a_word(desk: Desk) -> None:
    desk.greet()
    desk.control.take_bytes(b'checkpoint\n{"id":"a","cmd":"checkpoint"}\n', waiting=True)
    assert [order.id for order in desk.delivered()] == ["a"]
    ended = [e for e in desk.memory.kinds(Ordered) if e.outcome is Outcome.EXPIRED]
    assert [event.by for event in ended] == ["control.fifo"]


@pytest.mark.parametrize(
    ("fields", "outcome", "reason"),
    [
        ({"exp": 0.5}, Outcome.EXPIRED, "too late"),
        ({"boot": "another"}, Outcome.EXPIRED, "restarted"),
        ({"cmd": "explode"}, Outcome.REJECTED, "there are pause, resume, checkpoint"),
        ({"cmd": "validate"}, Outcome.REJECTED, "it obeys pause, resume, stop, checkpoint"),
        ({"cmd": "set"}, Outcome.REJECTED, "does not offer set"),
    ],
)
def test_fault_29_an_order_that_cannot_be_is_refused_with_the_reason(
    desk: Desk, fields: dict[str, Any], outcome: Outcome, reason: str
) -> None:
    desk.greet()
    desk.give(**{"cmd": "checkpoint", **fields})
    assert desk.outcomes() == [Outcome.QUEUED, outcome]
    assert reason in desk.detail()
    assert not desk.delivered()


def test_what_is_so_already_is_done_at_once(desk: Desk) -> None:
    desk.greet()
    desk.give("resume", "r")
    assert desk.outcomes("r") == [Outcome.QUEUED, Outcome.DONE]
    desk.phase(Phase.PAUSED)
    desk.give("pause", "p")
    assert desk.outcomes("p") == [Outcome.QUEUED, Outcome.DONE]
    assert not desk.delivered()


def test_resume_behind_a_delivered_pause_is_delivered_too(desk: Desk) -> None:
    desk.greet()
    desk.give("pause", "p")
    desk.give("resume", "r")
    assert [order.id for order in desk.delivered()] == ["p", "r"]


def test_resume_supersedes_a_pause_that_did_not_get_to_the_trainer(desk: Desk) -> None:
    desk.greet()
    with suppress(BlockingIOError):
        while True:
            os.write(desk.inbox, b"x" * 4096)
    desk.give("pause", "p")
    desk.give("resume", "r")
    assert desk.outcomes("p") == [Outcome.QUEUED, Outcome.SUPERSEDED]
    with suppress(BlockingIOError):
        while os.read(desk.inbox, 65536):
            pass
    desk.control.tick()
    assert [order.id for order in desk.delivered()] == ["r"]


def test_an_order_for_a_trainer_that_does_not_read_expires(desk: Desk) -> None:
    desk.greet()
    with suppress(BlockingIOError):
        while True:
            os.write(desk.inbox, b"x" * 4096)
    desk.give("checkpoint", exp=clock.since_boot() + 0.2)
    assert desk.outcomes() == [Outcome.QUEUED]
    desk.ticks(lambda: desk.outcomes() == [Outcome.QUEUED, Outcome.EXPIRED])


def test_after_a_restart_an_order_in_the_pipe_is_not_written_twice(desk: Desk) -> None:
    desk.greet()
    desk.give("checkpoint")
    desk.restart()
    for _ in range(10):
        desk.control.tick()
    assert [order.id for order in desk.delivered()] == ["a"]


def test_after_a_restart_a_lost_order_is_written_again_with_its_id(desk: Desk) -> None:
    desk.greet()
    desk.give("checkpoint")
    desk.delivered()
    desk.restart()
    found: list[Order] = []
    desk.ticks(lambda: found.extend(desk.delivered()) or found)
    assert [order.id for order in found] == ["a"]
    desk.answer("a", "checkpoint", Outcome.RECEIVED)
    desk.restart()
    desk.control.tick()
    assert not desk.delivered()


def test_after_a_restart_an_ended_order_is_known_from_the_journal(desk: Desk) -> None:
    desk.greet()
    desk.give("explode")
    lines = b"".join(
        record.encode({"k": "order", "t": 1.0, "m": 1.0, "id": "a", "cmd": "explode",
                       "outcome": outcome, "detail": "no"})
        for outcome in ("queued", "rejected")
    )  # fmt: skip
    (desk.run_dir / "journal-000.jsonl").write_bytes(b"damaged\n" + lines)
    desk.restart()
    desk.give("explode")
    assert desk.outcomes() == [Outcome.QUEUED, Outcome.REJECTED]
    assert [record["detail"] for record in desk.told] == ["no"]


def test_fault_30_orders_of_a_dead_trainer_do_not_reach_its_successor(desk: Desk) -> None:
    desk.greet()
    desk.give("checkpoint")
    desk.trainer.kill()
    desk.trainer.wait()
    desk.control.tick()
    assert desk.outcomes() == [Outcome.QUEUED, Outcome.FAILED]
    assert not desk.delivered()


def test_after_its_goodbye_the_trainer_gets_no_orders(desk: Desk) -> None:
    desk.greet()
    desk.memory.apply(Bye(t=2.0, m=2.0, reason="finished"))
    desk.give("checkpoint")
    assert desk.outcomes() == [Outcome.QUEUED, Outcome.REJECTED]
    assert "goodbye" in desk.detail()


@pytest.mark.parametrize("cmd", ["pause", "resume", "checkpoint", "validate", "set"])
def test_an_ended_run_refuses_with_the_reason(desk: Desk, cmd: str) -> None:
    desk.greet()
    desk.memory.apply(Exited(t=3.0, m=3.0, code=0))
    desk.give(cmd)
    assert desk.outcomes() == [Outcome.QUEUED, Outcome.REJECTED]
    assert "finished" in desk.detail()
    if cmd == "resume":
        assert f"gladius-console train --resume {desk.run_dir.name}" in desk.detail()


def test_stop_of_an_ended_run_is_done_already(desk: Desk) -> None:
    desk.memory.apply(Exited(t=3.0, m=3.0, code=0))
    desk.give("stop")
    assert desk.outcomes() == [Outcome.QUEUED, Outcome.DONE]


def test_the_end_of_the_trainer_ends_every_order(desk: Desk) -> None:
    desk.greet()
    desk.give("checkpoint", "c")
    desk.give("stop", "s")
    desk.control.run_ended()
    assert desk.outcomes("c")[-1] is Outcome.FAILED
    assert desk.outcomes("s")[-1] is Outcome.DONE
    assert not desk.memory.state.control.open


# --- stop through the hook --------------------------------------------------------------------


def test_stop_asks_the_hook_first(desk: Desk) -> None:
    desk.greet()
    desk.give("stop", args={"checkpoint": True})
    assert [stage.stage for stage in desk.memory.kinds(StopStage)] == ["order"]
    assert [order.cmd for order in desk.delivered()] == ["stop"]
    assert desk.memory.state.status == "stopping"


def test_a_second_stop_joins_the_first(desk: Desk) -> None:
    desk.greet()
    desk.give("stop", "one")
    desk.give("stop", "two")
    assert [order.id for order in desk.delivered()] == ["one"]
    assert len(desk.memory.kinds(StopStage)) == 1
    desk.control.run_ended()
    assert desk.outcomes("two")[-1] is Outcome.DONE


def test_other_orders_are_refused_while_it_stops(desk: Desk) -> None:
    desk.greet()
    desk.give("stop", "s")
    desk.give("checkpoint")
    assert "stopping (order)" in desk.detail()


def test_a_final_checkpoint_that_fails_leaves_the_ladder(desk: Desk) -> None:
    desk.greet()
    desk.give("stop", "one", args={"grace": 0.1})
    desk.give("stop", "two")
    desk.answer("one", "stop", Outcome.FAILED, "no space left on device")
    assert desk.control.ladder.stage is None
    assert desk.outcomes("two")[-1] is Outcome.FAILED
    assert "no space left" in desk.detail("two")
    desk.give("stop", "three")
    assert [order.id for order in desk.delivered()] == ["one", "three"]
    assert desk.trainer.poll() is None


# --- without the hook -------------------------------------------------------------------------


@pytest.mark.parametrize("cmd", ["checkpoint", "validate", "set"])
def test_without_the_hook_some_orders_name_the_lines_to_add(desk: Desk, cmd: str) -> None:
    desk.give(cmd)
    assert desk.outcomes() == [Outcome.QUEUED, Outcome.REJECTED]
    assert "from console.sdk import Link" in desk.detail()


def test_without_the_hook_pause_stops_all_processes_and_resume_lets_them_go_on(desk: Desk) -> None:
    desk.give("pause", "p")
    desk.ticks(lambda: desk.outcomes("p") == [Outcome.QUEUED, Outcome.DONE])
    assert desk.frozen()
    assert "frozen by signal" in desk.detail("p")
    desk.give("pause", "again")
    assert desk.detail("again") == "already paused"
    desk.give("resume", "r")
    desk.ticks(lambda: desk.outcomes("r") == [Outcome.QUEUED, Outcome.DONE])
    assert not desk.frozen()


def test_a_pause_by_signal_goes_on_after_a_restart(desk: Desk) -> None:
    desk.memory.apply(Ordered(t=1.0, m=1.0, id="a", cmd="pause", outcome=Outcome.QUEUED))
    desk.restart()
    desk.ticks(lambda: desk.outcomes() == [Outcome.QUEUED, Outcome.DONE])
    assert desk.frozen()


def test_a_frozen_trainer_with_the_hook_is_let_go_on_by_resume(desk: Desk) -> None:
    desk.greet()
    os.kill(desk.trainer.pid, signal.SIGSTOP)
    wait_until(desk.frozen)
    desk.give("checkpoint", "c")
    assert "stopped by a signal" in desk.detail("c")
    desk.give("resume", "r")
    desk.ticks(lambda: desk.outcomes("r") == [Outcome.QUEUED, Outcome.DONE])
    assert not desk.frozen()
    assert not desk.delivered()


def test_a_frozen_and_paused_trainer_is_resumed_both_ways(desk: Desk) -> None:
    desk.greet()
    desk.phase(Phase.PAUSED)
    os.kill(desk.trainer.pid, signal.SIGSTOP)
    wait_until(desk.frozen)
    desk.give("resume", "r")
    found: list[Order] = []
    desk.ticks(lambda: found.extend(desk.delivered()) or found)
    assert [order.id for order in found] == ["r"]
    assert desk.outcomes("r") == [Outcome.QUEUED]


def test_without_the_hook_stop_begins_with_sigint(desk: Desk) -> None:
    desk.give("stop")
    assert [stage.stage for stage in desk.memory.kinds(StopStage)] == ["SIGINT"]
    assert desk.trainer.wait(10) != 0


def test_a_trainer_that_ignores_signals_is_a_question(desk: Desk) -> None:
    desk.trainer.kill()
    desk.trainer.wait()
    env = {**os.environ, "GLADIUS_RUN_ID": desk.run_dir.name}
    command = [sys.executable, "-c", STUBBORN]
    desk.trainer = subprocess.Popen(
        command, env=env, start_new_session=True, stdout=subprocess.PIPE
    )
    assert desk.trainer.stdout is not None
    assert desk.trainer.stdout.readline() == b"ready\n"
    desk.trainer.stdout.close()
    describe(desk.run_dir, desk.trainer.pid)
    desk.restart()
    desk.give("stop", args={"grace": 0.2})
    desk.ticks(lambda: desk.outcomes()[-1] is Outcome.FAILED)
    stages = [stage.stage for stage in desk.memory.kinds(StopStage)]
    assert stages == ["SIGINT", "SIGTERM", "ask"]
    assert "--kill" in desk.detail()
    assert desk.trainer.poll() is None
    desk.give("stop", "k", args={"kill": True})
    desk.ticks(lambda: desk.trainer.poll() is not None)
    assert desk.trainer.returncode == -signal.SIGKILL


# --- floods -----------------------------------------------------------------------------------


def test_fault_29_garbage_is_skipped_and_counted_and_what_follows_is_heard(desk: Desk) -> None:
    desk.greet()
    desk.control.take_bytes(b"\xff\x00garbage\n{}\n" + b"y" * 70_000)
    desk.control.take_bytes(b"yyy\ncheck")
    desk.control.take_bytes(b"point\n")
    assert [order.cmd for order in desk.delivered()] == ["checkpoint"]
    assert desk.control.ear.skipped == 3


def test_a_flood_of_orders_does_not_fill_the_journal(desk: Desk) -> None:
    desk.greet()
    desk.control.take_bytes(b"checkpoint\n" * 5000)
    assert len(desk.memory.kinds(Ordered)) <= 110
    assert desk.control.ear.skipped >= 4900
    assert len(desk.memory.commits) == 1


def test_an_order_too_long_for_the_hook_is_refused(desk: Desk) -> None:
    desk.greet((*ABILITIES, "set"))
    desk.control.take_object(json.loads(json.dumps({
        "id": "a", "cmd": "set", "args": {"x": "y" * 600}})), "ana")  # fmt: skip
    assert desk.outcomes() == [Outcome.QUEUED, Outcome.REJECTED]


def open_alert(desk: Desk, name: str) -> None:
    text = f"{name} is at 84 °C"
    desk.memory.apply(AlertBegan(t=1.0, m=clock.since_boot(), id=name, rule="hot", text=text))


def test_an_alert_is_acknowledged_without_the_trainer_and_by_whom_is_recorded(desk: Desk) -> None:
    open_alert(desk, "hot/0")
    open_alert(desk, "hot/1")
    desk.control.take([Order("a", "acknowledge", {"alert": "hot/1"}, by="ana@box")])
    (seen,) = desk.memory.kinds(AlertSeen)
    assert (seen.id, seen.by) == ("hot/1", "ana@box")
    assert [one.id for one in desk.memory.state.alerts.unseen] == ["hot/0"]
    last = desk.memory.state.control.last
    assert last is not None
    assert (last.outcome, last.detail) == (Outcome.DONE, "hot/1 is at 84 °C")
    desk.control.take([Order("b", "acknowledge", by="ben@box")])
    assert desk.memory.state.alerts.unseen == []


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ({"alert": "hot/9"}, "no alert 'hot/9' is open"),
        ({"alert": "hot/0"}, "ana@box acknowledged it already"),
        ({}, "no open alert waits for anybody"),
    ],
)
def test_there_is_nothing_to_acknowledge(desk: Desk, args: dict[str, Any], reason: str) -> None:
    open_alert(desk, "hot/0")
    desk.control.take([Order("a", "acknowledge", by="ana@box")])
    desk.control.take([Order("b", "acknowledge", args, by="ben@box")])
    last = desk.memory.state.control.last
    assert last is not None
    assert (last.id, last.outcome, last.detail) == ("b", Outcome.REJECTED, reason)


def test_an_acknowledgement_left_half_done_is_done_by_the_next_backend(desk: Desk) -> None:
    open_alert(desk, "hot/0")
    order = Ordered(t=1.0, m=clock.since_boot(), id="a", cmd="acknowledge",
                    outcome=Outcome.QUEUED, by="ana@box")  # fmt: skip
    desk.memory.apply(order)
    desk.restart()
    desk.control.tick()
    assert desk.memory.state.alerts.unseen == []
    assert desk.memory.state.control.open == {}
