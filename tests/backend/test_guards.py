"""Guards: what they record, and that they act after that, once, and never on what is told again."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from console.backend.client import read_state
from console.backend.guards import Guards, rules
from console.core.alarm import AlertBegan, AlertEnded
from console.core.alerts import RULES
from console.core.protocol import Gpu, Measured, Outcome, Sampled, Started
from console.keeper import record, rundir, start
from tests.backend.live import HOOKED, Memory, Runs, backend_of, describe
from tests.backend.paper import Paper, drain
from tests.keeper.house import ours
from tests.waiting import wait_until

if TYPE_CHECKING:
    from console.backend.recorder import Recorder
    from console.core.order import Order
    from console.core.state import RunState

SMALLEST = "run: {command: [python]}\n"


class Post:
    """Guards over a recorder in memory; `given` are their orders."""

    def __init__(self, run_dir: Path, config: str = SMALLEST) -> None:
        self.run_dir = describe(run_dir)
        (run_dir / rundir.CONFIG_YAML).write_text(config)
        self.memory = Memory(run_dir, lambda event: self.guards.hear(event))
        self.given: list[Order] = []
        self.committed_before: list[int] = []
        self.guards: Guards
        self.restart()
        self.memory.apply(Started(t=1.0, m=1.0, pid=1))

    def restart(self) -> None:
        """Another backend, after the state was read back."""
        self.guards = Guards(self.run_dir, self.memory, self.give)

    def give(self, orders: Iterable[Order]) -> None:
        self.given += orders
        self.committed_before.append(self.memory.commits[-1])

    def sample(self, second: float, *gpus: Gpu, **fields: Any) -> None:
        self.memory.apply(Sampled(t=second, m=second, gpus=gpus, **fields))
        self.guards.tick()

    def lose_a_gpu(self) -> None:
        self.sample(2.0, Gpu(id=0, memory_trainer=5))
        for second in (4.0, 6.0, 8.0):
            self.sample(second, Gpu(id=0, lost=True))

    @property
    def story(self) -> list[str]:
        kinds = {AlertBegan: "+", AlertEnded: "-"}
        return [
            kinds[type(event)] + event.id
            for event in self.memory.events
            if isinstance(event, (AlertBegan, AlertEnded))
        ]


@pytest.fixture
def post(tmp_path: Path) -> Post:
    return Post(tmp_path / "20260102-030405-abcd")


def test_the_intent_is_committed_before_the_order_goes_out(post: Post) -> None:
    post.lose_a_gpu()
    (order,) = post.given
    assert (order.cmd, order.by, order.id) == ("stop", "guard:gpu_lost", "guard-1-gpu_lost")
    began = next(i for i, one in enumerate(post.memory.events) if isinstance(one, AlertBegan))
    assert post.committed_before == [began + 1]


def test_what_cannot_be_committed_is_not_done_yet_and_later_once(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post.memory, "commit", lambda: False)
    post.lose_a_gpu()
    post.guards.tick()
    assert (post.given, post.story) == ([], ["+gpu_lost/0"])
    monkeypatch.undo()
    post.guards.tick()
    post.guards.tick()
    assert [order.cmd for order in post.given] == ["stop"]


def test_an_alert_that_goes_on_is_told_and_acted_on_once(post: Post) -> None:
    post.lose_a_gpu()
    for second in range(10, 50):
        post.sample(float(second), Gpu(id=0, lost=True))
    assert (len(post.given), post.story) == (1, ["+gpu_lost/0"])


def test_a_new_backend_in_mid_alert_does_nothing_again_and_ends_it(post: Post) -> None:
    post.lose_a_gpu()
    post.restart()
    post.sample(10.0, Gpu(id=0, lost=True))
    assert (len(post.given), post.story) == (1, ["+gpu_lost/0"])
    post.sample(12.0, Gpu(id=0))
    for second in (14.0, 16.0, 18.0):
        post.sample(second, Gpu(id=0, lost=True))
    assert post.story == ["+gpu_lost/0", "-gpu_lost/0", "+gpu_lost/0"]
    assert [order.id for order in post.given] == ["guard-1-gpu_lost", "guard-2-gpu_lost"]


def test_a_single_odd_loss_is_due_at_once(post: Post) -> None:
    post.memory.apply(Measured(t=2.0, m=2.0, step=7, values={"loss": float("nan")}))
    post.memory.apply(Measured(t=2.0, m=2.0, step=8, values={"loss": 1.0}))
    assert post.guards.is_due
    post.guards.tick()
    assert (post.guards.is_due, post.story) == (False, ["+nonfinite_loss"])
    assert post.memory.kinds(AlertBegan)[0].step == 7


def test_the_end_of_the_run_ends_alerts_and_calls_off_what_was_not_done(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post.memory, "commit", lambda: False)
    post.lose_a_gpu()
    monkeypatch.undo()
    post.guards.run_ended()
    post.guards.run_ended()
    assert post.story == ["+gpu_lost/0", "-gpu_lost/0"]
    assert post.memory.state.alerts.open == {}
    assert post.given == []


def test_nothing_is_judged_before_the_start_and_while_the_past_is_told(tmp_path: Path) -> None:
    memory = Memory(describe(tmp_path / "20260102-030405-abcd"))
    news = False
    given: list[Order] = []
    guards = Guards(memory.run_dir, memory, given.extend, lambda: news)
    memory.apply(Sampled(t=1.0, m=1.0, gpus=(Gpu(id=0, memory_trainer=5),)))
    memory.apply(Sampled(t=2.0, m=2.0, gpus=(Gpu(id=0, lost=True),)))
    news = True
    guards.tick()
    assert memory.kinds(AlertBegan) == []
    memory.apply(Started(t=1.0, m=1.0, pid=1))
    news = False
    guards.tick()
    assert (memory.kinds(AlertBegan), given) == ([], [])
    news = True
    for second in (2.0, 4.0, 6.0):
        memory.apply(Sampled(t=second, m=second, gpus=(Gpu(id=0, lost=True),)))
        guards.tick()
    assert [order.cmd for order in given] == ["stop"]


def test_an_alert_that_was_read_from_the_journal_can_still_end(tmp_path: Path) -> None:
    memory = Memory(describe(tmp_path / "20260102-030405-abcd"), lambda event: guards.hear(event))
    news = False
    guards = Guards(memory.run_dir, memory, list, lambda: news)
    memory.apply(Started(t=1.0, m=1.0, pid=1))
    nothing = AlertBegan(t=2.0, m=2.0, id="nonfinite_loss", rule="nonfinite_loss", text="NaN")
    memory.apply(nothing)
    news = True
    guards.tick()
    for step in range(12):
        memory.apply(Measured(t=3.0 + step, m=3.0 + step, step=step, values={"loss": 1.0}))
    guards.tick()
    assert [event.id for event in memory.kinds(AlertEnded)] == ["nonfinite_loss"]


def test_rules_are_those_of_the_frozen_configuration(post: Post) -> None:
    assert rules(post.run_dir) == RULES
    path = post.run_dir / rundir.CONFIG_YAML
    path.write_text(SMALLEST + "guards: {gpu_lost: {then: notify}, memory: off}\n")
    found = {rule.id: rule for rule in rules(post.run_dir)}
    assert (found["gpu_lost"].then, "memory" in found) == ("notify", False)
    path.write_text("guards: [")
    assert rules(post.run_dir) == RULES
    path.unlink()
    assert rules(post.run_dir) == RULES


# --- the real recorder ------------------------------------------------------------------------


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    made = Paper(tmp_path / "run")
    yield made
    made.kill()


def guarded(paper: Paper) -> tuple[Recorder, Guards, list[Order]]:
    given: list[Order] = []
    recorder = paper.recorder()
    guards = Guards(paper.dir, recorder, given.extend, lambda: not recorder.replaying)
    return recorder, guards, given


def test_a_replay_tells_alerts_again_and_never_acts(paper: Paper) -> None:
    recorder, guards, given = guarded(paper)
    recorder.apply(Started(paper.t, paper.m, 7))
    recorder.apply(Sampled(paper.t, paper.m, gpus=(Gpu(id=0, memory_trainer=5),)))
    for _ in range(3):
        paper.pass_time(2.0)
        recorder.apply(Sampled(paper.t, paper.m, gpus=(Gpu(id=0, lost=True),)))
        guards.tick()
    assert [order.cmd for order in given] == ["stop"]
    told = paper.journal("alert")
    recorder.commit()
    before = recorder.state.alerts
    paper.kill()
    (paper.dir / rundir.METRICS_DB).unlink()
    recorder, guards, given = guarded(paper)
    assert recorder.replaying
    while recorder.replaying:
        guards.tick()
        recorder.poll(max_seconds=0.0)
    drain(recorder)
    guards.tick()
    recorder.commit()
    assert (given, recorder.state.alerts) == ([], before)
    assert paper.journal("alert") == told


def test_what_was_not_committed_begins_again_and_is_in_the_journal_once(paper: Paper) -> None:
    recorder, guards, given = guarded(paper)
    recorder.apply(Started(paper.t, paper.m, 7))
    recorder.apply(Sampled(paper.t, paper.m, ram_used=95, ram_total=100))
    recorder.commit()
    recorder.apply(Sampled(paper.t + 10, paper.m + 10, ram_used=95, ram_total=100))
    guards.tick()
    paper.kill()
    recorder, guards, given = guarded(paper)
    for second in (10, 20):
        recorder.apply(Sampled(paper.t + second, paper.m + second, ram_used=95, ram_total=100))
        guards.tick()
    recorder.commit()
    assert [item["id"] for item in paper.journal("alert")] == ["memory"]
    assert (list(recorder.state.alerts.open), given) == (["memory"], [])


# --- the whole backend ------------------------------------------------------------------------


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    monkeypatch.setenv("GLADIUS_HOME", str(tmp_path / "home"))
    made = Runs(tmp_path / "home")
    yield made
    made.close()


def train(runs: Runs, guards: str) -> Path:
    folder = runs.make([sys.executable, "-u", "-c", HOOKED], backend=True)
    (folder / rundir.CONFIG_YAML).write_text(f"{SMALLEST}guards: {guards}\n")
    start.launch(folder, None)
    return folder


def orders(folder: Path, cmd: str) -> list[tuple[str, str]]:
    """(by, outcome) of the orders in the journal."""
    found = []
    for path in sorted(folder.glob("journal-*.jsonl")):
        for line in path.read_bytes().splitlines():
            fields = record.decode(line) or {}
            if (fields.get("k"), fields.get("cmd")) == ("order", cmd):
                found.append((str(fields["by"]), str(fields["outcome"])))
    return found


def test_a_guard_orders_the_trainer_once_whatever_becomes_of_the_backend(runs: Runs) -> None:
    folder = train(runs, "{low: {when: loss < 0.1, then: checkpoint}}")

    def saved() -> RunState | None:
        state = read_state(folder)
        return state if state.checkpoints.count else None

    state = wait_until(saved, 20, every=0.05, what="a checkpoint")
    assert state is not None
    assert list(state.alerts.open) == ["low"]
    backend = backend_of(folder)
    assert backend is not None
    os.kill(backend.pid, signal.SIGKILL)
    step = state.position.step or 0

    def went_on() -> bool:
        return (read_state(folder).position.step or 0) > step + 30

    wait_until(went_on, 20, every=0.05, what="a new backend that sees steps")
    state = read_state(folder)
    assert (state.checkpoints.count, state.alerts.count) == (1, 1)
    assert orders(folder, "checkpoint") == [("guard:low", Outcome.QUEUED)]


def test_a_guard_stops_the_trainer_by_the_ladder(runs: Runs) -> None:
    folder = train(runs, "{low: {when: loss < 0.1, then: stop}}")
    wait_until(lambda: (folder / rundir.FINAL).exists(), 30, what="the run to be final")
    state = read_state(folder)
    assert (str(state.status), state.life.exit_code) == ("stopped", 0)
    assert orders(folder, "stop")[0] == ("guard:low", Outcome.QUEUED)
    assert (state.alerts.open, [one.id for one in state.alerts.recent]) == ({}, ["low"])
    assert "low: loss is" in (folder / rundir.REPORT).read_text()
    wait_until(lambda: not ours(folder), what="no process of ours left")
