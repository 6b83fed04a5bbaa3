"""The training as a whole: it learns, resumes to the bit, prints what it should."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from console.trainers.moe import train
from console.trainers.moe.checkpoint import CheckpointError
from console.trainers.moe.settings import SettingsError
from console.trainers.moe.telling import Position
from console.trainers.moe.train import Trainer

Make = Callable[..., Trainer]


def steps(trainer: Trainer, count: int) -> Trainer:
    for _ in range(count):
        trainer.train_step()
    return trainer


def bits(trainer: Trainer) -> tuple[bytes, ...]:
    arrays = (trainer.weights.flat, trainer.optimizer.mean, trainer.optimizer.square)
    return tuple(array.tobytes() for array in arrays)


def checkpoint_of(trainer: Trainer) -> Path:
    return Path(trainer.save(trainer.position.step)["path"])


def test_twenty_steps_a_resume_and_twenty_equal_forty(make_trainer: Make) -> None:
    whole = steps(make_trainer(), 40)
    assert whole.position.epoch == 1  # the second epoch has begun: the data's order counts too
    path = checkpoint_of(steps(make_trainer(), 20))
    resumed = make_trainer(path)
    assert resumed.position.step == 20
    assert resumed.total_steps == whole.total_steps
    assert bits(steps(resumed, 20)) == bits(whole)
    assert resumed.position == whole.position


@pytest.mark.parametrize("from_the_end", [-20, -1, 0, 1])
def test_a_resume_anywhere_in_an_epoch_goes_on_with_the_next_sample(
    make_trainer: Make, from_the_end: int
) -> None:
    whole = make_trainer()
    at, count = whole.batches + from_the_end, whole.batches + 5
    drawn = [whole.sampler.draw(whole.position).tolist() for _ in range(count)]
    first = make_trainer()
    for _ in range(at):
        first.sampler.draw(first.position)
    second = make_trainer(checkpoint_of(first))
    assert [second.sampler.draw(second.position).tolist() for _ in range(count - at)] == drawn[at:]


def test_validations_and_saves_change_no_bit(make_trainer: Make) -> None:
    plain, watched = steps(make_trainer(), 6), make_trainer()
    for step in range(6):
        watched.validate(step)
        watched.save(step)
        watched.train_step()
    watched.validate(6)
    assert bits(watched) == bits(plain)


def test_a_set_with_a_checkpoint_first_is_to_the_bit_a_set(
    make_trainer: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The save between two steps changes nothing of what follows."""
    from tests.sdk.conftest import Desk

    wanted = {"learning_rate": 1e-3, "weight_decay": 0.2, "batch_size": 2}
    found = []
    for number, first in enumerate((True, False)):
        folder = tmp_path / f"run-{number}"
        folder.mkdir()
        os.mkfifo(folder / "inbox.fifo", 0o600)
        monkeypatch.setenv("GLADIUS_RUN_DIR", str(folder))
        desk, trainer = Desk(folder), make_trainer()
        steps(trainer, 8)
        order = desk.send("set", args={"set": wanted, "checkpoint": first}, boot="")
        trainer.link.boundary(trainer.position.step)
        assert desk.answer(order)["outcome"] == "done"
        assert desk.answer(order)["old"]["weight_decay"] == 0.01
        assert len(desk.records("save")) == first
        found.append(bits(steps(trainer, 6)))
        trainer.link.close()
        desk.close()
    assert found[0] == found[1]


def test_what_is_set_to_what_it_is_changes_no_bit(make_trainer: Make) -> None:
    plain, touched = steps(make_trainer(), 9), make_trainer()
    for _ in range(9):
        for name in ("learning_rate", "weight_decay", "batch_size", "gradient_clip"):
            touched.set(name, touched.in_use(name))
        steps(touched, 1)
    assert bits(touched) == bits(plain)


