"""The whole backend: real keepers, backends and trainers."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from console.backend.client import Follower, OrderNotSent, ask, read_state, send_order
from console.backend.sender import new_order
from console.core.protocol import Outcome
from console.core.state import RunState, Status, to_json
from console.keeper import identity, invocation, record, rundir
from tests.backend.live import HOOKED, PLAIN, STUBBORN, Runs, backend_of
from tests.keeper.house import kill, ours
from tests.waiting import wait_until


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    monkeypatch.setenv("GLADIUS_HOME", str(tmp_path / "home"))
    made = Runs(tmp_path / "home")
    yield made
    made.close()


def wait_for(folder: Path, condition: Any, timeout: float = 20) -> RunState:
    """The first committed state of which `condition` is true."""

    def look() -> RunState | None:
        state = read_state(folder)
        return state if condition(state) else None

    state = wait_until(look, timeout, every=0.05, what=f"{read_state(folder).life}")
    assert state is not None
    return state


def working(folder: Path) -> RunState:
    """Waits until its backend has seen it work."""
    return wait_for(folder, lambda state: state.position.step or state.output.rows)


def final(folder: Path) -> RunState:
    wait_until(lambda: (folder / rundir.FINAL).exists(), 30, what="the run to be final")
    return read_state(folder)


def order(folder: Path, cmd: str, **args: Any) -> Any:
    return asyncio.run(ask(folder, cmd, args, 20))


def ends(folder: Path, order_id: str) -> list[str]:
    """The ends of an order in the journal and in the hook's records."""
    found = []
    for path in [*sorted(folder.glob("journal-*.jsonl")), *sorted(folder.glob("hook-*.jsonl"))]:
        for line in path.read_bytes().splitlines():
            fields = record.decode(line) or {}
            if fields.get("k") in ("order", "answer") and fields.get("id") == order_id:
                found.append(str(fields["outcome"]))
    return [outcome for outcome in found if outcome not in ("queued", "received")]


def test_each_order_is_answered_by_the_trainer(runs: Runs) -> None:
    folder = runs.train(HOOKED)
    working(folder)
    paused = order(folder, "pause", checkpoint=True)
    assert (paused.outcome, paused.step is not None) == (Outcome.DONE, True)
    assert wait_for(folder, lambda state: state.checkpoints.count).status is Status.PAUSED
    assert order(folder, "validate").values == {"loss": 0.5, "accuracy": 0.75}
    assert order(folder, "checkpoint").outcome is Outcome.DONE
    assert order(folder, "resume").outcome is Outcome.DONE
    unknown = order(folder, "set", learning_rate=1)
    assert (unknown.outcome, "does not offer set" in unknown.detail) == (Outcome.REJECTED, True)
    stopped = order(folder, "stop")
    assert (stopped.outcome, stopped.step is not None) == (Outcome.DONE, True)
    state = final(folder)
    assert (state.status, state.life.exit_code) == (Status.STOPPED, 0)
    assert "# Training summary" in (folder / rundir.REPORT).read_text()
    late = order(folder, "resume")
    assert (late.outcome, "train --resume" in late.detail) == (Outcome.REJECTED, True)
    wait_until(lambda: not ours(folder), what="no process of ours left")


def test_words_in_the_pipe_are_orders_and_garbage_is_not(runs: Runs) -> None:
    folder = runs.train(HOOKED)
    working(folder)
    for name in (rundir.CONTROL_FIFO, rundir.NUDGE_FIFO, rundir.INBOX_FIFO):
        pipe = os.open(folder / name, os.O_WRONLY | os.O_NONBLOCK)
        os.write(pipe, b"\xff\x00" + b"garbage" * 1000 + b"\n\n{}\nnonsense\n")
        os.close(pipe)
    pipe = os.open(folder / rundir.CONTROL_FIFO, os.O_WRONLY | os.O_NONBLOCK)
    os.write(pipe, b"pause\n")
    os.close(pipe)
    state = wait_for(folder, lambda state: state.status is Status.PAUSED)
    assert state.control.last is not None
    assert state.control.last.by == "control.fifo"
    path = folder / rundir.CONTROL_FIFO
    path.unlink()
    path.write_text("no pipe")
    with pytest.raises(OrderNotSent, match="is not a pipe"):
        send_order(folder, new_order("resume"))
    wait_until(lambda: "is not a pipe" in (folder / rundir.BACKEND_LOG).read_text(), what="a word")
    path.unlink()
    wait_until(path.is_fifo, what="the pipe to be made again")
    assert order(folder, "resume").outcome is Outcome.DONE


