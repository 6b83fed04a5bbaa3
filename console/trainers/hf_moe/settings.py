"""What the configuration says to this trainer: our sections, and its own under `program:`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.trainers.moe.data import cache_folder
from console.trainers.moe.settings import DataSettings, SettingsError, checkpoints, read

if TYPE_CHECKING:
    from console.core.config import Config

DATA = DataSettings()

PRECISIONS = ("auto", "fp32", "bf16")
"""`auto` is bf16 on a GPU that has it, else fp32."""


@dataclass(frozen=True, slots=True)
class Program:
    """What `program:` may say, with the defaults."""

    data: DataSettings = DATA
    width: int = 64
    layers: int = 2
    query_heads: int = 4
    key_heads: int = 2
    head_width: int = 16
    expert_width: int = 96
    balance: float = 0.01
    dropout: float = 0.0
    threads: int = 1
    logging_steps: int = 5
    experts_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the training needs, with a default for what the configuration leaves out."""

    file: str = ""
    model: str = "Qwen3-MoE-Mini"
    experts: int = 8
    active_experts: int = 2
    batch_size: int = 8
    gradient_accumulation: int = 4
    max_length: int = 96
    precision: str = "auto"
    seed: int = 42
    epochs: float = 4.0
    steps: int | None = None
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    warmup_steps: int = 50
    betas: tuple[float, ...] = (0.9, 0.99)
    epsilon: float = 1e-8
    weight_decay: float = 0.01
    gradient_clip: float = 1.0
    interval_steps: int = 200
    validation_interval_steps: int = 100
    keep: int = 3
    folder: str = ""
    program: Program = field(default_factory=Program)

    @property
    def data_folder(self) -> Path:
        return Path(self.program.data.folder or cache_folder())

    @property
    def checkpoint_folder(self) -> Path:
        return checkpoints(self.folder, self.model)


def from_config(config: Config) -> Settings:
    """The settings of a configuration. Raises SettingsError for what cannot be."""
    known = {item.name for item in fields(Settings)}
    given: dict[str, Any] = {}
    for section in (config.training, config.optimization, config.checkpointing, config.model):
        values = {item.name: getattr(section, item.name) for item in fields(section)}
        given |= {k: v for k, v in values.items() if k in known and v is not None}
    if config.model.name is not None:
        given["model"] = config.model.name
    program = read(Program, config.program, "program")
    settings = replace(Settings(**given), file=config.file, program=program)
    _check(settings, config)
    return settings


def _check(settings: Settings, config: Config) -> None:
    program, split = settings.program, settings.program.data.split
    by_time = config.checkpointing.interval_minutes
    demands = (
        (settings.precision in PRECISIONS, f"precision is one of {', '.join(PRECISIONS)}"),
        (by_time is None, "transformers saves by steps: checkpointing.interval_steps"),
        (len(settings.betas) == 2, "betas are two numbers"),
        (program.data.name == "synthetic_conversations", "data is synthetic_conversations"),
        (program.query_heads % program.key_heads == 0, "key_heads divide query_heads"),
        (program.head_width % 2 == 0, "head_width is even"),
        (settings.active_experts <= settings.experts, "active_experts are at most experts"),
        (0 <= program.dropout < 1, "dropout is 0 to 1"),
        (
            len(split) == 3 and min(split) > 0 and abs(sum(split) - 1) < 1e-6,
            "split is three shares that add up to 1",
        ),
    )
    for fits, demand in demands:
        if not fits:
            raise SettingsError(f"{settings.file}: {demand}")
