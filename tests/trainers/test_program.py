"""The program itself, started as the console starts it, and steered through its inbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.sdk.conftest import Desk
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

TINY: dict[str, Any] = {
    "run": {"command": ["{python}", "-m", "console.trainers.moe", "--config", "{config}"]},
    "model": {"name": "Tiny", "experts": 4, "active_experts": 2},
    "training": {"batch_size": 4, "gradient_accumulation": 2, "max_length": 32, "epochs": 400},
    "program": {
        "data": {"examples": 45, "split": [0.8, 0.1, 0.1]},
        "width": 16, "query_heads": 4, "key_heads": 2, "expert_width": 8,
    },
}  # fmt: skip
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = tmp_path / "run"
    folder.mkdir()
    os.mkfifo(folder / "inbox.fifo", 0o600)
    desk = Desk(folder)
    yield desk
    desk.close()


@pytest.fixture
def start(tmp_path: Path, desk: Desk) -> Iterator[Start]:
    """start(*arguments, sections…, environment={}) → the program; its output is in out.txt."""
    started = []

    def begin(
        *arguments: str, environment: Mapping[str, str] | None = None, **sections: Any
    ) -> subprocess.Popen[bytes]:
        config = tmp_path / "tiny.yaml"
        config.write_text(yaml.safe_dump(TINY | sections))
        command = [sys.executable, "-m", "console.trainers.moe", "--config", str(config)]
        world = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        world |= {"XDG_CACHE_HOME": str(tmp_path), "GLADIUS_RUN_DIR": str(desk.folder)}
        with (tmp_path / "out.txt").open("ab") as output:
            process = subprocess.Popen(
                [*command, *arguments], env=world | dict(environment or {}), stdout=output,
                stderr=output, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def last_step(desk: Desk) -> int:
    return max((record["step"] for record in desk.records("log")), default=0)


def test_all_orders_are_obeyed_and_the_stop_is_clean(desk: Desk, start: Start) -> None:
    process = start()
    wait_until(lambda: last_step(desk) >= 3, timeout=30)
    [hello] = desk.records("hello")
    orders = ["pause", "resume", "checkpoint", "validate", "stop", "set", "recover"]
    assert hello["orders"] == orders
    assert set(hello["settable"]) >= {"learning_rate", "weight_decay", "gradient_clip"}
    pause = desk.send("pause")
    wait_until(lambda: desk.outcomes(pause)[-1:] == ["done"])
    step = desk.answer(pause)["step"]
    validate, save = desk.send("validate"), desk.send("checkpoint")
    change = desk.send("set", args={"weight_decay": 0.2})
    misfit = desk.send("set", args={"batch_size": 3})
    wait_until(lambda: desk.outcomes(misfit)[-1:] == ["rejected"])
    assert {desk.answer(order)["step"] for order in (validate, save, change)} == {step}
    assert last_step(desk) == step
    assert set(desk.answer(validate)["values"]) == {"loss", "accuracy"}
    assert Path(desk.answer(save)["values"]["path"]).exists()
    desk.send("resume")
    wait_until(lambda: last_step(desk) > step)
    assert desk.records("log")[-1]["values"]["weight_decay"] == 0.2
    stop = desk.send("stop")
    assert process.wait(timeout=30) == 0
    assert desk.outcomes(stop) == ["received", "done"]
    assert desk.records("bye")[0]["reason"] == "stopped"


def test_a_resume_from_the_environment_goes_on_where_it_was(
    desk: Desk, start: Start, tmp_path: Path
) -> None:
    process = start(training=TINY["training"] | {"steps": 30})
    assert process.wait(timeout=60) == 0
    assert desk.records("bye")[0]["reason"] == "finished"
    folder = desk.folder / "checkpoints"
    process = start(environment={"GLADIUS_RESUME": str(folder)})
    wait_until(lambda: desk.records("hello")[-1]["gen"] == 1 and last_step(desk) > 33, timeout=30)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    resumed = [record["step"] for record in desk.records("log") if record["step"] > 30]
    assert resumed[0] == 31
    assert "(step 30)" in (tmp_path / "out.txt").read_text()


def test_a_damaged_checkpoint_is_refused_with_its_name(
    desk: Desk, start: Start, tmp_path: Path
) -> None:
    assert start(training=TINY["training"] | {"steps": 2}).wait(timeout=60) == 0
    [file] = (desk.folder / "checkpoints").glob("*.npz")
    file.write_bytes(file.read_bytes()[:-1])
    assert start("--resume", str(file)).wait(timeout=60) == 2
    assert f"[ERROR] {file} is damaged" in (tmp_path / "out.txt").read_text()


def test_an_interrupt_saves_and_ends_with_zero(desk: Desk, start: Start) -> None:
    process = start()
    wait_until(lambda: last_step(desk) >= 2, timeout=30)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert desk.records("save")[-1]["step"] == desk.records("bye")[0]["step"]


def test_a_wrong_configuration_is_named_and_ends_with_two(start: Start, tmp_path: Path) -> None:
    assert start(training={"batchsize": 1}).wait(timeout=60) == 2
    assert "tiny.yaml" in (tmp_path / "out.txt").read_text()