def test_without_the_hook_it_can_be_paused_resumed_and_stopped(runs: Runs) -> None:
    folder = runs.train(PLAIN)
    working(folder)
    paused = order(folder, "pause")
    assert (paused.outcome, "frozen by signal" in paused.detail) == (Outcome.DONE, True)
    rows = wait_for(folder, lambda state: state.status is Status.FROZEN).output.rows
    assert order(folder, "resume").outcome is Outcome.DONE
    wait_for(folder, lambda state: state.output.rows > rows and state.status is not Status.FROZEN)
    refused = order(folder, "checkpoint")
    assert "console.sdk" in refused.detail
    assert order(folder, "pause").outcome is Outcome.DONE
    assert order(folder, "stop", grace=5).outcome is Outcome.DONE
    state = final(folder)
    assert (state.status, state.life.stop_stage) == (Status.STOPPED, "SIGINT")


def test_a_trainer_that_ignores_signals_is_killed_on_a_second_order_only(runs: Runs) -> None:
    folder = runs.train(STUBBORN)
    working(folder)
    refused = order(folder, "stop", grace=0.3)
    assert (refused.outcome, "--kill" in refused.detail) == (Outcome.FAILED, True)
    assert read_state(folder).status is Status.STOPPING
    assert order(folder, "stop", kill=True).outcome is Outcome.DONE
    state = final(folder)
    assert (state.status, state.life.exit_signal) == (Status.STOPPED, signal.SIGKILL)


@pytest.mark.parametrize(
    ("code", "status", "cause"),
    [
        ("print('x')", Status.FINISHED, "exit code 0"),
        ("raise ValueError('no')", Status.ERROR, "exit code 1"),
        ("import os; os.kill(os.getpid(), 9)", Status.DEAD, "9 (SIGKILL)"),
        ("import os; os.kill(os.getpid(), 11)", Status.DEAD, "11 (SIGSEGV)"),
    ],
)
def test_every_end_is_named_truthfully(runs: Runs, code: str, status: Status, cause: str) -> None:
    folder = runs.train(code)
    state = final(folder)
    assert state.status is status
    assert cause in state.life.cause
    assert not state.control.open


def test_the_end_is_told_within_two_seconds(runs: Runs) -> None:
    folder = runs.train(PLAIN)
    working(folder)

    async def follow() -> float:
        follower = Follower(folder)
        killed = None
        async with aclosing(follower.updates()) as updates:
            async for _ in updates:
                if follower.connected and killed is None:
                    trainer = identity.Identity.from_json(
                        (rundir.read_json(folder, rundir.TRAINER_JSON) or {})["identity"]
                    )
                    assert kill(trainer)
                    killed = time.monotonic()
                if follower.state.ended:
                    return time.monotonic() - (killed or 0.0)
        raise AssertionError("no end")

    assert asyncio.run(follow()) < 2.0


def test_a_killed_backend_is_back_and_nothing_is_missing(runs: Runs) -> None:
    folder = runs.train(HOOKED)
    working(folder)

    async def follow() -> None:
        follower = Follower(folder, heal=False)
        killed = 0
        async with aclosing(follower.updates()) as updates:
            async for _ in updates:
                if follower.connected and killed < 2:
                    assert kill(wait_until(lambda: backend_of(folder)))
                    killed += 1
                elif follower.connected and follower.state.position.step:
                    break
        assert follower.lost_since is None

    asyncio.run(asyncio.wait_for(follow(), 30))
    order(folder, "stop")
    state = final(folder)
    assert state.status is Status.STOPPED
    rows = b"".join(path.read_bytes() for path in sorted(folder.glob("screen.*.log")))
    assert rows.count(b"left the loop") == 1


