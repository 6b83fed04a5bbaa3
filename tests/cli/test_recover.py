"""After a failure: a held step is tried again, a dead run goes on in a new one."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.cli.exits import Failure
from console.cli.house import connect
from console.cli.recover import values
from tests.cli.conftest import ABLE, Call
from tests.product import Product, trainer_pid

MOE = (sys.executable, "-P", "-m", "console.trainers.moe", "--config", "{config}")
STEPS = 12
SECTIONS = """\
model: {{name: Tiny, experts: 4, active_experts: 2}}
training: {{batch_size: 4, gradient_accumulation: 2, max_length: 32, steps: {steps}, epochs: 400}}
checkpointing: {{interval_steps: 3, validation_interval_steps: 3}}
program:
  data: {{examples: 45, split: [0.8, 0.1, 0.1], folder: {folder}}}
  width: 16
  query_heads: 4
  key_heads: 2
  expert_width: 8
  fault: oom@step={step}
"""
PHRASE = """
import sys
print("RuntimeError: CUDA out of memory", flush=True)
sys.exit(1)
"""
UNCAUGHT = """
def step():
    raise MemoryError("no room")
step()
"""


@pytest.fixture
def hold(house: Product, call: Call, tmp_path: Path) -> Callable[[int], Path]:
    """A run of the built-in trainer whose memory runs out at a step, and waits there."""

    def begin(step: int) -> Path:
        extra = SECTIONS.format(steps=STEPS, step=step, folder=tmp_path / "cache")
        run = house.start(*MOE, extra=extra)
        said = call("wait", run.name, "--until", "error", "--timeout", "60")
        assert said.code == 0, said.err
        return run

    return begin


def test_fault_15_out_of_memory_adjust_recover_finished(
    call: Call, hold: Callable[[int], Path]
) -> None:
    run = hold(5)
    state = call("status", run.name, "--json").json
    assert (state["status"], state["step"]) == ("error", 4)
    assert "MemoryError: no room for a batch of 4" in state["reason"]
    failure = state["failure"]
    assert (failure["kind"], failure["held"]) == ("oom", True)
    assert failure["suggestions"][0].startswith("Reduce the batch size (now 4): 2 with")
    assert state["exit"] is None
    shown = call("status", run.name).out
    assert "advice   Reduce the batch size (now 4): 2 with" in shown
    assert f"recover  gladius-console recover {run.name}" in shown
    assert call("pause", run.name).code == 3
    assert call("recover", run.name, "--set", "batch_size=3").code == 3
    said = call("recover", run.name, "--set", "training.batch_size=2", "--json")
    assert (said.code, said.json["outcome"], said.json["step"]) == (0, "done", 5)
    assert said.json["values"] == {"batch_size": 2}
    assert call("wait", run.name, "--until", "finished", "--timeout", "60").code == 0
    ended = call("status", run.name, "--json").json
    assert (ended["step"], ended["exit"]["code"], ended["failure"]) == (STEPS, 0, None)
    log = call("logs", run.name).out
    assert "MemoryError: no room for a batch of 4 (program.fault)" in log
    assert "RECOVERED at step 5 by " in log


def test_from_the_checkpoint_the_trainer_goes_back_by_itself(
    call: Call, hold: Callable[[int], Path]
) -> None:
    run = hold(6)
    said = call("recover", run.name, "--from-checkpoint", "--set", "batch_size=1", "--json")
    assert (said.code, said.json["values"]) == (0, {"step": 3})
    assert call("wait", run.name, "--until", "finished", "--timeout", "60").code == 0
    assert call("status", run.name, "--json").json["step"] == STEPS


def test_a_held_run_is_stopped_with_the_error_it_had(
    call: Call, hold: Callable[[int], Path]
) -> None:
    run = hold(2)
    said = call("stop", run.name, "--json")
    assert (said.code, said.json["outcome"]) == (0, "done")
    state = call("status", run.name, "--json").json
    assert (state["status"], state["exit"]["code"]) == ("stopped", 1)


def kill(run: Path) -> None:
    pid = trainer_pid(run)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def killed(house: Product, call: Call) -> tuple[Path, list[Path]]:
    """A run that was killed after two checkpoints, and those, the newest last."""
    run = house.start(*ABLE, "0", "0.02", "killed")
    saved: list[Path] = []
    for _ in range(2):
        assert call("wait", run.name, "--until", "step=2", "--timeout", "30").code == 0
        saved.append(Path(call("checkpoint", run.name, "--json").json["detail"]))
        step = call("status", run.name, "--json").json["step"]
        call("wait", run.name, "--until", f"step={step + 2}", "--timeout", "30")
    kill(run)
    assert call("wait", run.name, "--until", "dead", "--timeout", "30").code == 0
    return run, saved


def goes_on(house: Product, call: Call, run: Path, *words: str) -> dict[str, Any]:
    said = call("recover", run.name, *words, "--json")
    assert said.code == 0, said.err
    made: dict[str, Any] = said.json
    house.runs.append(Path(made["dir"]))
    assert made["parent"] == run.name
    told: dict[str, Any] = json.loads((Path(made["dir"]) / "run.json").read_text())["parent"]
    assert call("wait", made["run"], "--until", "step=1", "--timeout", "30").code == 0
    assert call("stop", made["run"]).code == 0
    return told


def test_fault_11_a_killed_run_goes_on_in_a_new_one_from_its_last_checkpoint(
    house: Product, call: Call, killed: tuple[Path, list[Path]]
) -> None:
    run, saved = killed
    failure = call("status", run.name, "--json").json["failure"]
    assert failure["kind"] == "killed"
    assert "signal 9 (SIGKILL)" in failure["cause"]
    told = goes_on(house, call, run)
    assert told["checkpoint"] == str(saved[-1])
    assert told["run"] == run.name


def test_a_checkpoint_that_is_not_whole_is_left_out(
    house: Product, call: Call, killed: tuple[Path, list[Path]]
) -> None:
    run, saved = killed
    saved[-1].write_text("{")
    assert goes_on(house, call, run)["checkpoint"] == str(saved[0])
    saved[0].unlink()
    said = call("recover", run.name)
    assert said.code == 3
    assert "is whole" in said.err


def test_the_screen_starts_the_same_run_and_exports_the_error(
    house: Product, call: Call, killed: tuple[Path, list[Path]]
) -> None:
    run, saved = killed
    session = connect(run)
    assert session.recover is not None
    assert session.export_error is not None
    recover = session.recover

    async def start() -> str:
        return await recover()

    new = run.parent / asyncio.run(start())
    house.runs.append(new)
    assert json.loads((new / "run.json").read_text())["parent"]["checkpoint"] == str(saved[-1])
    assert call("stop", new.name).code == 0
    told = session.export_error(
        "\x1b[31mMemoryError\x1b[0m: api_key=sk-0123456789abcdef0123456789\n"
    )
    written = Path(told.removeprefix("the error log is in "))
    assert written.read_text().startswith("MemoryError: ")
    assert "0123456789abcdef" not in written.read_text()
    assert written.stat().st_mode & 0o777 == 0o600
    session.close()
    watching = connect(run, read_only=True)
    assert watching.recover is None
    watching.close()


@pytest.mark.parametrize(("program", "kind"), [(PHRASE, "exit"), (UNCAUGHT, "oom")])
def test_fault_10_status_believes_a_traceback_and_no_phrase(
    house: Product, call: Call, program: str, kind: str
) -> None:
    run = house.start(sys.executable, "-c", program)
    assert call("wait", run.name, "--until", "error", "--timeout", "30").code == 0
    assert call("status", run.name, "--json").json["failure"]["kind"] == kind
    said = call("recover", run.name)
    assert said.code == 3
    assert "saved no checkpoint" in said.err


def test_what_has_not_failed_is_not_recovered(call: Call, alive: Path, ended: Path) -> None:
    said = call("recover", alive.name)
    assert said.code == 3
    assert "nothing to recover from: the run is training" in said.err
    said = call("recover", ended.name)
    assert said.code == 3
    assert f"gladius-console train --resume {ended.name}" in said.err


SETTABLE: dict[str, dict[str, Any]] = {
    "batch_size": {"type": "int"},
    "rate": {"type": "float"},
    "a.b": {"type": "bool"},
    "name": {"type": "str"},
}


def test_values_get_the_types_that_were_declared() -> None:
    given = ["training.batch_size=4", "rate=1e-4", "a.b=true", "x.name=5"]
    expected = {"batch_size": 4, "rate": 1e-4, "a.b": True, "name": "5"}
    assert values(given, SETTABLE) == expected


@pytest.mark.parametrize(
    ("given", "code"),
    [("batch_size", 2), ("batch_size=4.5", 2), ("a.b=1", 2), ("=4", 2), ("width=4", 3)],
)
def test_values_that_do_not_fit_are_refused(given: str, code: int) -> None:
    with pytest.raises(Failure) as refused:
        values([given], SETTABLE)
    assert refused.value.code == code
