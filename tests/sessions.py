"""Sessions made of lists: what screens need of a run, without a run."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from console.core.sources import EMPTY, Axis, Columns, Point, SearchPattern
from console.core.state import GROUPS, RunState
from console.screens.session import Session

LOG = """\
✓ Config loaded: qwen_moe.yaml
✓ Dataset: synthetic_conversations (847,293 examples)
✓ Model: Qwen-MoE (14B params, 8 experts, 2 active)
Starting training: Epoch 47/100, Batch 8450/12000

Epoch 47 | Batch 8450 | Loss: 0.0234 | Expert-0: 0.021 | Expert-1: 0.025 | Expert-2: 0.023
Throughput: 2,847 tokens/sec | Memory: 142.3GB/160GB | Temp: 67°C/73°C
[INFO] Expert routing distribution: E0:14% E1:13% E2:12% E3:13% E4:8% E5:14% E6:13% E7:13%
[INFO] Learning rate: 1.2e-5 (cosine schedule)
[WARN] Expert-4 load imbalance detected (8% utilization)
[SUCCESS] Checkpoint saved: checkpoints/epoch_47_batch_8450.npz (1.2 GB, 4.1 s)
Epoch 47 | Batch 8451 | Loss: 0.0231 | Expert-0: 0.020 | Expert-1: 0.024 | Expert-2: 0.023
Throughput: 2,852 tokens/sec | Memory: 142.5GB/160GB | Temp: 67°C/73°C
Epoch 47 | Batch 8452 | Loss: 0.0229 | Expert-0: 0.019 | Expert-1: 0.023 | Expert-2: 0.023
Throughput: 2,849 tokens/sec | Memory: 142.5GB/160GB | Temp: 67°C/73°C
"""


@dataclass
class Update:
    groups: frozenset[str] = frozenset(GROUPS)
    rows: bool = False
    live: bool = False
    connection: bool = False


@dataclass
class FakeLink:
    """A connection whose updates a test puts into `queue`; None ends them."""

    state: RunState
    connected: bool = True
    lost_since: float | None = None
    final: bool = False
    refuse: Exception | None = None
    ordered: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    queue: asyncio.Queue[Update | None] = field(default_factory=asyncio.Queue)

    async def updates(self) -> AsyncIterator[Update]:
        yield Update(rows=True, connection=True)
        while (update := await self.queue.get()) is not None:
            yield update

    async def order(self, cmd: str, args: dict[str, Any] | None = None) -> str:
        if self.refuse is not None:
            raise self.refuse
        self.ordered.append((cmd, args or {}))
        return f"mine-{len(self.ordered)}"


class ListRows:
    """Rows of output from a list."""

    def __init__(self, rows: Sequence[bytes]) -> None:
        self.all = list(rows)

    def count(self) -> int:
        return len(self.all)

    def rows(self, first: int, count: int) -> Sequence[bytes]:
        return self.all[first : first + count]

    def live(self) -> Sequence[bytes]:
        return ()

    def find(self, pattern: SearchPattern, start: int, *, forward: bool) -> int | None:
        step = 1 if forward else -1
        order = range(start, len(self.all) if forward else -1, step)
        search = _compiled(pattern).search
        return next((i for i in order if search(self.all[i])), None)

    def matches(self, pattern: SearchPattern, limit: int) -> Sequence[int]:
        search = _compiled(pattern).search
        return [i for i, row in enumerate(self.all) if search(row)][:limit]


def _compiled(pattern: SearchPattern) -> re.Pattern[bytes]:
    source = pattern.text if pattern.regex else re.escape(pattern.text)
    return re.compile(source.encode(), re.IGNORECASE if pattern.ignore_case else re.NOFLAG)


class ListSeries:
    """Metrics from dicts of (x, value)."""

    def __init__(self, series: dict[str, list[tuple[float, float]]] | None = None) -> None:
        self.series = series or {}

    def names(self) -> Sequence[str]:
        return sorted(self.series)

    def version(self) -> int:
        return 1

    def extent(self, name: str, axis: Axis) -> tuple[float, float] | None:
        points = self.series.get(name)
        return (points[0][0], points[-1][0]) if points else None

    def columns(self, name: str, axis: Axis, low: float, high: float, columns: int) -> Columns:
        points = [(x, y) for x, y in self.series.get(name, ()) if low <= x <= high]
        if not points or columns < 1:
            return EMPTY
        points = points[:: -(-len(points) // columns)]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return Columns(xs, ys, ys, ys)

    def nearest(self, name: str, axis: Axis, x: float) -> tuple[float, float] | None:
        points = self.series.get(name)
        return min(points, key=lambda point: abs(point[0] - x)) if points else None

    def point(self, name: str, axis: Axis, x: float) -> Point | None:
        found = self.nearest(name, axis, x)
        return None if found is None else Point(found[0], found[0], found[1], found[0])


def curves() -> ListSeries:
    """A loss that falls over 47 epochs, with validations."""
    loss = [(i / 10, 0.13 * 0.989 ** (i / 1.2) + 0.0215 + 0.002 * ((i * 7) % 5 - 2) / 2)
            for i in range(471)]  # fmt: skip
    held_out = [(x, value + 0.006) for x, value in loss[10::10]]
    return ListSeries({"loss": loss, "validation/loss": held_out})


def session_of(state: RunState, **changes: Any) -> Session:
    """A session that shows this state."""
    session = Session(
        link=FakeLink(state),
        rows=ListRows([line.encode() for line in LOG.splitlines()]),
        series=curves(),
        attach_command=f"gladius-console attach {state.run.id}",
        resume_command=f"gladius-console train --resume {state.run.id}",
    )
    return replace(session, **changes)
