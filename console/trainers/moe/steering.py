"""What can be changed while the training runs, and what is told of it at the start."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from console.trainers.moe.settings import Settings


@dataclass(slots=True)
class Tuning:
    """Values an order may change. Intervals are 0 when off."""

    learning_rate: float
    weight_decay: float
    gradient_clip: float
    checkpoint_interval_steps: int
    checkpoint_interval_seconds: float
    validation_interval_steps: int
    batch_size: int

    @classmethod
    def of(cls, settings: Settings) -> Tuning:
        return cls(
            learning_rate=settings.learning_rate,
            weight_decay=settings.weight_decay,
            gradient_clip=settings.gradient_clip,
            checkpoint_interval_steps=settings.interval_steps or 0,
            checkpoint_interval_seconds=60 * (settings.interval_minutes or 0.0),
            validation_interval_steps=settings.validation_interval_steps,
            batch_size=settings.batch_size,
        )

    def accumulation(self, settings: Settings) -> int:
        """How many batches make a step: always of the samples that are configured.

        Raises ValueError for a batch size that does not divide them.
        """
        times, rest = divmod(settings.samples_per_step, self.batch_size)
        if rest:
            raise ValueError(
                f"batch_size divides the {settings.samples_per_step} samples of a step"
            )
        return times

    def restored(self, before: dict[str, Any], settings: Settings) -> dict[str, Any]:
        """What is taken over of the values set in the run before: a smaller batch, if it fits."""
        batch = before.get("batch_size", self.batch_size)
        fits = batch <= self.batch_size and settings.samples_per_step % batch == 0
        return {name: v for name, v in before.items() if name != "batch_size" or fits}

    def changed(self, settings: Settings) -> dict[str, Any]:
        """What is no longer as the configuration has it."""
        first = asdict(Tuning.of(settings))
        return {name: value for name, value in asdict(self).items() if value != first[name]}


LIMITS: dict[str, dict[str, Any]] = {
    "learning_rate": {"type": "float", "min": 1e-7, "max": 1.0},
    "weight_decay": {"type": "float", "min": 0.0, "max": 1.0},
    "gradient_clip": {"type": "float", "min": 1e-3, "max": 1000.0},
    "checkpoint_interval_steps": {"type": "int", "min": 0, "max": 10**9, "unit": "steps"},
    "checkpoint_interval_seconds": {"type": "float", "min": 0.0, "max": 1e6, "unit": "s"},
    "validation_interval_steps": {"type": "int", "min": 1, "max": 10**9, "unit": "steps"},
    "batch_size": {"type": "int", "min": 1, "max": 4096, "unit": "samples"},
}


class Steered(Protocol):
    """What a trainer does with its tuning values, by their names."""

    def check(self, name: str, value: Any) -> None:
        """Raises ValueError for a value that does not fit."""

    def set(self, name: str, value: Any) -> None:
        """Takes over a value that fits."""

    def in_use(self, name: str) -> Any:
        """The value `set` would change nothing with."""


def settable(trainer: Steered) -> dict[str, dict[str, Any]]:
    """The settings for the hook."""
    return {
        name: {
            **limits, "value": trainer.in_use(name), "applies": "now",
            "set": partial(trainer.set, name), "check": partial(trainer.check, name),
            "get": partial(trainer.in_use, name),
        }
        for name, limits in LIMITS.items()
    }  # fmt: skip


def facts(settings: Settings, tuning: Tuning, parameters: int, device: str) -> dict[str, Any]:
    """What stays as it is during the run, by the hook's names."""
    names = (
        "model experts active_experts batch_size gradient_accumulation max_length seed schedule "
        "warmup_steps betas epsilon samples_per_step"
    )
    same = {name: getattr(settings, name) for name in names.split()}
    live = {name: value for name, value in asdict(tuning).items() if value}
    return {
        **same,
        **live,
        "gradient_accumulation": tuning.accumulation(settings),
        "learning_rate": settings.learning_rate,
        "total_epochs": settings.epochs,
        "tokens_per_step": settings.samples_per_step * settings.max_length,
        "parameters": parameters,
        "tokenizer": "bytes",
        "precision": "fp32",
        "optimizer": "AdamW",
        "device": device,
        "mode": "Single CPU",
        "checkpoint_dir": str(settings.checkpoint_folder.absolute()),
    }
