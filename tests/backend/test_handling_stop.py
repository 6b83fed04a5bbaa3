"""Stops through a handle, and runs of several processes, with real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.core.protocol import (
    Ordered,
    Outcome,
    StopStage,
)
from tests.backend.yard import FOREIGN, TORCHRUN, Build, Yard, yards


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    yield from yards(tmp_path)


# --- stopping ---------------------------------------------------------------------------------


def test_hf_jit_stop_is_sigterm_and_saves(build: Build) -> None:
    yard = build("hf-jit", FOREIGN, "jit", "OUT")
    yard.give("stop")
    yard.ticks(yard.gone)
    assert yard.trainer.returncode == 0
    assert list(yard.out.glob("checkpoint-*/trainer_state.json"))
    assert [stage.stage for stage in yard.memory.kinds(StopStage)] == ["handle"]


def test_megatron_stop_is_sigterm_with_its_option(build: Build) -> None:
    yard = build("megatron", FOREIGN, "megatron", "OUT", "--exit-signal-handler")
    yard.give("stop")
    yard.ticks(yard.gone)
    assert yard.trainer.returncode == 0
    assert yard.marks("saved") == {"saved-alone"}


def test_megatron_without_its_option_goes_down_the_ladder_and_says_why(build: Build) -> None:
    yard = build("megatron", FOREIGN, "megatron", "OUT")
    yard.give("stop", args={"grace": 1})
    told = [event.detail or "" for event in yard.memory.kinds(Ordered)]
    assert "was started without --exit-signal-handler" in told[-1]
    assert "SIGINT and SIGTERM instead" in told[-1]
    yard.ticks(yard.gone)
    assert yard.memory.kinds(StopStage)[0].stage == "SIGINT"


def test_timm_stop_is_sigint_and_ends_cleanly(build: Build) -> None:
    yard = build("timm", FOREIGN, "timm", "OUT")
    yard.give("stop")
    yard.ticks(yard.gone)
    assert yard.trainer.returncode == 0
    assert "*** Best metric: 71.2 (epoch 3)" in yard.said()
    assert [stage.stage for stage in yard.memory.kinds(StopStage)] == ["handle"]


@pytest.mark.parametrize(
    ("control", "stages"),
    [
        ("timm", ["handle", "SIGTERM", "ask"]),
        ("hf-jit", ["handle", "SIGINT", "SIGTERM", "ask"]),
        ("{stop: {touch: OUT/stop.now}}", ["handle", "SIGINT", "SIGTERM", "ask"]),
    ],
)
def test_a_stop_that_is_ignored_goes_on_down_the_ladder(
    build: Build, control: str, stages: list[str]
) -> None:
    yard = build(control, FOREIGN, "deaf", "OUT")
    end = yard.end_of("stop", args={"grace": 0.2})
    assert end.outcome is Outcome.FAILED
    assert [stage.stage for stage in yard.memory.kinds(StopStage)] == stages
    assert yard.trainer.poll() is None


def test_a_stop_without_saving_leaves_the_handle_out(build: Build) -> None:
    yard = build("{stop: {touch: OUT/stop.now}}", FOREIGN, "deaf", "OUT")
    yard.give("stop", args={"checkpoint": False, "grace": 0.1})
    assert [stage.stage for stage in yard.memory.kinds(StopStage)] == ["SIGINT"]
    assert not (yard.out / "stop.now").exists()


def test_a_new_backend_goes_on_after_the_handles_rung_and_does_not_send_it_again(
    build: Build,
) -> None:
    yard = build("{stop: {touch: OUT/stop.now}}", FOREIGN, "deaf", "OUT")
    yard.give("stop", args={"grace": 0.3})
    (yard.out / "stop.now").unlink()
    yard.restart()
    yard.ticks(yard.ended)
    stages = [stage.stage for stage in yard.memory.kinds(StopStage)]
    assert stages == ["handle", "SIGINT", "SIGTERM", "ask"]
    assert not (yard.out / "stop.now").exists()


# --- several processes ------------------------------------------------------------------------


def torchrun(build: Build, control: str, kind: str = "rank", **env: str) -> Yard:
    """Two ranks in sessions of their own, below a launcher."""
    words = (TORCHRUN, "2", FOREIGN, kind, "OUT", "--exit-signal-handler")
    return build(control, *words, ranks=2, **env)


def test_megatron_under_torchrun_its_ranks_are_signalled_and_not_the_launcher(
    build: Build,
) -> None:
    yard = torchrun(build, "megatron")
    yard.give("stop")
    yard.ticks(yard.gone)
    assert yard.trainer.returncode == 0
    assert yard.marks("term") == {"term-0", "term-1"}


def test_lightning_stop_is_sigterm_to_its_ranks(build: Build) -> None:
    yard = torchrun(build, "lightning-slurm")
    yard.give("stop")
    yard.ticks(yard.gone)
    assert yard.trainer.returncode == 0
    assert yard.marks("term") == {"term-0", "term-1"}


@pytest.mark.parametrize(("to", "marks"), [("rank0", {"usr1-0"}), ("ranks", {"usr1-0", "usr1-1"})])
def test_signals_reach_the_ranks_that_are_meant_and_no_data_loader(
    build: Build, to: str, marks: set[str]
) -> None:
    yard = torchrun(build, f"{{checkpoint: {{signal: USR1, to: {to}, within: 1s}}}}")
    members = len(yard.lifecycle.members())
    yard.end_of("checkpoint")
    assert yard.marks("usr1") == marks
    assert len(yard.lifecycle.members()) == members == 5


def test_a_launcher_without_a_handler_for_the_signal_is_not_killed_by_it(build: Build) -> None:
    yard = torchrun(build, "{checkpoint: {signal: USR1, to: trainer}}")
    end = yard.end_of("checkpoint")
    assert end.outcome is Outcome.REJECTED
    assert f"process {yard.trainer.pid} has no handler" in (end.detail or "")


def test_lightning_under_slurm_saves_and_requeues(build: Build) -> None:
    yard = build("lightning-slurm", FOREIGN, "lightning", "OUT", SLURM_JOB_ID="7")
    end = yard.end_of("checkpoint")
    assert yard.outcomes() == [Outcome.QUEUED, Outcome.RECEIVED, Outcome.DONE]
    assert end.detail == "seen in its output: Requeued SLURM job: 7"
    assert yard.marks("hpc") == {"hpc-alone"}


def test_lightning_without_slurm_is_refused(build: Build) -> None:
    yard = build("lightning-slurm", FOREIGN, "lightning", "OUT", SLURM_JOB_ID="")
    end = yard.end_of("checkpoint")
    assert end.outcome is Outcome.REJECTED
    assert "does not run in a job of Slurm" in (end.detail or "")


def test_lightning_with_ranks_on_other_machines_names_the_command(build: Build) -> None:
    env = {"SLURM_JOB_ID": "7", "SLURM_PROCID": "0", "SLURM_NTASKS": "4"}
    yard = build("lightning-slurm", FOREIGN, "lightning", "OUT", **env)
    end = yard.end_of("checkpoint")
    assert end.outcome is Outcome.REJECTED
    assert "1 of 4 ranks are on this machine" in (end.detail or "")
    assert "scancel --signal=USR1 7" in (end.detail or "")
    assert not yard.marks("hpc")


def test_a_pause_of_several_processes_warns_of_the_watchdog(build: Build) -> None:
    yard = torchrun(build, "megatron")
    yard.memory.state.run.command = ("torchrun", "train.py")
    end = yard.end_of("pause")
    assert end.outcome is Outcome.DONE
    assert "frozen by signal" in (end.detail or "")
    assert "NCCL gives a waiting collective up after 10 min" in (end.detail or "")
    assert yard.lifecycle.frozen()


def test_a_pause_of_one_process_does_not(build: Build) -> None:
    yard = build("timm", FOREIGN, "timm", "OUT")
    end = yard.end_of("pause")
    assert "frozen by signal" in (end.detail or "")
    assert "NCCL" not in (end.detail or "")
