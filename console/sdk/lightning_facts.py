"""What is told of a training of Lightning, and what can be set in it while it goes on.

A new fact is a row below. One that cannot be found out is left out.
"""

import math
import os
import re
from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from typing import Any

from console.sdk import rates
from console.sdk.hf_facts import mode

NAMES = {"train_loss": "loss", "acc": "accuracy", "train_acc": "accuracy", "ppl": "perplexity",
         "lr": "learning_rate", "grad_norm": "gradient_norm"}  # fmt: skip
"""What modules often call a value → what the console calls it."""

_SPLIT = re.compile(r"(?:val|valid|validation|eval|dev|test)[_/](.+)")


def facts(trainer: Any, module: Any) -> dict[str, Any]:
    """Everything known at the start, by the console's names."""
    parts: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: _of_model(module),
        lambda: _of_length(trainer),
        lambda: _of_loader(trainer),
        lambda: _of_optimizer(trainer),
        lambda: _of_run(trainer),
    )
    found: dict[str, Any] = {}
    for part in parts:
        with suppress(Exception):  # Lightning in a version we do not know
            found |= part()
    return {name: value for name, value in found.items() if value is not None}


def settable(trainer: Any) -> dict[str, dict[str, Any]]:
    """Learning rate and weight decay of the first optimizer, and the limit of the gradient."""
    optimizers = list(trainer.optimizers)
    found: dict[str, dict[str, Any]] = {}
    if optimizers:
        schedules = [one.scheduler for one in trainer.lr_scheduler_configs]
        found = rates.settable(optimizers[0], lambda: schedules)
    clip = getattr(trainer, "gradient_clip_val", None)
    if isinstance(clip, (int, float)) and clip > 0:
        found["gradient_clip"] = {
            "type": "float", "min": 1e-6, "max": 1e6, "value": float(clip), "applies": "now",
            "set": lambda value: setattr(trainer, "gradient_clip_val", value),
            "get": lambda: trainer.gradient_clip_val,
        }  # fmt: skip
    return found


def values(trainer: Any, outputs: Any) -> dict[str, Any]:
    """What the module logged in this step, and its loss; not what a validation logged."""
    found = {}
    for name, value in trainer.callback_metrics.items():
        short = name.removesuffix("_step")
        if not _SPLIT.fullmatch(name) and not name.endswith("_epoch"):
            found[NAMES.get(short, short)] = float(value)
    if "loss" not in found and outputs is not None:
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if loss is not None:  # Lightning has divided it by the batches of a step
            found["loss"] = float(loss) * (trainer.accumulate_grad_batches or 1)
    return found


def results(metrics: Mapping[str, Any], training: Set[str], split: str = "val") -> dict[str, Any]:
    """What was logged while validating or testing: by its name, else what training never logs."""
    named = {
        match[1]: value
        for name, value in metrics.items()
        if (match := _SPLIT.fullmatch(name)) and name.startswith("test") == (split == "test")
    }
    found = named or {name: value for name, value in metrics.items() if name not in training}
    return {NAMES.get(name, name): float(value) for name, value in found.items()}


def place(trainer: Any) -> dict[str, Any]:
    """Epoch and step in it, counted from 1 as the console does."""
    per_epoch = _steps_per_epoch(trainer)
    found: dict[str, Any] = {"epoch": trainer.current_epoch + 1}
    if per_epoch:
        found["batch"] = (trainer.global_step - 1) % per_epoch + 1
    return found


def workers(trainer: Any) -> int | None:
    """Processes that load data."""
    count = getattr(trainer.train_dataloader, "num_workers", None)
    return count if isinstance(count, int) else None


def _steps_per_epoch(trainer: Any) -> int | None:
    batches = trainer.num_training_batches
    if not isinstance(batches, int) or batches < 1:
        return None
    return math.ceil(batches / (trainer.accumulate_grad_batches or 1))


def _of_model(module: Any) -> dict[str, Any]:
    sizes = [(one.numel(), one.requires_grad) for one in module.parameters()]
    return {
        "model": type(module).__name__,
        "parameters": sum(size for size, _ in sizes),
        "trainable_parameters": sum(size for size, trained in sizes if trained),
    }


def _of_length(trainer: Any) -> dict[str, Any]:
    total, epochs = trainer.estimated_stepping_batches, trainer.max_epochs
    return {
        "total_steps": int(total) if math.isfinite(total) and total > 0 else None,
        "total_epochs": epochs if epochs and epochs > 0 else None,
        "batches_per_epoch": _steps_per_epoch(trainer),
        "gradient_accumulation": trainer.accumulate_grad_batches,
    }


def _of_loader(trainer: Any) -> dict[str, Any]:
    loader = trainer.train_dataloader
    size = getattr(loader, "batch_size", None)
    found: dict[str, Any] = {"workers": workers(trainer)}
    if isinstance(size, int):
        samples = size * (trainer.accumulate_grad_batches or 1) * trainer.world_size
        found |= {"batch_size": size, "samples_per_step": samples}
    with suppress(TypeError):  # a stream has no length
        found["dataset_size"] = len(loader.dataset)
    return found


def _of_optimizer(trainer: Any) -> dict[str, Any]:
    optimizer = trainer.optimizers[0]
    schedule = next((type(one.scheduler).__name__ for one in trainer.lr_scheduler_configs), None)
    decayed = rates.decayed(rates.groups_of(optimizer))
    return {
        "optimizer": type(optimizer).__name__,
        "learning_rate": rates.highest(optimizer),
        "weight_decay": decayed[0]["weight_decay"] if decayed else None,
        "schedule": schedule or "constant",
        "gradient_clip": trainer.gradient_clip_val,
        **rates.betas(optimizer),
    }


def _of_run(trainer: Any) -> dict[str, Any]:
    seed = os.environ.get("PL_GLOBAL_SEED", "")
    device = trainer.strategy.root_device
    return {
        "library": "Lightning",
        "precision": str(trainer.precision),
        "seed": int(seed) if seed.isdecimal() else None,
        "world": trainer.world_size,
        "device": str(device),
        "mode": mode(trainer.world_size, 1 if device.type == "cuda" else 0),
    }
