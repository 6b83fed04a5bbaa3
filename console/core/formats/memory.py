"""What reading one line leaves behind for the next: where the run is, and what was already said.

The step of a batch. Trainers print a batch number that begins again with each epoch, or one that
goes on. When the batches of an epoch are known, `step = (epoch - 1) × batches + batch`. Else the
step is the batch as printed; when a new epoch begins and the number does not go on, the last step
is added from there on. An epoch seen before keeps its base, so a run that goes back repeats steps.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from console.core.formats.bar_memory import BarMemory
from console.core.formats.found import Fact, Found, Number, Total

_EPOCHS_LIMIT = 4096  # epochs whose base is remembered


@dataclass(slots=True)
class Memory:
    """JSON-able; a field per thing that is remembered."""

    step: int | None = None
    epoch: int = 0
    batch: int = 0
    batches_per_epoch: int | None = None
    bases: dict[int, int] = field(default_factory=dict)
    said: dict[str, Number | str] = field(default_factory=dict)
    ranks: dict[str, str] = field(default_factory=dict)
    """Kind of result → the rank whose results count."""
    bars: BarMemory = field(default_factory=BarMemory)

    def step_at(self, epoch: int, batch: int) -> int:
        """The step of a batch, and from now on the current one."""
        self.step = self.base(epoch, batch) + batch
        self.epoch, self.batch = epoch, batch
        return self.step

    def base(self, epoch: int, batch: int) -> int:
        """Steps before the first batch of an epoch that is at `batch` now."""
        if self.batches_per_epoch is not None:
            return (epoch - 1) * self.batches_per_epoch
        if epoch not in self.bases:
            self.bases[epoch] = self._new_base(epoch, batch)
            if len(self.bases) > _EPOCHS_LIMIT:
                del self.bases[next(iter(self.bases))]
        return self.bases[epoch]

    def fact(self, row: int, name: str, value: str | Number) -> list[Found]:
        """The fact, unless it was said before."""
        return [Fact(row, name, value)] if self._is_news(name, value) else []

    def total(self, row: int, name: str, value: int) -> list[Found]:
        """The total, unless it was said before."""
        if name == "batches_per_epoch":
            self.batches_per_epoch = value
        return [Total(row, name, value)] if self._is_news(name, value) else []

    def save(self) -> dict[str, Any]:
        """JSON-able state."""
        return {**asdict(self), "bases": list(self.bases.items())}

    @classmethod
    def load(cls, state: dict[str, Any]) -> Memory:
        """The memory `save` described."""
        bars = BarMemory.load(state["bars"])
        return cls(**{**state, "bases": dict(state["bases"]), "bars": bars})

    def _new_base(self, epoch: int, batch: int) -> int:
        if epoch < self.epoch or self.step is None:
            return 0
        current = self.bases.get(self.epoch, 0)
        return self.step if batch <= self.batch else current

    def _is_news(self, name: str, value: Number | str) -> bool:
        is_news = self.said.get(name) != value
        self.said[name] = value
        return is_news
