"""What the configuration says to this trainer: our sections, and its own under `program:`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.trainers.moe import fault
from console.trainers.moe.data import cache_folder
from console.trainers.moe.model import Dimensions
from console.trainers.moe.optimizer import SCHEDULES

if TYPE_CHECKING:
    from console.core.config import Config


class SettingsError(Exception):
    """A setting this trainer cannot work with; the text names it."""


@dataclass(frozen=True, slots=True)
class DataSettings:
    """What `program.data` may say, with the defaults. `split` is shares that add up to 1."""

    name: str = "synthetic_conversations"
    examples: int = 8000
    split: tuple[float, ...] = (0.94, 0.03, 0.03)
    seed: int = 1
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """What `program:` may say, with the defaults."""

    data: DataSettings = DataSettings()
    width: int = 64
    layers: int = 2
    query_heads: int = 4
    key_heads: int = 2
    expert_width: int = 96
    balance: float = 0.006
    router_spread: float = 4.0
    threads: int = 1
    progress_every: int = 5
    details_every: int = 25
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the training needs, with a default for what the configuration leaves out."""

    file: str = ""
    model: str = "Qwen-MoE-Mini"
    experts: int = 8
    active_experts: int = 2
    batch_size: int = 8
    gradient_accumulation: int = 4
    max_length: int = 96
    seed: int = 42
    epochs: int = 12
    steps: int | None = None
    learning_rate: float = 6e-4
    schedule: str = "cosine"
    warmup_steps: int = 100
    betas: tuple[float, ...] = (0.9, 0.99)
    epsilon: float = 1e-8
    weight_decay: float = 0.01
    gradient_clip: float = 1.0
    interval_minutes: float | None = None
    interval_steps: int | None = None
    validation_interval_steps: int = 250
    keep: int = 3
    folder: str = ""
    program: Program = field(default_factory=Program)

    @property
    def samples_per_step(self) -> int:
        return self.batch_size * self.gradient_accumulation

    @property
    def dimensions(self) -> Dimensions:
        names = {item.name for item in fields(Dimensions)} & {item.name for item in fields(Program)}
        return Dimensions(
            **{name: getattr(self.program, name) for name in names},
            experts=self.experts, active_experts=self.active_experts,
        )  # fmt: skip

    @property
    def data_folder(self) -> Path:
        return Path(self.program.data.folder or cache_folder())

    @property
    def checkpoint_folder(self) -> Path:
        return checkpoints(self.folder, self.model)


def checkpoints(folder: str, model: str) -> Path:
    """The folder named, else `checkpoints` in the run's directory, else one in the current."""
    if folder:
        return Path(folder)
    run = os.environ.get("GLADIUS_RUN_DIR")
    return Path(run, "checkpoints") if run else Path("checkpoints", model)


def from_config(config: Config) -> Settings:
    """The settings of a configuration. Raises SettingsError for what cannot be."""
    sections = (config.training, config.optimization, config.checkpointing, config.model)
    known = {item.name for item in fields(Settings)}
    given: dict[str, Any] = {}
    for section in sections:
        values = {item.name: getattr(section, item.name) for item in fields(section)}
        given |= {k: v for k, v in values.items() if k in known and v is not None}
    if config.model.name is not None:
        given["model"] = config.model.name
    given |= {"file": config.file, "program": read(Program, config.program, "program")}
    settings = Settings(**given)
    settings = replace(settings, epochs=int(settings.epochs))
    _check(settings, config.training.precision, config.optimization.optimizer)
    return settings


def read(cls: Any, given: object, where: str) -> Any:
    """An instance of the dataclass from a mapping. Raises SettingsError for what does not fit."""
    if given is None:
        return cls()
    if not isinstance(given, Mapping):
        raise SettingsError(f"{where} is a mapping, not {given!r}")
    defaults: dict[str, Any] = {item.name: item.default for item in fields(cls)}
    values = {}
    for name, value in given.items():
        if name not in defaults:
            raise SettingsError(f"{where}.{name} is unknown; known: {', '.join(defaults)}")
        kind = type(defaults[name])
        if is_dataclass(kind):
            values[name] = read(kind, value, f"{where}.{name}")
            continue
        accepted: Any = {float: (float, int), tuple: list}.get(kind, kind)
        if not isinstance(value, accepted) or isinstance(value, bool):
            raise SettingsError(f"{where}.{name} is like {defaults[name]!r}, not {value!r}")
        values[name] = kind(value)
    return cls(**values)


def _check(settings: Settings, precision: str | None, optimizer: str | None) -> None:
    program, dims = settings.program, settings.dimensions
    heads = dims.query_heads * dims.head_width == dims.width and dims.head_width % 2 == 0
    split = program.data.split
    well_formed = not program.fault or fault.is_fault(program.fault)
    splits = len(split) == 3 and min(split) > 0 and abs(sum(split) - 1) < 1e-6
    demands = (
        (settings.schedule.lower() in SCHEDULES, f"schedule is one of {', '.join(SCHEDULES)}"),
        ((precision or "fp32").lower() in ("fp32", "float32"), "precision is fp32 here"),
        ((optimizer or "adamw").lower() == "adamw", "optimizer is AdamW here"),
        (len(settings.betas) == 2, "betas are two numbers"),
        (program.data.name == "synthetic_conversations", "data is synthetic_conversations"),
        (heads, "query_heads divide width into even parts"),
        (dims.query_heads % dims.key_heads == 0, "key_heads divide query_heads"),
        (dims.active_experts <= dims.experts, "active_experts are at most experts"),
        (well_formed, f"program.{fault.FORM}"),
        (splits, "split is three shares that add up to 1"),
    )
    for fits, demand in demands:
        if not fits:
            raise SettingsError(f"{settings.file}: {demand}")
