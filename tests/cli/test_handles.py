"""Orders through a handle from the command line: real backends, exit codes, reasons."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_ordering import journal
from tests.programs import foreign
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.cli.conftest import Call
    from tests.product import Product

FOREIGN = str(Path(foreign.__file__))


def started(house: Product, control: str, kind: str, *options: str) -> tuple[Path, Path]:
    """(run, the trainer's folder) of a foreign trainer that is ready."""
    folder = house.home / f"out-{len(house.runs)}"
    folder.mkdir()
    words = (sys.executable, "-u", FOREIGN, kind, str(folder), *options)
    run = house.start(*words, extra=f"control: {control.replace('OUT', str(folder))}\n")
    wait_until(lambda: any(b"ready" in p.read_bytes() for p in run.glob("output.*.log")), 30)
    return run, folder


def test_a_checkpoint_through_a_trigger_file_is_done_when_it_is_there(
    call: Call, house: Product
) -> None:
    run, folder = started(house, "{use: axolotl, output_dir: OUT}", "axolotl")
    said = call("checkpoint", run.name)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("checkpoint done at step ")
    assert f"(seen: {folder}/checkpoint-" in said.out
    told = call("validate", run.name)
    assert (told.code, told.out) == (3, "")
    assert "Axolotl validates only by its own schedule" in told.err
    shown = call("status", run.name)
    assert "handle   axolotl: checkpoint, stop" in shown.out
    handle = call("status", run.name, "--json").json["handle"]
    assert (handle["name"], handle["orders"]) == ("axolotl", ["checkpoint", "stop"])
    stopped = call("stop", run.name)
    assert stopped.code == 0
    assert "its handle (SIGINT to rank0 (process " in stopped.out
    assert (folder / "model.safetensors").exists()
    assert call("status", run.name, "--json").json["status"] == "stopped"
    ends = [one for one in journal(run) if one["k"] == "order" and one["outcome"] == "done"]
    assert {one["cmd"] for one in ends} == {"checkpoint", "stop"}
    assert all(one["by"] for one in ends)


def test_a_text_of_the_output_is_the_answer_to_a_signal(call: Call, house: Product) -> None:
    control = "{checkpoint: {signal: USR1, seen: model is safe}, stop: {signal: TERM}}"
    run, _ = started(house, control, "signalled")
    said = call("checkpoint", run.name, "--json")
    assert (said.code, said.json["outcome"]) == (0, "done")
    assert said.json["detail"] == "seen in its output: model is safe now"
    # It does not catch SIGTERM: that would be no order but the end.
    stopped = call("stop", run.name, "--grace", "5")
    assert stopped.code == 0


def test_what_was_not_seen_is_exit_code_4_with_what_was_done(call: Call, house: Product) -> None:
    run, _ = started(house, "{checkpoint: {signal: USR1, within: 1s}}", "deaf")
    said = call("checkpoint", run.name)
    assert (said.code, said.out) == (4, "")
    assert "checkpoint unseen: sent SIGUSR1 to rank0 (process " in said.err
    assert "nothing seen in its output for 1 s" in said.err
    paused = call("pause", run.name)
    assert paused.code == 0
    assert "frozen by signal: memory and GPUs stay held, nothing is saved" in paused.out
    row = "FROZEN: all processes are stopped by a signal; memory and GPUs stay held"
    wait_until(lambda: row in call("logs", run.name).out, every=0.1, what=row)
    refused = call("checkpoint", run.name)
    assert refused.code == 3
    assert "resume it before checkpoint" in refused.err
    assert call("resume", run.name).code == 0
    assert call("stop", run.name, "--grace", "0.2", "--kill").code == 0


def test_check_names_what_works_and_warns_of_a_missing_option(call: Call, house: Product) -> None:
    config = house.config("torchrun", "pretrain_gpt.py", extra="control: megatron\n")
    said = call("check", str(config))
    assert said.code == 0
    assert "stop: SIGTERM to its ranks" in said.out
    assert "checkpoint: Megatron-LM saves on a signal only while it ends" in said.out
    assert "--exit-signal-handler is not in the command" in said.err
    assert len(call("check", str(config), "--json").json["warnings"]) == 1


def test_a_wrong_handle_is_told_with_its_place(call: Call, house: Product) -> None:
    config = house.config("python", extra="control: axolotel\n")
    said = call("train", "--config", str(config))
    assert said.code == 2
    assert f"{config.name}:3:10: there is no handle 'axolotel'" in said.err
    assert "did you mean axolotl?" in said.err


@pytest.mark.parametrize("verb", ["checkpoint", "validate"])
def test_a_trainer_that_looks_like_a_known_one_gets_the_handle_named(
    call: Call, house: Product, verb: str
) -> None:
    run = house.start(sys.executable, "-u", FOREIGN, "deaf", ".", "--enable-jit-checkpoint")
    said = call(verb, run.name)
    assert said.code == 3
    assert "set `control: hf-jit` (for stop only)" in said.err
    assert "set `control: hf-jit`" in call("status", run.name).out
    assert call("stop", run.name, "--grace", "0.2", "--kill").code == 0
