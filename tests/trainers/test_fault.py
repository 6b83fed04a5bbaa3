"""A fault on request: strict, and gone when the batch is smaller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from console.trainers.moe.checkpoint import CheckpointError
from console.trainers.moe.fault import Fault, is_fault
from console.trainers.moe.settings import Settings, SettingsError, _check
from console.trainers.moe.train import Trainer

Make = Callable[..., Trainer]


@pytest.mark.parametrize("text", ["oom", "oom@step=0", "oom@step=-1", "oom@step=3 ", "OOM@step=3"])
def test_only_the_exact_form_is_a_fault(settings: Settings, text: str) -> None:
    assert not is_fault(text)
    wrong = replace(settings, program=replace(settings.program, fault=text))
    with pytest.raises(SettingsError, match="fault is oom@step=N"):
        _check(wrong, None, None)


def test_it_strikes_at_its_step_until_the_batch_is_smaller() -> None:
    fault = Fault.of("oom@step=3", 8)
    assert fault is not None
    fault.strike(2, 8)
    with pytest.raises(MemoryError, match="a batch of 8"):
        fault.strike(3, 8)
    fault.strike(3, 4)
    assert Fault.of("", 8) is None


def trained(trainer: Trainer, count: int) -> Trainer:
    for _ in range(count):
        trainer.train_step()
    return trainer


@pytest.fixture
def failing(settings: Settings, make_trainer: Make) -> Callable[..., Trainer]:
    def make(**changes: Any) -> Trainer:
        return make_trainer(program=replace(settings.program, fault="oom@step=3"), **changes)

    return make


def test_fault_15_the_same_samples_come_again_in_smaller_batches(
    failing: Callable[..., Trainer], make_trainer: Make
) -> None:
    trainer = trained(failing(), 2)
    before = replace(trainer.position)
    with pytest.raises(MemoryError):
        trainer.train_step()
    assert trainer.position == before
    trainer.set("batch_size", 2)
    whole = trained(make_trainer(), 2)
    assert trainer._gather().loss == pytest.approx(whole._gather().loss, rel=1e-4)
    assert trainer.position == whole.position


def test_a_batch_has_to_divide_the_samples_of_a_step(make_trainer: Make) -> None:
    trainer = make_trainer()
    with pytest.raises(ValueError, match="divides the 8 samples of a step"):
        trainer.set("batch_size", 3)
    assert trainer.tuning.batch_size == 4


def test_going_back_takes_the_newest_checkpoint_that_is_whole(make_trainer: Make) -> None:
    trainer = trained(make_trainer(), 2)
    with pytest.raises(CheckpointError, match="no checkpoint that is whole"):
        trainer.go_back(2)
    trainer.save(2)
    weights = trainer.weights.flat.copy()
    broken = trained(trainer, 1).folder.path / "epoch_1_batch_3.npz"
    trainer.save(3)
    assert broken.exists()
    broken.write_bytes(b"torn")
    trainer.set("weight_decay", 0.3)
    assert trained(trainer, 1).go_back(4) == {"step": 2}
    assert np.array_equal(trainer.weights.flat, weights)
    assert trainer.tuning.weight_decay == 0.3


def test_a_smaller_batch_stays_after_a_resume(make_trainer: Make) -> None:
    trainer = trained(make_trainer(), 1)
    trainer.set("batch_size", 2)
    path = trainer.folder.path / trainer.save(1)["path"]
    assert make_trainer(path).tuning.batch_size == 2
    assert make_trainer(path, batch_size=1, gradient_accumulation=8).tuning.batch_size == 1
