"""The Qwen3-MoE of transformers through the whole product, in one process and in two."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.core.config import load
from tests.hf.needed import needs
from tests.product import Product, product, read_json, trainer_pid
from tests.waiting import wait_until

pytestmark = [*needs("torch", "transformers", "accelerate"), pytest.mark.timeout(300)]

PRESET = Path(__file__).parents[2] / "configs" / "qwen3_moe_hf.yaml"
TINY = {
    "program.data.examples": 400, "program.width": 32, "program.expert_width": 16,
    "training.max_length": 32, "program.logging_steps": 1, "program.experts_seconds": 0.1,
    "checkpointing.validation_interval_steps": 100_000, "optimization.warmup_steps": 2,
}  # fmt: skip
TORCHRUN = [
    "{python}", "-P", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
    "-m", "console.trainers.hf_moe", "--config", "{config}",
]  # fmt: skip


@pytest.fixture
def made() -> Iterator[Product]:
    with product() as one:
        yield one


def train(made: Product, *words: str, **settings: Any) -> Path:
    """Starts the preset, made small, without a screen."""
    settings = TINY | settings
    pairs = [f"{name}={json.dumps(value)}" for name, value in settings.items()]
    sets = [word for pair in pairs for word in ("--set", pair)]
    command = ("train", "--config", str(PRESET), "--detach", "--json", *sets, *words)
    done = made.call(*command, timeout=120)
    assert done.returncode == 0, done.stderr
    directory = Path(json.loads(done.stdout)["dir"])
    made.runs.append(directory)
    return directory


def wait_for(made: Product, step: int) -> None:
    done = made.call("wait", "--until", f"step={step}", "--timeout", "2m", timeout=150)
    assert done.returncode == 0, done.stderr


def obeyed(made: Product, verb: str) -> int:
    """Orders it on the command line; returns the step it was acknowledged at."""
    done = made.call(verb, "--json", timeout=120)
    assert done.returncode == 0, (verb, done.stdout, done.stderr)
    answer = json.loads(done.stdout)
    assert answer["outcome"] == "done"
    return int(answer["step"])


def metrics(made: Product) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.call("metrics", "--format", "csv").stdout)))


def ended(run: Path) -> dict[str, Any]:
    wait_until(lambda: "code" in exit_of(run), 90, every=0.05, what="the end")
    return exit_of(run)


def exit_of(run: Path) -> dict[str, Any]:
    """What the keeper recorded: a checksum, then JSON."""
    try:
        text = (run / "exit.json").read_bytes().rstrip(b"\0\n ").decode()
    except OSError:
        return {}
    found: dict[str, Any] = json.loads(text[text.index("{") :]) if "{" in text else {}
    return found


def test_the_preset_is_well_formed() -> None:
    config = load(PRESET.read_bytes(), str(PRESET))
    assert config.run.command[-3:] == ("console.trainers.hf_moe", "--config", "{config}")


def test_every_order_is_obeyed_at_its_step(made: Product) -> None:
    run = train(made, **{"training.steps": 100_000, "training.epochs": 10_000})
    wait_for(made, 5)
    paused = obeyed(made, "pause")
    assert obeyed(made, "checkpoint") == obeyed(made, "validate") == paused
    assert obeyed(made, "resume") == paused
    wait_for(made, paused + 5)
    stopped = obeyed(made, "stop")
    assert ended(run)["code"] == 0
    for step in (paused, stopped):
        assert (run / "checkpoints" / f"checkpoint-{step}" / "optimizer.pt").exists()
    rows = metrics(made)
    known = {name for row in rows for name, value in row.items() if value}
    assert {"loss", "gradient_norm", "learning_rate", "throughput", "aux_loss", "step_seconds",
            "validation/loss", "validation/accuracy", "expert_share/7"} <= known  # fmt: skip
    assert f"STOPPED  stopped on order at step {stopped}" in made.call("status").stdout


def test_it_goes_on_from_a_checkpoint_and_finishes(made: Product) -> None:
    first = train(made, **{"training.steps": 14})
    assert ended(first)["code"] == 0
    losses = [float(row["loss"]) for row in metrics(made) if row.get("loss")]
    assert losses[-1] < losses[0]
    assert any(row.get("test/loss") for row in metrics(made))
    done = made.call("train", "--resume", first.name, "--detach", "--json", timeout=120)
    assert done.returncode == 0, done.stderr
    second = Path(json.loads(done.stdout)["dir"])
    made.runs.append(second)
    assert ended(second)["code"] == 0


def test_two_processes_under_torchrun_obey_together(made: Product) -> None:
    settings = {"training.steps": 100_000, "training.epochs": 10_000, "run.command": TORCHRUN}
    run = train(made, **settings)
    wait_for(made, 3)
    paused = obeyed(made, "pause")
    assert obeyed(made, "checkpoint") == obeyed(made, "validate") == paused
    assert obeyed(made, "resume") == paused
    obeyed(made, "stop")
    assert ended(run)["code"] == 0
    assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and _is_of(run, int(pid))]


def test_a_signal_ends_it_with_a_checkpoint(made: Product) -> None:
    run = train(made, **{"training.steps": 100_000, "training.epochs": 10_000})
    wait_for(made, 3)
    pid = trainer_pid(run)
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    assert ended(run)["code"] == 0
    assert list((run / "checkpoints").glob("checkpoint-*/model.safetensors"))
    assert read_json(run / "run.json")


def _is_of(run: Path, pid: int) -> bool:
    """Whether a process that trains carries the id of the run."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes()
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return f"GLADIUS_RUN_ID={run.name}".encode() in words and b"hf_moe" in line
