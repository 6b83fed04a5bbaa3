"""A run directory as the keeper makes it, and the console's end of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.keeper.record import decode
from console.sdk import Link
from console.sdk.reporter import RANKS, WORLDS

BOOT = "boot-of-this-run"


class Desk:
    """Sends orders into the inbox and reads what the hook writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0
        self._held: list[int] = []

    def send(self, cmd: str, **fields: Any) -> str:
        """Returns the order's id."""
        self._count += 1
        order = {
            "v": 1,
            "id": f"order-{self._count}",
            "cmd": cmd,
            "args": {},
            "boot": BOOT,
        } | fields
        self.write(json.dumps(order).encode() + b"\n")
        return str(order["id"])

    def write(self, data: bytes) -> None:
        fd = os.open(self.folder / "inbox.fifo", os.O_RDWR | os.O_NONBLOCK)
        os.write(fd, data)
        self._held.append(fd)  # the pipe keeps its content while somebody has it open

    def close(self) -> None:
        for fd in self._held:
            os.close(fd)

    def lines(self) -> list[bytes]:
        files = sorted(self.folder.glob("hook-*.jsonl"))
        return [line for file in files for line in file.read_bytes().splitlines()]

    def records(self, *kinds: str) -> list[dict[str, Any]]:
        decoded = [record for line in self.lines() if (record := decode(line + b"\n")) is not None]
        return [record for record in decoded if not kinds or record["k"] in kinds]

    def outcomes(self, order: str) -> list[str]:
        return [answer["outcome"] for answer in self.records("answer") if answer["id"] == order]

    def answer(self, order: str) -> dict[str, Any]:
        """The last answer to the order."""
        return [answer for answer in self.records("answer") if answer["id"] == order][-1]

    def phases(self) -> list[str]:
        return [record["phase"] for record in self.records("phase")]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in (*RANKS, *WORLDS):
        monkeypatch.delenv(name, raising=False)
    for name in ("inbox.fifo", "nudge.fifo"):
        os.mkfifo(tmp_path / name, 0o600)
    (tmp_path / "run.json").write_text(json.dumps({"boot": BOOT}))
    monkeypatch.setenv("GLADIUS_RUN_DIR", str(tmp_path))
    desk = Desk(tmp_path)
    yield desk
    desk.close()


class Trainer:
    """Handlers that count, and a learning rate."""

    def __init__(self) -> None:
        self.saves: list[int] = []
        self.validations: list[int] = []
        self.rate = 0.1
        self.failure: Exception | None = None

    def save(self, step: int) -> dict[str, object]:
        self.saves.append(step)
        if self.failure:
            raise self.failure
        return {"path": f"/checkpoints/{step}.npz"}

    def validate(self, step: int) -> dict[str, float]:
        self.validations.append(step)
        return {"loss": 0.5, "accuracy": 0.75}

    def set_rate(self, value: float) -> None:
        if value == 0.666:
            raise ValueError("not this one")
        self.rate = value


@pytest.fixture
def trainer() -> Trainer:
    return Trainer()


@pytest.fixture
def link(desk: Desk, trainer: Trainer) -> Iterator[Link]:
    link = Link(
        orders={"checkpoint": trainer.save, "validate": trainer.validate},
        settable={
            "learning_rate": {
                "type": "float", "min": 0.0, "max": 1.0, "value": 0.1, "set": trainer.set_rate,
            },
            "batch_size": {"type": "int", "min": 1, "value": 8, "applies": "restart"},
        },
        total_steps=100,
    )  # fmt: skip
    assert link.active
    yield link
    errors = link.errors
    link.close()
    assert errors == 0