@pytest.mark.parametrize("moment", range(4))
def test_an_order_ends_exactly_once_though_the_backend_is_killed(runs: Runs, moment: int) -> None:
    folder = runs.train(HOOKED)
    working(folder)
    given = new_order("checkpoint")
    send_order(folder, given)
    time.sleep(0.01 * moment)  # the moment is what is varied
    kill(backend_of(folder))

    def end() -> list[str]:
        send_order(folder, given)  # what everybody does until it is queued
        return ends(folder, given.id)

    wait_until(end, 20, every=0.3, what="the end of the order")
    wait_for(folder, lambda state: not state.control.open)
    send_order(folder, given)
    assert order(folder, "pause", checkpoint=False).outcome is Outcome.DONE
    assert ends(folder, given.id) == ["done"]
    saved = (folder / "hook-0-000.jsonl").read_bytes().count(b'"k":"save"')
    assert saved == 1


def test_a_stop_goes_on_under_the_next_backend(runs: Runs) -> None:
    folder = runs.train(STUBBORN)
    working(folder)
    given = new_order("stop", {"grace": 1.5, "kill": True})
    send_order(folder, given)
    wait_for(folder, lambda state: state.life.stop_stage == "SIGINT")
    kill(backend_of(folder))
    state = final(folder)
    assert (state.status, state.life.exit_signal) == (Status.STOPPED, signal.SIGKILL)
    assert ends(folder, given.id) == ["done"]


def test_the_last_picture_of_a_viewer_is_the_committed_one(runs: Runs) -> None:
    folder = runs.train(HOOKED.replace("100_001", "60"))

    async def follow() -> Follower:
        follower = Follower(folder)
        async with aclosing(follower.updates()) as updates:
            async for _ in updates:
                pass
        return follower

    follower = asyncio.run(asyncio.wait_for(follow(), 30))
    assert follower.final
    assert to_json(follower.state) == to_json(read_state(folder))
    assert follower.state.position.step == 59
    assert follower.state.run.id == folder.name


def test_a_second_backend_leaves_at_once(runs: Runs) -> None:
    folder = runs.train(PLAIN)
    working(folder)
    done = subprocess.run(
        invocation.backend_command(folder), cwd="/", capture_output=True, timeout=20, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    order(folder, "stop")
    final(folder)
    done = subprocess.run(
        invocation.backend_command(folder), cwd="/", capture_output=True, timeout=20, check=False
    )
    assert done.returncode == 0


def test_a_terminated_backend_leaves_a_run_that_goes_on(runs: Runs) -> None:
    folder = runs.make([sys.executable, "-c", PLAIN])
    from console.keeper import start

    start.launch(folder, None)
    os.close(runs._held.pop())
    first = wait_until(lambda: backend_of(folder), 10, what="a backend")
    working(folder)
    os.kill(first.pid, signal.SIGTERM)
    wait_until(lambda: not identity.is_alive(first))
    assert not (folder / rundir.FINAL).exists()
    second = wait_until(lambda: backend_of(folder), 10, what="another backend")
    assert second != first
    order(folder, "stop")
    final(folder)


def test_a_trainer_nobody_watched_ends_unwatched_and_final(runs: Runs) -> None:
    folder = runs.train("import time; time.sleep(3)")
    wait_for(folder, lambda state: state.life.started)
    for who in ours(folder):
        identity.signal_exactly(who, signal.SIGSTOP)
    for who in ours(folder):
        kill(who)
    trainer = identity.Identity.from_json(
        (rundir.read_json(folder, rundir.TRAINER_JSON) or {})["identity"]
    )
    assert trainer is not None
    wait_until(lambda: not identity.is_alive(trainer))
    assert read_state(folder).life.cause.startswith("ended unwatched")
    view = order(folder, "pause")
    assert view.outcome is Outcome.REJECTED
    assert final(folder).status is Status.DEAD


def test_fault_25_an_edited_configuration_is_noticed(runs: Runs, tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("a: 1\n")
    folder = runs.train(PLAIN, config_path=str(path), config_hash="0" * 64)
    state = wait_for(folder, lambda state: state.configuration.modified)
    assert state.configuration.edited
    path.unlink()
    wait_for(folder, lambda state: state.configuration.missing)


def test_telemetry_is_sampled(runs: Runs) -> None:
    folder = runs.train(PLAIN)
    state = wait_for(folder, lambda state: state.system.trainer_cpu is not None)
    assert state.system.trainer_processes == 1
    assert (state.system.trainer_memory or 0) > 1_000_000
