"""A training small enough to run in a test."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.trainers.moe.settings import DataSettings, Program, Settings
from console.trainers.moe.train import Trainer


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No console, no colours, and the test runner's signal handlers afterwards."""
    for name in ("GLADIUS_RUN_DIR", "GLADIUS_RESUME", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data = DataSettings(examples=45, split=(0.8, 0.1, 0.1), folder=str(tmp_path / "cache"))
    program = Program(
        data=data, width=16, layers=2, query_heads=4, key_heads=2, expert_width=8, details_every=5
    )
    return Settings(
        file="tiny.yaml", model="Tiny", experts=4, active_experts=2, batch_size=4,
        gradient_accumulation=2, max_length=32, epochs=2, learning_rate=3e-3, warmup_steps=5,
        keep=2, folder=str(tmp_path / "checkpoints"), program=program,
    )  # fmt: skip


@pytest.fixture
def make_trainer(settings: Settings) -> Callable[..., Trainer]:
    """make_trainer(resume, **changed settings)."""

    def make(resume: Path | None = None, **changes: Any) -> Trainer:
        return Trainer(replace(settings, **changes), resume)

    return make
