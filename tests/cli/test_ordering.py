"""Orders wait for the trainer's answer, say at which step, and end in the right exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.keeper.record import decode
from tests.cli.conftest import ABLE, Call, forge
from tests.product import Product, end
from tests.waiting import wait_until

FAILING = """
import sys, time
from console.sdk import Link
def save(step):
    raise OSError("disk \\x1b]0;owned\\x07full")
link = Link(orders={"checkpoint": save})
for step in range(1, 100000):
    link.log(step=step, loss=1.0)
    if link.boundary(step):
        break
    time.sleep(0.05)
"""
BUSY = """
import time
from console.sdk import Link
link = Link()
for step in range(1, 4):
    link.log(step=step, loss=1.0)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def failing(house: Product) -> Path:
    """A run whose saves fail."""
    run = house.start(sys.executable, "-c", FAILING)
    assert house.call("wait", run.name, "--until", "step=3", "--timeout", "60").returncode == 0
    return run


@pytest.fixture
def going(call: Call, alive: Path) -> Iterator[Path]:
    """The run of this module, at work; whatever a test does, the next one finds it so again."""
    yield alive
    call("resume", alive.name)


def journal(run: Path) -> list[dict[str, Any]]:
    lines = b"".join(path.read_bytes() for path in sorted(run.glob("journal-*.jsonl")))
    return [record for line in lines.splitlines(keepends=True) if (record := decode(line))]


def test_each_order_names_the_step_at_which_it_took_effect(call: Call, going: Path) -> None:
    paused = call("pause", going.name, "--json").json
    assert (paused["cmd"], paused["outcome"]) == ("pause", "done")
    state = call("status", going.name, "--json").json
    assert (state["status"], state["step"]) == ("paused", paused["step"])
    assert state["last_order"]["id"] == paused["id"]
    resumed = call("resume", going.name)
    assert resumed.code == 0
    assert resumed.out.startswith(f"resume done at step {paused['step']:,}")
    saved = call("checkpoint", going.name, "--json").json
    assert Path(saved["detail"]).name == f"step-{saved['step']}.ckpt"
    assert saved["step"] > paused["step"]


def test_validate_prints_loss_and_accuracy(call: Call, going: Path) -> None:
    said = call("validate", going.name)
    assert said.code == 0
    assert "loss 2.5000" in said.out
    assert "accuracy 75.0 %" in said.out
    assert call("validate", going.name, "--json").json["values"] == {"loss": 2.5, "accuracy": 0.75}


def test_what_is_so_already_is_done(call: Call, going: Path) -> None:
    assert call("pause", going.name).code == 0
    again = call("pause", going.name)
    assert (again.code, again.out) == (0, "pause done (already paused)\n")
    assert call("resume", going.name).code == 0
    assert call("resume", going.name).code == 0


def test_a_pause_saves_before_unless_told_not_to(call: Call, going: Path) -> None:
    kept = set(going.glob("*.ckpt"))
    call("pause", going.name, "--no-checkpoint")
    assert set(going.glob("*.ckpt")) == kept
    call("resume", going.name)
    call("pause", going.name)
    assert set(going.glob("*.ckpt")) > kept


@pytest.mark.parametrize("word", ["pause", "resume", "checkpoint", "validate"])
def test_a_word_in_the_control_fifo_does_the_same(call: Call, going: Path, word: str) -> None:
    if word == "resume":
        call("pause", going.name)
    control = Path(call("status", going.name, "--json").json["control"])
    with control.open("w") as fifo:
        fifo.write(f"{word}\n")

    def answer() -> dict[str, Any] | None:
        last = call("status", going.name, "--json").json["last_order"] or {}
        mine = last.get("cmd") == word and last.get("by") == "control.fifo"
        return last if mine and last.get("outcome") == "done" else None

    last = wait_until(answer, 10)
    assert last["step"] is not None
    assert [r for r in journal(going) if r.get("id") == last["id"] and r["k"] == "order"]


def test_an_order_that_fails_is_1_with_the_trainers_words_made_safe(
    call: Call, failing: Path
) -> None:
    said = call("checkpoint", failing.name)
    assert (said.code, said.out) == (1, "")
    assert said.err == "gladius-console: checkpoint failed: OSError: disk full\n"
    told = call("checkpoint", failing.name, "--json")
    assert (told.code, told.json["outcome"]) == (1, "failed")
    assert "\x1b" not in told.out


