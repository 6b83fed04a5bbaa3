"""However a trainer ends or hangs, the run says so truthfully within two seconds."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.product import Product, product, trainer_pid
from tests.waiting import wait_until

STEPS = """
import time
from console.sdk import Link
link = Link()
for step in range(1, 100000):
    link.log(step=step, loss=1.0)
    if link.boundary(step):
        break
    time.sleep(0.05)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + (
    "signal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(600)"
)


@pytest.fixture
def here() -> Iterator[Product]:
    with product() as made:
        yield made


def status(here: Product, run: Path) -> dict[str, Any]:
    return here.json("status", run.name)


@pytest.mark.parametrize(
    ("code", "word", "cause"),
    [
        ("print('ok')", "finished", "exit code 0"),
        ("raise ValueError('no such layer')", "error", "exit code 1"),
        ("import os; os.kill(os.getpid(), 9)", "dead", "9 (SIGKILL)"),
        ("import os; os.kill(os.getpid(), 11)", "dead", "11 (SIGSEGV)"),
        ("import sys; sys.exit(137)", "error", "exit code 137"),
    ],
    ids=["exit 0", "traceback", "signal 9", "signal 11", "exit 137"],
)
def test_fault_11_an_end_is_named_truthfully(
    here: Product, code: str, word: str, cause: str
) -> None:
    run = here.start(sys.executable, "-c", code)
    done = here.call("wait", run.name, "--timeout", "30")
    assert done.returncode == 0, done.stderr
    said = status(here, run)
    assert (said["status"], cause in said["reason"]) == (word, True), said["reason"]
    ended = said["exit"]
    assert ended["known"]


def test_fault_10_a_traceback_is_in_the_log_and_in_the_reason(here: Product) -> None:
    run = here.start(sys.executable, "-c", "raise ValueError('no such layer')")
    here.call("wait", run.name, "--timeout", "30")
    assert "ValueError: no such layer" in here.call("logs", run.name).stdout


def test_fault_09_a_program_that_cannot_be_started_is_named(here: Product) -> None:
    run = here.start("/nonexistent/trainer")
    here.call("wait", run.name, "--timeout", "30")
    said = status(here, run)
    assert said["status"] == "error"
    assert "/nonexistent/trainer" in said["reason"]
    assert said["exit"]["code"] == 127


def test_fault_12_a_stopped_trainer_is_frozen_within_two_seconds_and_goes_on(here: Product) -> None:
    run = here.start(sys.executable, "-c", STEPS)
    assert here.call("wait", run.name, "--until", "step=5", "--timeout", "30").returncode == 0
    pid = trainer_pid(run)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    frozen = here.call("wait", run.name, "--until", "frozen", "--timeout", "4")
    assert frozen.returncode == 0, frozen.stderr
    os.kill(pid, signal.SIGCONT)
    going = here.call("wait", run.name, "--until", "training", "--timeout", "4")
    assert going.returncode == 0, going.stderr


def test_fault_13_a_trainer_that_ignores_sigterm_is_asked_about_and_killed_only_on_order(
    here: Product,
) -> None:
    run = here.start(sys.executable, "-c", DEAF)
    wait_until(lambda: "deaf" in here.call("logs", run.name).stdout, 20)
    asked = here.call("stop", run.name, "--grace", "1", "--timeout", "20")
    assert asked.returncode == 1
    assert "--kill" in asked.stderr
    assert Path(f"/proc/{trainer_pid(run)}").exists()
    killed = here.call("stop", run.name, "--kill", "--timeout", "30")
    assert killed.returncode == 0, killed.stderr
    assert status(here, run)["status"] == "stopped"


def test_the_hook_is_obeyed_and_its_answers_name_the_step(here: Product) -> None:
    run = here.start(sys.executable, "-c", STEPS)
    assert here.call("wait", run.name, "--until", "step=3", "--timeout", "30").returncode == 0
    paused = here.json("pause", run.name)
    assert paused["outcome"] == "done"
    assert status(here, run)["status"] == "paused"
    assert status(here, run)["step"] == paused["step"]
    again = here.json("pause", run.name)
    assert again["outcome"] == "done"
    rejected = here.call("checkpoint", run.name)
    assert rejected.returncode == 3
    assert "checkpoint" in rejected.stderr
    assert here.call("resume", run.name).returncode == 0
    stopped = here.call("stop", run.name)
    assert stopped.returncode == 0
    assert status(here, run)["status"] == "stopped"
    after = here.call("resume", run.name)
    assert after.returncode == 3
    assert f"train --resume {run.name}" in after.stderr
