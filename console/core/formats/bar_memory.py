"""What one state of a progress bar leaves behind for the next. All of it is JSON-able."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Texts = dict[str, str]
"""Printed name (latin-1) → value as Python writes it, so that NaN is JSON too."""


@dataclass(slots=True)
class Held:
    """A state of a bar that hangs values on: how far of how much, in which epoch of how many."""

    row: int
    n: int
    total: int | None
    epoch: int | None
    epochs: int | None
    pairs: Texts = field(default_factory=dict)
    is_table: bool = False
    """Drawn over several lines."""


@dataclass(slots=True)
class BarMemory:
    """Of trainers whose bar counts all steps (`hf`): `total` of that bar, `waiting` (row, line as
    latin-1) for its next state, `other` (n, total) of a bar seen meanwhile, `is_alive` when there
    are bars at all, `is_torn` when their order is lost.

    Of bars that carry values (`bar_held`): the state that is `held`, with what was told of it
    `here`, and the values `before` it; steps of bars `done`, whether epochs count `from_zero`,
    values `told` last of those that change with an epoch only, `is_validated` since.

    `epoch` of `epochs` a line of its own names (`keras`), `columns` of a table (`ultralytics`).
    """

    total: int | None = None
    waiting: list[tuple[int, str]] = field(default_factory=list)
    other: tuple[int, int | None] | None = None
    is_alive: bool = False
    is_torn: bool = False
    held: Held | None = None
    here: Texts = field(default_factory=dict)
    before: Texts = field(default_factory=dict)
    done: int = 0
    from_zero: bool = False
    told: Texts = field(default_factory=dict)
    is_validated: bool = False
    epoch: int | None = None
    epochs: int | None = None
    columns: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, state: dict[str, Any]) -> BarMemory:
        """The memory `dataclasses.asdict` described."""
        return cls(**{**state, "held": state["held"] and Held(**state["held"])})