def test_what_a_trainer_cannot_do_is_3_with_the_reason(call: Call, failing: Path) -> None:
    said = call("validate", failing.name)
    assert (said.code, said.out) == (3, "")
    assert "does not offer validate" in said.err
    assert call("validate", failing.name, "--json").json["outcome"] == "rejected"


def test_fault_12_a_trainer_that_does_not_answer_is_4_and_its_state_is_told(
    call: Call, house: Product
) -> None:
    run = house.start(sys.executable, "-c", BUSY)
    assert call("wait", run.name, "--until", "step=3", "--timeout", "30").code == 0
    for verb in ("pause", "stop"):
        said = call(verb, run.name, "--timeout", "0.5")
        assert (said.code, said.out) == (4, "")
        assert f"no answer to {verb} within 0.5 s" in said.err
        assert "its last step was" in said.err
        assert f"gladius-console status {run.name}" in said.err
    end(run)


def test_with_two_runs_alive_an_order_without_a_run_is_2_with_the_list(
    call: Call, alive: Path, house: Product
) -> None:
    other = house.start(*ABLE, "0", "0.05", "other")
    said = call("pause")
    assert (said.code, said.out) == (2, "")
    assert alive.name in said.err
    assert other.name in said.err
    assert call("stop", other.name).code == 0


def test_a_stop_gives_the_trainer_the_configured_time_and_ends_with_a_checkpoint(
    call: Call, house: Product
) -> None:
    run = house.start(*ABLE, "0", "0.05", "again", extra="  stop_timeout: 45s\n")
    assert call("wait", run.name, "--until", "step=2", "--timeout", "30").code == 0
    said = call("stop", run.name, "--json").json
    assert (said["outcome"], said["args"]) == ("done", {"timeout": 45.0})
    assert (run / f"step-{said['step']}.ckpt").exists()
    assert call("status", run.name, "--json").json["status"] == "stopped"
    again = call("stop", run.name)
    assert (again.code, again.out) == (0, "stop done (had ended already)\n")
    with (run / "exit.json").open() as file:
        assert '"code":0' in file.read().replace(" ", "")


@pytest.mark.parametrize("verb", ["resume", "pause", "checkpoint", "validate"])
def test_an_ended_run_rejects_orders_and_says_how_to_go_on(
    call: Call, ended: Path, verb: str
) -> None:
    said = call(verb, ended.name)
    assert (said.code, said.out) == (3, "")
    assert f"gladius-console train --resume {ended.name}" in said.err
    told = call(verb, ended.name, "--json")
    assert (told.code, told.json["outcome"], told.err) == (3, "rejected", said.err)


def test_fault_08_a_run_of_another_host_is_read_only_and_its_host_is_named(
    call: Call, house: Product
) -> None:
    run = forge(house.home, "20200101-000000-abcd", machine="another", host="train\x1b[31mbox")
    (run / "exit.json").unlink()
    for verb in ("pause", "stop", "resume"):
        said = call(verb, run.name)
        assert (said.code, said.out) == (3, "")
        assert f"ssh trainbox gladius-console attach {run.name}" in said.err
    shown = call("status", run.name)
    assert shown.code == 0
    assert "trainbox: ssh trainbox" in shown.out
    assert "\x1b" not in shown.out
    assert call("status", run.name, "--json").json["backend"] is False
    assert sorted(path.name for path in run.iterdir()) == ["executed", "final", "run.json"]


def test_fault_07_a_stop_never_signals_a_stranger_who_got_the_pid(
    call: Call, house: Product
) -> None:
    run = forge(house.home, "20200102-000000-abcd")
    (run / "exit.json").unlink()
    (run / "final").unlink()
    boot = json.loads((run / "run.json").read_text())["boot"]
    stranger = {"boot": boot, "pid": os.getpid(), "start": 1}
    (run / "trainer.json").write_text(json.dumps({"identity": stranger, "pgid": os.getpgrp()}))
    said = call("stop", run.name)
    assert (said.code, said.out) == (0, "stop done (had ended already)\n")
