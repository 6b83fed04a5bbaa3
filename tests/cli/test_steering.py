"""Values of a real training changed, put back and reloaded from the command line."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from console.backend import client
from console.backend.runs import runs_dir
from console.core import changes
from tests.trainers.test_program import TINY
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.core.state import RunState
    from tests.cli.conftest import Call
    from tests.product import Product

STEERED: dict[str, Any] = TINY | {
    "run": {"command": ["{python}", "-P", "-m", "console.trainers.moe", "--config", "{config}"]},
    "training": TINY["training"] | {"epochs": 1_000_000},
    "optimization": {"learning_rate": 1e-3, "schedule": "constant", "warmup_steps": 1},
}
FAILING = """
import sys, time
from console.sdk import Link
def save(step):
    raise OSError("disk \\x1b]0;owned\\x07full")
rate = [0.5]
link = Link(
    orders={"checkpoint": save},
    settable={"rate": {"value": 0.5, "set": lambda v: rate.__setitem__(0, v)}},
)
for step in range(1, 100000):
    link.log(step=step, loss=1.0, rate_used=rate[0])
    if link.boundary(step):
        break
    time.sleep(0.02)
"""
SAVELESS = FAILING.replace('orders={"checkpoint": save},', "")


@pytest.fixture(scope="module")
def file(house: Product) -> Path:
    """The configuration of the training, which tests edit."""
    return house.home / "steered.yaml"


def write(file: Path, **sections: Any) -> None:
    data = STEERED["program"]["data"] | {"folder": str(file.parent / "data")}
    program = STEERED["program"] | {"data": data}
    file.write_text(yaml.safe_dump(STEERED | {"program": program} | sections))


@pytest.fixture(scope="module")
def training(house: Product, file: Path) -> Path:
    write(file)
    done = house.call("train", "--config", str(file), "--detach", "--json")
    assert done.returncode == 0, done.stderr
    run = Path(json.loads(done.stdout)["dir"])
    house.runs.append(run)
    reached = house.call("wait", run.name, "--until", "step=3", "--timeout", "60")
    assert reached.returncode == 0, reached.stderr
    return run


@pytest.fixture
def run(training: Path, file: Path, call: Call) -> Iterator[str]:
    """The training; whatever a test set is put back, and the file is as it was."""
    yield training.name
    while call("undo", training.name).code == 0:
        pass
    write(file)


@pytest.fixture(scope="module")
def failing(house: Product) -> str:
    """A trainer whose saves fail."""
    return begun(house, FAILING)


@pytest.fixture(scope="module")
def saveless(house: Product) -> str:
    """A trainer that saves nothing by order."""
    return begun(house, SAVELESS)


def begun(house: Product, program: str) -> str:
    run = house.start(sys.executable, "-c", program)
    reached = house.call("wait", run.name, "--until", "step=3", "--timeout", "60")
    assert reached.returncode == 0, reached.stderr
    return run.name


def latest(call: Call, run: str) -> dict[str, Any]:
    found: dict[str, Any] = call("status", run, "--json").json
    return found


def state_of(run: str) -> RunState:
    """The state as its backend has committed it."""
    return client.read_state(runs_dir() / run)


def test_a_value_is_set_after_a_checkpoint_and_undone(call: Call, run: str) -> None:
    said = call("set", run, "weight_decay=0.2", "--json").json
    assert (said["cmd"], said["outcome"]) == ("set", "done")
    assert (said["values"], said["old"]) == ({"weight_decay": 0.2}, {"weight_decay": 0.01})
    assert said["args"] == {"set": {"weight_decay": 0.2}, "checkpoint": True}
    saved = wait_until(lambda: state_of(run).checkpoints.last, 10)
    assert saved.step == said["step"]
    undone = call("undo", run)
    assert undone.code == 0
    assert "weight_decay 0.2 → 0.01" in undone.out
    again = call("undo", run)
    assert (again.code, again.out) == (3, "")
    assert "nothing to undo: what was changed is undone" in again.err


def test_a_set_says_old_and_new_and_the_step(call: Call, run: str) -> None:
    said = call("set", run, "optimization.learning_rate=3e-4", "gradient_clip=0.5")
    assert said.code == 0
    assert said.out.startswith("set done at step ")
    assert said.out.endswith(": learning_rate 0.001 → 3e-4, gradient_clip 1 → 0.5\n")


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("learning_rate=NaN",), 2, "a finite number"),
        (("learning_rate=1e999",), 2, "a finite number"),
        (("learning_rate=-1",), 2, "at least"),
        (("learning_rate=2",), 2, "at most 1"),
        (("learning_rate=fast\x1b[31m",), 2, "a number is expected"),
        (("batch_size=2.5",), 2, "a whole number"),
        (("batch_size=" + "9" * 5000,), 2, "a whole number"),
        (("batch_size=3",), 3, "divides"),
        (("bat\x1b]0;x\x07ch=3",), 3, "no setting of this trainer"),
        (("weight_decay=0.5", "colour=1"), 3, "no setting"),
        (("weight_decay=0.5", "weight_decay=0.6"), 2, "twice"),
        (("weight_decay=0.5", "optimization.weight_decay=0.6"), 2, "twice"),
        (("=3",), 2, "expected key=value"),
        ((), 2, "what is to be set?"),
        (("weight_decay=0.5", "word"), 2, "expected key=value"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    call: Call, run: str, training: Path, words: tuple[str, ...], code: int, reason: str
) -> None:
    saves = latest(call, run)
    said = call("set", run, *words)
    assert (said.code, said.out) == (code, "")
    assert reason in said.err
    assert "\x1b" not in said.err
    assert "nothing to undo" in call("undo", run).err
    assert latest(call, run).get("checkpoints") == saves.get("checkpoints")


def test_a_save_that_fails_changes_nothing_and_says_so(call: Call, failing: str) -> None:
    said = call("set", failing, "rate=0.25")
    assert said.code == 3
    assert "nothing was changed: the checkpoint failed: OSError: disk" in said.err
    assert "\x1b" not in said.err
    assert call("undo", failing).code == 3
    done = call("set", failing, "rate=0.25", "--no-checkpoint", "--json").json
    assert (done["outcome"], done["old"]) == ("done", {"rate": 0.5})


def test_without_saves_a_set_asks_to_be_told_so(call: Call, saveless: str) -> None:
    said = call("set", saveless, "rate=0.25")
    assert said.code == 3
    assert "--no-checkpoint" in said.err
    assert call("set", saveless, "rate=0.25", "--no-checkpoint").code == 0


def test_a_trainer_that_lets_nothing_be_set_says_so(call: Call, alive: Path) -> None:
    for words in (("set", alive.name, "rate=1"), ("undo", alive.name)):
        said = call(*words)
        assert said.code == 3
        assert "does not offer set" in said.err


def test_a_change_is_in_the_timeline_with_who_and_old_and_new(call: Call, run: str) -> None:
    call("set", run, "weight_decay=0.2", "--no-checkpoint")
    call("undo", run)

    def told() -> list[str]:
        entries = state_of(run).timeline.entries
        return [entry.text for entry in entries if entry.mark == "change" and entry.by]

    wait_until(lambda: told()[-1:] == ["undone: weight_decay 0.2 → 0.01"], 10)
    assert told()[-2] == "weight_decay 0.01 → 0.2"
    state = state_of(run)
    assert [one.outcome for one in state.control.changes[-2:]] == ["done", "done"]
    assert state.control.settable["weight_decay"]["value"] == 0.01
    assert changes.undoable(state) is None


def test_reload_applies_what_applies_now_and_tells_the_rest(
    call: Call, run: str, file: Path
) -> None:
    assert "says what this run began with" in call("reload", run, "--diff").out
    training = STEERED["training"] | {"batch_size": 2, "gradient_accumulation": 4, "seed": 7}
    write(
        file,
        training=training,
        optimization=STEERED["optimization"] | {"learning_rate": 5e-4, "weight_decay": 99.0},
    )
    found = call("reload", run, "--diff", "--json").json
    when = {one["path"]: one["when"] for one in found["differences"]}
    assert when == {
        "training.batch_size": "applies now",
        "training.gradient_accumulation": "needs restart",
        "training.seed": "needs restart",
        "optimization.learning_rate": "applies now",
        "optimization.weight_decay": "refused",
    }
    said = call("reload", run)
    assert said.code == 0
    assert "training.seed" in said.out
    assert "refused: at most 1" in said.out
    assert "batch_size 4 → 2" in said.out
    again = {one["path"]: one["when"] for one in call("reload", run, "--json").json["differences"]}
    assert again["optimization.learning_rate"] == "in use already"
    assert call("undo", run).code == 0
    assert latest(call, run)["last_order"]["args"]["set"] == {
        "batch_size": 4,
        "learning_rate": 1e-3,
    }


def test_a_broken_file_names_the_place_and_changes_nothing(
    call: Call, run: str, file: Path
) -> None:
    file.write_text("optimization:\n  learning_rate: fast\x1b\n")
    said = call("reload", run)
    assert (said.code, said.out) == (2, "")
    assert "steered.yaml:2:" in said.err
    assert "\x1b" not in said.err
    file.unlink()
    assert call("reload", run).code == 2


def test_a_run_without_a_file_has_nothing_to_reload(call: Call, ended: Path) -> None:
    assert call("set", ended.name, "x=1").code == 3


def test_two_at_once_and_the_second_undo_is_refused_by_the_trainer(call: Call, run: str) -> None:
    """What was read before somebody else changed it must not be put back over theirs."""
    first = call("set", run, "weight_decay=0.2", "--no-checkpoint", "--json").json
    call("set", run, "weight_decay=0.3", "--no-checkpoint")
    stale = {"set": first["old"], "undo": first["id"]}
    view = asyncio.run(client.ask(runs_dir() / run, "set", stale, 60))
    assert view.outcome == "rejected"
    assert "changed again since" in (view.detail or "")
    assert "weight_decay 0.3 → 0.2" in call("undo", run).out
    assert "weight_decay 0.2 → 0.01" in call("undo", run).out
