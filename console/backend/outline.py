"""A run in one line, for lists: what was recorded last, judged now."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend import client

if TYPE_CHECKING:
    from console.backend.runs import Record


@dataclass(frozen=True, slots=True)
class Outline:
    """One run, short. `age` is seconds since its last step; `loss` is None when not finite."""

    id: str
    dir: Path
    name: str
    status: str
    cause: str
    alive: bool
    local: bool
    host: str
    created: float
    parent: str | None
    step: int | None = None
    progress: float | None = None
    loss: float | None = None
    elapsed: float | None = None
    step_at: float | None = None
    """Wall clock of the last step, in Unix seconds."""
    alerts: int = 0
    """Open ones that nobody has acknowledged."""


def outlines(records: Iterable[Record]) -> Sequence[Outline]:
    """An outline of each run, in the same order."""
    return [outline(item) for item in records]


def outline(item: Record) -> Outline:
    """What is known of one run without asking its backend."""
    state = client.read_state(item.dir)
    loss = state.value("loss")
    return Outline(
        id=item.id,
        dir=item.dir,
        name=item.name,
        status=str(state.status),
        cause=state.life.cause,
        alive=item.alive,
        local=item.local,
        host=item.host,
        created=item.created,
        parent=state.run.parent,
        step=state.position.step,
        progress=state.position.progress,
        loss=loss if loss is not None and math.isfinite(loss) else None,
        elapsed=state.timing.elapsed,
        step_at=state.life.step_seen,
        alerts=len(state.alerts.unseen),
    )
