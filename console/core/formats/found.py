"""What a line said: facts for the recorder. `row` is an absolute row number, -1 when not known."""

from __future__ import annotations

from dataclasses import dataclass, field

Number = int | float


@dataclass(frozen=True, slots=True)
class Measured:
    """Values of one moment of training. Names as in the metrics database; NaN and Inf are values.

    `expert_loss` and `expert_share` (0–1) have one entry per expert, None where the line does not
    name it. Of a thinned block the loss is in the `MeasuredBlock` and not repeated here.
    """

    row: int
    step: int | None = None
    epoch: float | None = None
    batch: int | None = None
    values: dict[str, float] = field(default_factory=dict)
    expert_loss: tuple[float | None, ...] | None = None
    expert_share: tuple[float | None, ...] | None = None


@dataclass(frozen=True, slots=True)
class MeasuredBlock:
    """Values of every line of a large block, the loss among them, as columns of equal length in
    row order. `epochs` and `batches` are None where the lines do not tell them.
    """

    rows: list[int]
    steps: list[int]
    epochs: list[int] | None
    batches: list[int] | None
    values: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Total:
    """How much there is: total_steps, total_epochs, batches_per_epoch, total_samples, experts."""

    row: int
    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Fact:
    """What the run is made of: config, dataset, model, parameters, tokenizer, device, …"""

    row: int
    name: str
    value: str | Number


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint the trainer says it has written."""

    row: int
    path: str
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Result of a validation or test; `step` is that of training at the time, if known."""

    row: int
    split: str
    values: dict[str, float]
    step: int | None = None


_EXPERTS_LIMIT = 4096

Found = Measured | MeasuredBlock | Total | Fact | Saved | Evaluated


def by_expert(pairs: list[tuple[int, float | None]]) -> tuple[float | None, ...] | None:
    """(expert, value) pairs → one entry per expert, None for those not named."""
    known = {index: value for index, value in pairs if index < _EXPERTS_LIMIT}
    return tuple(known.get(index) for index in range(max(known) + 1)) if known else None
