"""A trainer that fails, claims to fail, or ends in numbers: the run says what is so."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from console.backend import journal
from console.keeper import rundir, slot
from tests.product import Product, ours, read_json, trainer_pid
from tests.test_outcomes import STEPS
from tests.torture import figure, times
from tests.waiting import wait_until

SAYS_SO = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB."
FAILS = f"""
class OutOfMemoryError(RuntimeError):
    pass
print("step 1 loss 2.0")
raise OutOfMemoryError({SAYS_SO!r})
"""
LEAVES = """
import os, signal, subprocess, sys, time
print("ready", flush=True)
def leave(*_):
    subprocess.Popen(["sleep", "30"], start_new_session=True)
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(30)
        os._exit(0)
    os.waitpid(child, 0)  # what it leaves is there before it ends
    sys.exit(0)
signal.signal(signal.SIGINT, leave)
time.sleep(600)
"""


def started(here: Product, code: str, until: str = "") -> Path:
    run = here.start(sys.executable, "-c", code)
    if until:
        done = here.call("wait", run.name, "--until", until, "--timeout", "30")
        assert done.returncode == 0, done.stderr
    return run


def ended(here: Product, code: str) -> Path:
    run = started(here, code)
    assert here.call("wait", run.name, "--timeout", "30").returncode == 0
    return run


def test_fault_10_the_screen_of_a_failed_run_shows_its_traceback(here: Product) -> None:
    run = ended(here, "def load(): raise ValueError('no such layer')\nload()")
    with here.attach(run) as screen:
        screen.wait_for_text("ValueError: no such layer")
        screen.wait_for_text("in load")
        screen.wait_for_text("exit code 1")
    last = here.call("logs", run.name, "--tail", "50").stdout
    assert "Traceback (most recent call last)" in last
    assert slot.read(run, rundir.EXIT_JSON)["code"] == 1  # type: ignore[index]


def test_fault_15_out_of_memory_is_an_error_with_its_code_and_the_phrase_alone_is_none(
    here: Product,
) -> None:
    failed = here.json("status", ended(here, FAILS).name)
    assert (failed["status"], failed["exit"]["code"]) == ("error", 1)
    assert "kernel ran out of memory" not in failed["reason"]
    spoken = here.json("status", ended(here, f"print({SAYS_SO!r})").name)
    assert (spoken["status"], spoken["exit"]["code"]) == ("finished", 0)
    assert "memory" not in spoken["reason"]


def test_fault_14_what_a_stopped_trainer_leaves_behind_is_listed(here: Product) -> None:
    run = started(here, LEAVES)
    wait_until(lambda: "ready" in here.call("logs", run.name).stdout, 20, 0.1)
    stopped = here.call("stop", run.name, "--grace", "10", "--timeout", "30")
    assert stopped.returncode == 0, stopped.stderr
    ending = wait_until(lambda: slot.read(run, rundir.EXIT_JSON))
    assert (ending["code"], ending["known"]) == (0, True)
    assert len(ending["leftovers"]) == 2
    alive = [pid for pid in ending["leftovers"] if Path(f"/proc/{pid}").exists()]
    assert alive == ending["leftovers"]
    for pid in alive:
        subprocess.run(["kill", "-9", str(pid)], check=True)


def test_fault_07_a_reused_pid_is_no_reason_not_to_start_and_is_never_signalled(
    here: Product,
) -> None:
    config = str(here.config(sys.executable, "-c", "import time; time.sleep(1)"))
    first = here.json("train", "--config", config, "--detach")
    here.runs.append(run := Path(first["dir"]))
    assert here.call("wait", run.name, "--timeout", "30").returncode == 0
    wait_until(lambda: not ours(run), what="no process of ours")
    for name in (rundir.EXIT_JSON, rundir.FINAL, rundir.METRICS_DB):
        (run / name).unlink(missing_ok=True)
    with subprocess.Popen(["sleep", "600"]) as stranger:
        try:
            facts = read_json(run / rundir.TRAINER_JSON)
            reused = {**facts["identity"], "pid": stranger.pid}
            rundir.write_json(run, rundir.TRAINER_JSON, {**facts, "identity": reused})
            assert here.call("stop", run.name).returncode == 0
            again = here.json("train", "--config", config, "--detach")
            here.runs.append(Path(again["dir"]))
            assert again["run"] != first["run"]
            assert stranger.poll() is None
        finally:
            stranger.kill()


def stop_at_once(here: Product, number: int) -> tuple[Path, int]:
    """Starts a session and stops it, however far its start is."""
    run = here.start(sys.executable, "-c", f"session = {number}\n{STEPS}")
    return run, here.call("stop", run.name, "--timeout", "60").returncode


@pytest.mark.torture
def test_fault_50_many_sessions_stopped_while_others_start_end_exactly_once_each(
    here: Product,
) -> None:
    sessions = times(4, 50)
    with ThreadPoolExecutor(times(4, 8)) as pool:
        done = list(pool.map(lambda number: stop_at_once(here, number), range(sessions)))
    assert [code for _, code in done] == [0] * sessions
    for run, _ in done:
        wait_until((run / rundir.FINAL).exists, 30, what="the final run")
        ends = [item for item in journal.records(run) if item["k"] == "exit"]
        assert len(ends) == 1
        assert here.json("status", run.name)["status"] == "stopped"
    figure("sessions", "started and stopped at once", sessions, 0)


def test_fault_12_a_suspended_trainer_is_never_killed_by_itself(here: Product) -> None:
    run = started(here, STEPS, "step=3")
    pid = trainer_pid(run)
    assert pid is not None
    subprocess.run(["kill", f"-{signal.SIGSTOP}", str(pid)], check=True)
    frozen = here.call("wait", run.name, "--until", "frozen", "--timeout", "10")
    assert frozen.returncode == 0, frozen.stderr
    began = time.monotonic()
    said = here.call("checkpoint", run.name, "--timeout", "0.5")
    assert said.returncode in (3, 4)
    assert time.monotonic() - began < 10
    assert Path(f"/proc/{pid}").exists()
    subprocess.run(["kill", f"-{signal.SIGCONT}", str(pid)], check=True)
    assert here.call("stop", run.name, "--timeout", "30").returncode == 0
