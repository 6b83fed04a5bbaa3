"""Orders through the handles trainers have, with real processes that behave as the sources say."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from console.backend import handling, targets
from console.core.protocol import (
    Evaluated,
    Hello,
    Ordered,
    Outcome,
    Saved,
    Source,
    StopStage,
)
from console.keeper import clock, fifo, identity, record, rundir
from tests.backend.yard import FOREIGN, Build, yards
from tests.waiting import wait_until


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    yield from yards(tmp_path)


AXOLOTL = "{use: axolotl, output_dir: OUT}"


# --- Axolotl ----------------------------------------------------------------------------------


def test_axolotl_checkpoint_is_done_when_its_folder_is_whole(build: Build) -> None:
    yard = build(AXOLOTL, FOREIGN, "axolotl", "OUT")
    assert yard.memory.state.control.abilities == ("pause", "resume", "stop", "checkpoint")
    done = yard.end_of("checkpoint", by="ana")
    assert (done.outcome, done.by) == (Outcome.DONE, "ana")
    assert done.step is not None
    assert done.detail == f"seen: {yard.out / f'checkpoint-{done.step}'}"
    assert (yard.out / f"checkpoint-{done.step}" / "trainer_state.json").exists()
    assert not (yard.out / "axolotl_checkpoint.save").exists()
    assert yard.memory.state.control.last is not None
    assert yard.memory.state.control.last.values == {}


def test_axolotl_is_at_work_once_it_took_its_file(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "UNKNOWN_PACE_SECONDS", -59.0)
    yard = build(AXOLOTL, FOREIGN, "forgetful", "OUT")
    end = yard.end_of("checkpoint")
    assert yard.outcomes() == [Outcome.QUEUED, Outcome.RECEIVED, Outcome.UNSEEN]
    assert "it took its trigger file" in (end.detail or "")
    assert "nothing seen in its output for 1 s" in (end.detail or "")


def test_axolotl_an_old_checkpoint_is_no_answer(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "UNKNOWN_PACE_SECONDS", -59.0)
    yard = build(AXOLOTL, FOREIGN, "forgetful", "OUT")
    old = yard.out / "checkpoint-5" / "trainer_state.json"
    old.parent.mkdir()
    old.touch()
    os.utime(old, (clock.wall() - 60, clock.wall() - 60))
    assert yard.end_of("checkpoint").outcome is Outcome.UNSEEN


def test_axolotl_that_does_not_look_is_unseen_and_the_file_stays(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handling, "UNKNOWN_PACE_SECONDS", -59.5)
    yard = build(AXOLOTL, FOREIGN, "deaf", "OUT")
    end = yard.end_of("checkpoint")
    assert end.outcome is Outcome.UNSEEN
    assert "it did not take the file" in (end.detail or "")
    assert "may take it later" in (end.detail or "")
    assert (yard.out / "axolotl_checkpoint.save").exists()


def test_axolotl_stop_is_sigint_to_rank_0_which_saves(build: Build) -> None:
    yard = build(AXOLOTL, FOREIGN, "axolotl", "OUT")
    yard.give("stop", by="ana")
    yard.ticks(yard.gone)
    assert yard.trainer.returncode == 0
    assert (yard.out / "model.safetensors").exists()
    assert [stage.stage for stage in yard.memory.kinds(StopStage)] == ["handle"]
    yard.control.run_ended()
    end = yard.ended()
    assert end is not None
    assert end.outcome is Outcome.DONE
    assert f"SIGINT to rank0 (process {yard.trainer.pid})" in (end.detail or "")


@pytest.mark.parametrize(
    "words", [("--output_dir", "OUT"), ("--output-dir=OUT",), ("axolotl.yaml",)]
)
def test_axolotl_finds_its_output_dir(build: Build, tmp_path: Path, words: Sequence[str]) -> None:
    text = f"base_model: x\noutput_dir: {tmp_path / 'out'}  # here\n"
    (tmp_path / "axolotl.yaml").write_text(text)
    yard = build("axolotl", FOREIGN, "axolotl", "OUT", *words)
    assert yard.end_of("checkpoint").outcome is Outcome.DONE


def test_axolotl_without_a_known_output_dir_says_what_to_write(
    build: Build, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    yard = build("axolotl", FOREIGN, "axolotl", "OUT", "pipe.yaml", "missing.yml")
    end = yard.end_of("checkpoint")
    assert end.outcome is Outcome.REJECTED
    assert "control: {use: axolotl, output_dir: …}" in (end.detail or "")


# --- trigger files ----------------------------------------------------------------------------


def _link(trigger: Path) -> None:
    trigger.with_name("victim").write_text("precious")
    trigger.symlink_to(trigger.with_name("victim"))


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (_link, "is a link"),
        (lambda trigger: trigger.mkdir(), "cannot be touched: Is a directory"),
        (os.mkfifo, "cannot be touched: No such device or address"),
        (lambda trigger: trigger.parent.rename(trigger.parent.with_name("gone")), "No such file"),
    ],
)
def test_a_trigger_that_is_no_plain_file_is_not_touched(
    build: Build, prepare: Callable[[Path], object], reason: str
) -> None:
    yard = build(AXOLOTL, FOREIGN, "deaf", "OUT")
    prepare(yard.out / "axolotl_checkpoint.save")
    end = yard.end_of("checkpoint")
    assert end.outcome is Outcome.FAILED
    assert reason in (end.detail or "")
    victim = yard.out / "victim"
    assert not victim.exists() or victim.read_text() == "precious"


def test_a_trigger_in_a_folder_that_cannot_be_written_fails_with_the_reason(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = build(AXOLOTL, FOREIGN, "deaf", "OUT")
    yard.out.chmod(0o500)
    try:
        if os.access(yard.out, os.W_OK):  # root may write everywhere
            monkeypatch.setattr("console.backend.trigger.os.open", _read_only)
        end = yard.end_of("checkpoint")
    finally:
        yard.out.chmod(0o700)
    assert end.outcome is Outcome.FAILED
    assert "cannot be touched: Permission denied" in (end.detail or "")


def _read_only(*_: object) -> int:
    raise PermissionError(13, "Permission denied")


def test_what_is_in_a_trigger_file_stays(build: Build) -> None:
    yard = build("{checkpoint: {touch: out/save.now, within: 1s}}", FOREIGN, "deaf", "OUT")
    (yard.out / "save.now").write_text("mine")
    assert yard.end_of("checkpoint").outcome is Outcome.UNSEEN
    assert (yard.out / "save.now").read_text() == "mine"


def test_files_an_order_is_done_when_its_file_was_taken(build: Build) -> None:
    yard = build("{use: files, validate: {touch: OUT/validate.now}}", FOREIGN, "watching", "OUT")
    end = yard.end_of("validate")
    assert (end.outcome, end.detail) == (Outcome.DONE, "it took its trigger file")


# --- signals ----------------------------------------------------------------------------------


SEEN = "{checkpoint: {signal: USR1, seen: model is safe, within: 10s}}"


def test_signals_an_order_is_done_when_its_text_is_seen(build: Build) -> None:
    yard = build(SEEN, FOREIGN, "signalled", "OUT")
    end = yard.end_of("checkpoint")
    assert end.outcome is Outcome.DONE
    assert end.detail == "seen in its output: model is safe now"


def test_what_an_earlier_order_made_it_say_is_no_answer_to_the_next(build: Build) -> None:
    control = "{checkpoint: {signal: USR1, seen: model is safe, within: 1s}}"
    yard = build(control, FOREIGN, "once", "OUT")
    assert yard.end_of("checkpoint", "one").outcome is Outcome.DONE
    assert yard.end_of("checkpoint", "two").outcome is Outcome.UNSEEN


def test_signals_a_checkpoint_and_an_evaluation_in_the_output_are_answers(build: Build) -> None:
    control = "{checkpoint: {signal: USR1}, validate: {signal: USR1}}"
    yard = build(control, FOREIGN, "deaf", "OUT")
    yard.give("checkpoint", "c")
    yard.give("validate", "v")
    t, m = clock.wall() + 0.01, clock.since_boot() + 0.01
    yard.memory.apply(Saved(t, m, 70, "out/model.pt", source=Source.PARSED))
    yard.memory.apply(Evaluated(t, m, 71, "validation", {"loss": 0.5}, source=Source.PARSED))
    yard.ticks(lambda: yard.ended("c") and yard.ended("v"))
    saved, validated = yard.ended("c"), yard.ended("v")
    assert saved is not None
    assert validated is not None
    assert (saved.step, saved.detail) == (70, "seen in its output: checkpoint out/model.pt")
    assert (validated.step, validated.values) == (71, {"loss": 0.5})


def test_a_trainer_that_ignores_the_signal_is_unseen_with_the_truth(build: Build) -> None:
    yard = build("{checkpoint: {signal: USR1, within: 1s}}", FOREIGN, "deaf", "OUT")
    end = yard.end_of("checkpoint")
    assert yard.outcomes() == [Outcome.QUEUED, Outcome.UNSEEN]
    sent = f"sent SIGUSR1 to rank0 (process {yard.trainer.pid})"
    assert end.detail == f"{sent}; nothing seen in its output for 1 s"
    assert yard.trainer.poll() is None
    assert "unseen" in yard.memory.state.timeline.entries[-1].text


def test_a_signal_nobody_catches_is_not_sent(build: Build) -> None:
    yard = build("{checkpoint: {signal: USR1}}", FOREIGN, "timm", "OUT")
    end = yard.end_of("checkpoint")
    assert end.outcome is Outcome.REJECTED
    assert "has no handler for SIGUSR1, which would only kill it" in (end.detail or "")
    assert yard.trainer.poll() is None


def test_a_process_gone_between_the_look_and_the_signal_is_told(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = build("{checkpoint: {signal: USR1}}", FOREIGN, "signalled", "OUT")
    real = targets.find

    def find(*args: object) -> targets.Targets:
        found = real(*args)  # type: ignore[arg-type]
        yard.trainer.kill()
        yard.trainer.wait()
        return found

    monkeypatch.setattr(targets, "find", find)
    end = yard.end_of("checkpoint")
    assert (end.outcome, end.detail) == (
        Outcome.FAILED,
        "its process ended before the signal could be sent",
    )


def test_a_stranger_with_the_same_pid_gets_no_signal(build: Build) -> None:
    yard = build("{checkpoint: {signal: USR1}}", FOREIGN, "signalled", "OUT")
    real = yard.lifecycle.trainer
    assert real is not None
    with pytest.raises(targets.Unreachable):
        handling._send([identity.Identity(real.boot, real.pid, real.start + 1)], signal.SIGUSR1)
    assert "model is safe now" not in yard.said()


def test_after_a_restart_it_looks_on_and_sends_nothing_again(build: Build) -> None:
    control = "{checkpoint: {signal: USR1, seen: nothing of that, within: 1s}}"
    yard = build(control, FOREIGN, "signalled", "OUT")
    yard.give("checkpoint")
    wait_until(lambda: "model is safe now" in yard.said())
    yard.restart()
    yard.ticks(yard.ended)
    assert yard.outcomes() == [Outcome.QUEUED, Outcome.UNSEEN]
    assert yard.said().count("model is safe now") == 1


def test_the_intent_is_committed_before_the_signal(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = build(SEEN, FOREIGN, "signalled", "OUT")
    full: list[bool] = [True]
    monkeypatch.setattr(yard.memory, "commit", lambda: not full[0])
    yard.give("checkpoint")
    for _ in range(20):
        yard.control.tick()
    assert "if the console was not killed just before" in str(yard.memory.kinds(Ordered)[-1].detail)
    assert "model is safe now" not in yard.said()
    full[0] = False
    yard.ticks(yard.ended)
    assert yard.said().count("model is safe now") == 1


def test_what_the_console_itself_writes_into_the_output_is_no_answer(build: Build) -> None:
    control = "{checkpoint: {signal: USR1, seen: saved, within: 1s}}"
    yard = build(control, FOREIGN, "deaf", "OUT")
    yard.give("checkpoint")
    sent = yard.memory.kinds(Ordered)[-1].detail

    def ended() -> object:
        yard.memory.live = [b"\x1eFROZEN: nothing is saved"]
        yard.control.tick()
        return yard.ended()

    wait_until(ended)
    end = yard.ended()
    assert end is not None
    assert (end.outcome, end.detail) == (
        Outcome.UNSEEN,
        f"{sent}; nothing seen in its output for 1 s",
    )


def test_a_waiting_order_keeps_nobody_busy(build: Build) -> None:
    yard = build(SEEN, FOREIGN, "deaf", "OUT")
    yard.give("checkpoint")
    assert yard.memory.state.control.open
    assert not yard.control.busy


def test_the_hook_comes_before_the_handle(build: Build) -> None:
    yard = build(SEEN, FOREIGN, "signalled", "OUT")
    who = identity.of(yard.trainer.pid)
    assert who is not None
    hello = {"k": "hello", "t": 1.0, "m": 1.0, "pid": who.pid, "start": who.start,
             "orders": ["checkpoint"], "gen": 0}  # fmt: skip
    (yard.run_dir / "hook-0-000.jsonl").write_bytes(record.encode(hello))
    yard.memory.apply(Hello(t=1.0, m=1.0, pid=who.pid, orders=("checkpoint",)))
    inbox = fifo.open_rw(yard.run_dir, rundir.INBOX_FIFO)
    try:
        yard.give("checkpoint")
    finally:
        os.close(inbox)
    assert yard.control.hook.delivered("a")
    assert "sent" not in yard.memory.state.control.open["a"].values


def test_a_frozen_trainer_gets_no_order_through_its_handle(build: Build) -> None:
    yard = build(SEEN, FOREIGN, "signalled", "OUT")
    os.kill(yard.trainer.pid, signal.SIGSTOP)
    wait_until(yard.lifecycle.frozen)
    end = yard.end_of("checkpoint")
    assert end.outcome is Outcome.REJECTED
    assert "resume it before checkpoint" in (end.detail or "")


@pytest.mark.parametrize(
    ("control", "cmd", "reason"),
    [
        ("megatron", "checkpoint", "saves on a signal only while it ends: order stop"),
        ("megatron", "validate", "--eval-interval"),
        ("hf-jit", "checkpoint", "saves only while it ends"),
        ("timm", "checkpoint", "at the end of an epoch"),
        ("timm", "validate", "at the end of an epoch"),
        ("hf-jit", "validate", "by its own schedule"),
        ("lightning-slurm", "validate", "needs the hook"),
        ("axolotl", "validate", "by its own schedule"),
        ("{stop: {signal: INT}}", "checkpoint", "needs the hook: console.sdk.Link"),
        ("megatron", "set", "needs the hook"),
    ],
)
def test_what_a_handle_cannot_do_is_rejected_with_the_reason(
    build: Build, control: str, cmd: str, reason: str
) -> None:
    yard = build(control, FOREIGN, "deaf", "OUT")
    end = yard.end_of(cmd)
    assert end.outcome is Outcome.REJECTED
    assert reason in (end.detail or "")


def test_an_order_view_of_a_handle_shows_its_way_and_then_only_its_end(build: Build) -> None:
    yard = build(SEEN, FOREIGN, "signalled", "OUT")
    yard.give("checkpoint")
    view = yard.memory.state.control.open["a"]
    assert set(view.values) == {"exp", "sent", "sent_m", "m", "row", "live"}
    assert (view.detail or "").startswith("sent SIGUSR1 to rank0")
    yard.ticks(yard.ended)
    assert view.values == {}
