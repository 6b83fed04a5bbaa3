"""What of a training is in a checkpoint: taken from it, and put back into it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from console.trainers.moe import checkpoint
from console.trainers.moe.telling import Position

if TYPE_CHECKING:
    from pathlib import Path

    from console.trainers.moe.model import Tensors
    from console.trainers.moe.optimizer import AdamW
    from console.trainers.moe.settings import Settings
    from console.trainers.moe.steering import Tuning


class Snapshot:
    """The arrays of one training, and the facts that belong to them."""

    def __init__(self, settings: Settings, sha256: str, weights: Tensors, optimizer: AdamW) -> None:
        """`sha256` is of the data."""
        self._settings, self._sha256 = settings, sha256
        self._weights, self._optimizer = weights, optimizer

    def arrays(self) -> checkpoint.State:
        optimizer = self._optimizer
        return {"weights": self._weights.flat, "mean": optimizer.mean, "square": optimizer.square}

    def facts(self, position: Position, tuning: Tuning) -> dict[str, Any]:
        """Where the training is, what was set, and what it is the training of."""
        return {
            **asdict(position),
            "tuning": tuning.changed(self._settings),
            "origin": self._origin(),
        }

    def read(self, path: Path) -> tuple[checkpoint.State, dict[str, Any]]:
        """A checkpoint of this training. Raises CheckpointError."""
        state, facts = checkpoint.load(path)
        mine, theirs = self._origin(), facts.pop("origin")
        differing = [name for name in mine if mine[name] != theirs.get(name)]
        if differing:
            pairs = ", ".join(f"{n}: {theirs.get(n)} there, {mine[n]} here" for n in differing)
            raise checkpoint.CheckpointError(f"{path} is of another training ({pairs})")
        return state, facts

    def put(self, state: checkpoint.State, facts: dict[str, Any]) -> Position:
        """The training is as it was; returns where that was."""
        position = Position(**{k: v for k, v in facts.items() if k != "tuning"})
        self._optimizer.steps = position.step
        for name, array in self.arrays().items():
            array[:] = state[name]
        return position

    def _origin(self) -> dict[str, Any]:
        """What must be the same for a training to be continued."""
        dimensions = asdict(self._settings.dimensions)
        return {**dimensions, "seed": self._settings.seed, "data": self._sha256}