def test_what_was_set_is_still_set_after_a_resume(make_trainer: Make) -> None:
    first = steps(make_trainer(), 3)
    first.set("weight_decay", 0.3)
    first.set("learning_rate", 1e-4)
    path = checkpoint_of(steps(first, 1))
    resumed = make_trainer(path)
    assert resumed.tuning == first.tuning
    assert bits(steps(resumed, 5)) == bits(steps(first, 5))


def test_a_learning_rate_that_is_set_is_the_next_one_used(
    make_trainer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = steps(make_trainer(), 12)
    trainer.set("learning_rate", 1e-4)
    rates: list[float] = []
    monkeypatch.setattr(trainer.link, "log", lambda **values: rates.append(values["learning_rate"]))
    steps(trainer, 2)
    assert rates[0] == pytest.approx(1e-4)
    assert 0 < rates[1] < rates[0]


def test_a_learning_rate_set_during_the_warm_up_is_where_it_rises_to(make_trainer: Make) -> None:
    trainer = steps(make_trainer(), 1)
    trainer.set("learning_rate", 1e-4)
    assert trainer.tuning.learning_rate == 1e-4


@pytest.mark.parametrize("change", [{"seed": 7}, {"experts": 5}])
def test_a_checkpoint_of_another_training_is_refused(
    make_trainer: Make, change: dict[str, Any]
) -> None:
    path = checkpoint_of(steps(make_trainer(), 1))
    with pytest.raises(CheckpointError, match=f"of another training .*{next(iter(change))}"):
        make_trainer(path, **change)


def test_another_batch_size_goes_on_with_the_samples_not_yet_seen(make_trainer: Make) -> None:
    first = steps(make_trainer(), 5)
    resumed = make_trainer(checkpoint_of(first), batch_size=8)
    assert resumed.position.consumed == 5 * 8
    assert resumed.total_steps < first.total_steps
    drawn = set(resumed.sampler.draw(resumed.position))
    assert len(drawn) == 16
    start = Position()
    seen = np.concatenate([first.sampler.draw(start) for _ in range(5)])
    assert start.consumed == first.position.consumed
    assert drawn.isdisjoint(seen)


def test_a_failed_save_is_told_and_the_training_goes_on(
    make_trainer: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer = make_trainer(interval_steps=2)
    saved: list[dict[str, Any]] = []
    monkeypatch.setattr(trainer.link, "saved", lambda *_, **values: saved.append(values))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(trainer.folder, "save", full)
    trainer.run()
    assert trainer.position.step == trainer.total_steps
    assert saved[0] == {"ok": False, "reason": "No space left on device"}
    assert "[ERROR] Checkpoint failed: No space left on device" in capsys.readouterr().out


def test_the_loss_falls_and_the_loads_become_even(
    make_trainer: Make, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = replace(settings.program, width=32, expert_width=32, balance=0.05, router_spread=3.0)
    trainer = make_trainer(program=program, learning_rate=1e-2, epochs=90, max_length=48)
    logged: list[dict[str, Any]] = []
    monkeypatch.setattr(trainer.link, "log", lambda **values: logged.append(values))
    steps(trainer, 150)
    losses = [values["loss"] for values in logged]
    assert losses[0] == pytest.approx(5.5, abs=0.15)
    assert np.mean(losses[-10:]) < 2.5
    unevenness = [max(v["expert_share"]) - min(v["expert_share"]) for v in logged]
    assert unevenness[0] > 0.4
    assert np.mean(unevenness[-10:]) < 0.15
    assert all(sum(values["expert_share"]) == pytest.approx(1) for values in logged)


def test_the_loss_is_the_mean_of_its_experts(
    make_trainer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer()
    logged: list[dict[str, Any]] = []
    monkeypatch.setattr(trainer.link, "log", lambda **values: logged.append(values))
    steps(trainer, 1)
    [values] = logged
    known = np.nan_to_num(values["experts"])
    assert np.dot(known, values["expert_share"]) == pytest.approx(values["loss"], rel=1e-5)


@pytest.mark.parametrize("change", [{"batch_size": 5000}, {"max_length": 5000}])
def test_too_little_data_is_said_at_the_start(make_trainer: Make, change: dict[str, int]) -> None:
    with pytest.raises(SettingsError, match="too few"):
        make_trainer(**change)


SHAPES = {
    "title": r"Initializing GLADIUS Training Pipeline v\d+\.\d+\.\d+",
    "rule": "═{60,}|─{60,}",
    "config": r"✓ Config loaded: tiny\.yaml",
    "dataset": r"✓ Dataset: /\S+/synthetic_conversations\S* \(45 examples\)",
    "model": r"✓ Model: Tiny \(0\.0M params, 4 experts\)",
    "tokenizer": r"✓ Tokenizer: bytes \(vocab_size=256\)",
    "device": r"✓ Device: .+ \(1 thread, \d+GB RAM\)",
    "start": r"Starting training: Epoch 1/2, Batch 1/\d+",
    "step": r"Epoch \d+ \| Batch \d+ \| Loss: \d\.\d{4}( \| Expert-\d: \d+\.\d{3}){1,4}",
    "speed": r"Throughput: [\d,]+ tokens/sec( \| Memory: \d+\.\dGB/\d+\.\dGB)?",
    "progress": r"▓*░* \d+\.\d% complete",
    "routing": r"\[INFO\] Expert routing distribution:( E\d:\d+%){4}",
    "rate": r"\[INFO\] Learning rate: \d\.\de-\d \(cosine schedule\)",
    "accumulation": r"\[INFO\] Gradient accumulation: 2 steps",
    "imbalance": r"\[WARN\] Expert-\d load imbalance detected \(\d+% utilization\)",
    "saved": r"\[SUCCESS\] Checkpoint saved: checkpoints/epoch_\d_batch_\d+\.npz "
    r"\(\d+\.\d MB, \d+\.\d\d s(, best so far)?\)",
    "validation": r"\[INFO\] Validation: loss \d\.\d{4}, accuracy \d+\.\d%",
    "test": r"\[INFO\] Test: loss \d\.\d{4}, accuracy \d+\.\d%",
    "finished": r"\[SUCCESS\] Training finished: \d+ steps, test loss \S+, test accuracy \S+%",
    "empty": "",
}


def test_every_printed_line_has_the_shape_of_the_picture(
    make_trainer: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer = make_trainer(interval_steps=10, validation_interval_steps=7)
    trainer.run()
    lines = capsys.readouterr().out.splitlines()
    seen = {name for name, shape in SHAPES.items() for line in lines if re.fullmatch(shape, line)}
    assert seen == set(SHAPES)
    strange = [
        line for line in lines if not any(re.fullmatch(shape, line) for shape in SHAPES.values())
    ]
    assert strange == []
    assert sum(line.startswith("Epoch ") for line in lines) == trainer.total_steps
    assert "100.0% complete" in [line for line in lines if "complete" in line][-1]


def test_tags_are_coloured_when_asked(
    make_trainer: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    make_trainer().report.level("WARN", "hot")
    assert capsys.readouterr().out.endswith("\x1b[33m[WARN]\x1b[0m hot\n")


def test_a_signal_ends_it_after_the_step_with_a_checkpoint(
    make_trainer: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer = make_trainer()
    real = trainer.train_step

    def step() -> None:
        real()
        if trainer.position.step == 3:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(trainer, "train_step", step)
    trainer.run()
    assert trainer.position.step == 3
    assert make_trainer(trainer.folder.path).position.step == 3
    assert "Training stopped at step 3" in capsys.readouterr().out


def test_a_second_signal_ends_it_at_once(
    make_trainer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer()
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(train.os, "kill", lambda *given: killed.append(given))
    monkeypatch.setattr(train.signal, "signal", lambda *_: None)
    trainer._on_signal(signal.SIGTERM, None)
    assert trainer.link.stopping
    assert not killed
    trainer._on_signal(signal.SIGTERM, None)
    assert killed == [(os.getpid(), signal.SIGTERM)]
