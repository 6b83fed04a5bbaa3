"""Screens on real runs: their end is nobody's end, and what one orders the others see."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from console.keeper import rundir
from tests.faults.test_trainer import STEPS, started
from tests.product import Product, end, ours, read_json, trainer_pid
from tests.programs import able
from tests.test_survival import kill_all
from tests.waiting import wait_until

LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"
F2 = b"\x1bOQ"


def step(here: Product, run: Path) -> int:
    return int(here.json("status", run.name)["step"])


def test_fault_05_sigterm_gives_the_terminal_back_and_the_run_goes_on(here: Product) -> None:
    run = started(here, STEPS, "step=1")
    with here.attach(run) as screen:
        screen.wait_for_text("● TRAINING")
        screen.signal(signal.SIGTERM)
        assert screen.wait() == 128 + signal.SIGTERM
        assert LEFT_ALTERNATE_SCREEN in screen.output()
    before = step(here, run)
    wait_until(lambda: step(here, run) > before, what="another step")
    assert here.json("status", run.name)["status"] == "training"


def test_fault_31_what_one_screen_orders_the_other_shows(here: Product) -> None:
    run = started(here, STEPS, "step=1")
    with here.attach(run) as one, here.attach(run) as other:
        for screen in (one, other):
            screen.wait_for_text("● TRAINING")
        seen = len(other.chunks)
        one.send(F2)
        other.wait_for(b"PAUSED", 5, seen)
        one.wait_for_text("PAUSED", 5)
        assert here.json("status", run.name)["status"] == "paused"
        other.send(F2)
        one.wait_for_text("● TRAINING", 5)
        other.wait_for_text("● TRAINING", 5)
        assert here.json("status", run.name)["status"] == "training"


def test_fault_08_a_run_that_a_reboot_ended_says_so_and_can_be_gone_on_with(
    here: Product,
) -> None:
    run = here.start(sys.executable, able.__file__, "0", "0.05")
    assert here.call("wait", run.name, "--until", "step=5", "--timeout", "30").returncode == 0
    saved = here.json("checkpoint", run.name)["step"]
    wait_until(lambda: kill_all(run), 20, what="all of ours dead at once")
    end(run)
    pid = trainer_pid(run)
    wait_until(lambda: not ours(run) and not Path(f"/proc/{pid}").exists())
    facts = read_json(run / rundir.TRAINER_JSON)
    earlier = {**facts["identity"], "boot": "another boot"}
    rundir.write_json(run, rundir.TRAINER_JSON, {**facts, "identity": earlier})
    told = {**read_json(run / rundir.RUN_JSON), "boot": "another boot"}
    rundir.write_json(run, rundir.RUN_JSON, told)
    said = here.json("status", run.name)
    assert (said["status"], said["reason"]) == ("dead", "ended by reboot")
    resumed = here.json("train", "--resume", run.name, "--detach")
    here.runs.append(after := Path(resumed["dir"]))
    until = f"step={saved + 2}"
    assert here.call("wait", after.name, "--until", until, "--timeout", "30").returncode == 0
    assert f"goes on from step {saved}" in here.call("logs", after.name).stdout
