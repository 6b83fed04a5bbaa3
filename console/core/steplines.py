"""Which row of the output belongs to a step: searched for when somebody asks, nothing is kept.

Rows carry no step and no time; what the trainer prints does. `row_of` finds out by the newest rows
how steps are printed here, and then halves the rows until it stands at the one: a few pages are
read, however long the log is. The rows of what happened (`Anchor`) say between which rows to look,
so that a run that went back to an older step leads to the right one of its passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.core.sources import RowSource

PAGE = 256
"""Rows that are looked at together."""
NEWEST = 1024
"""Of so many of the last rows it is learned how steps are printed."""
FARTHEST = 8 * PAGE
"""After so many rows without a step the search goes on elsewhere."""
NEAR = 0.05
"""A step is printed in rows whose newest number is that near to the newest step, as a share."""
NEAR_STEPS = 64
LONGEST = 2000
"""Bytes of a row that are looked at."""
TOO_FAR = 0.02
"""A row is of a step when it is that near, as a share of all steps; a log may name each tenth."""

_SGR = re.compile(rb"\x1b\[[0-9;:]*m")
_COUNT = rb"(\d{1,3}(?:,\d{3})+|\d{1,15})"
_PATTERNS: tuple[re.Pattern[bytes], ...] = (
    re.compile(rb"(?i)\b(?:global[_ ]?step|step|iteration|iter|num_updates|updates?)s?\W{0,4}"
               + _COUNT),
    re.compile(rb"(?i)\bbatch\W{0,3}" + _COUNT),
    re.compile(rb"\b" + _COUNT + rb"/" + _COUNT + rb" ?\["),
    re.compile(rb"\b" + _COUNT + rb"it \["),
)  # fmt: skip
_EPOCH_AND_BATCH = re.compile(
    rb"(?i)\bepoch\W{0,3}(\d{1,7})(?:/\d{1,7})?\W{1,6}batch\W{0,3}" + _COUNT
)

Reading = Callable[[bytes], int | None]
"""The step a row names."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Something that happened, of which the row is known: Unix seconds and row."""

    t: float
    row: int


@dataclass(frozen=True, slots=True)
class Found:
    """A row, and the step it names: the one asked for, or the nearest that is printed."""

    row: int
    step: int


def row_of(
    rows: RowSource,
    step: int,
    newest: int | None,
    *,
    t: float | None = None,
    anchors: Sequence[Anchor] = (),
    batches: int | None = None,
) -> Found | None:
    """The row of a step; None when the output names none, or none near it.

    `newest` is the newest step, `t` when the step was, `batches` how many make an epoch.
    """
    total = rows.count()
    read = _reading(rows, total, newest, batches)
    if read is None:
        return None
    low, high = _between(anchors, t, total)
    found = _halved(rows, read, step, low, high)
    if found is None or abs(found.step - step) > max(NEAR_STEPS, TOO_FAR * (newest or 0)):
        found = _halved(rows, read, step, 0, total) if (low, high) != (0, total) else found
    if found is None or abs(found.step - step) > max(NEAR_STEPS, TOO_FAR * (newest or 0)):
        return None
    return found


def _plain(row: bytes) -> bytes:
    row = row[:LONGEST]
    return b"" if row[:1] == b"\x1e" else _SGR.sub(b"", row) if b"\x1b" in row else row


def _by(pattern: re.Pattern[bytes]) -> Reading:
    def read(row: bytes) -> int | None:
        found = pattern.search(row)
        return None if found is None else int(found[1].replace(b",", b""))

    return read


def _by_epoch(batches: int) -> Reading:
    def read(row: bytes) -> int | None:
        found = _EPOCH_AND_BATCH.search(row)
        if found is None:
            return None
        return (int(found[1]) - 1) * batches + int(found[2].replace(b",", b""))

    return read


def _reading(
    rows: RowSource, total: int, newest: int | None, batches: int | None
) -> Reading | None:
    """How the newest rows name their steps: the way that comes nearest to the newest step."""
    lines = [_plain(row) for row in rows.rows(max(0, total - NEWEST), NEWEST)]
    ways = [_by(pattern) for pattern in _PATTERNS]
    if batches:
        ways.append(_by_epoch(batches))
    best: tuple[float, Reading] | None = None
    for read in ways:
        last = next((at for row in reversed(lines) if (at := read(row)) is not None), None)
        if last is None:
            continue
        distance = 0.0 if newest is None else abs(last - newest)
        if newest is not None and distance > max(NEAR_STEPS, NEAR * newest):
            continue
        if best is None or distance < best[0]:
            best = distance, read
    return None if best is None else best[1]


def _between(anchors: Sequence[Anchor], t: float | None, total: int) -> tuple[int, int]:
    """The rows between what happened before a moment and after it, with a page to spare."""
    if t is None:
        return 0, total
    low = max((anchor.row for anchor in anchors if anchor.t <= t), default=0)
    high = min((anchor.row for anchor in anchors if anchor.t > t), default=total)
    low, high = max(0, min(low, total) - PAGE), min(total, high + PAGE)
    return (low, high) if high > low else (0, total)


def _halved(rows: RowSource, read: Reading, step: int, low: int, high: int) -> Found | None:
    """The row nearest to a step where steps grow from `low` to `high`."""
    first, end = low, high
    while high - low > PAGE:
        middle = (low + high) // 2
        there = _next(rows, read, middle, high)
        if there is None:
            high = middle
        elif there.step < step:
            low = max(there.row, low + 1)
        else:
            high = middle
    start = max(first, low - PAGE)
    near: Found | None = None
    while start < end:
        for found in _named(rows, read, start, min(PAGE, end - start)):
            if near is None or abs(found.step - step) < abs(near.step - step):
                near = found
        start += PAGE
        if near is not None and start >= high + PAGE:
            break
        if start > high + FARTHEST:
            break
    return near


def _named(rows: RowSource, read: Reading, start: int, count: int) -> list[Found]:
    named = ((start + i, read(_plain(row))) for i, row in enumerate(rows.rows(start, count)))
    return [Found(row, at) for row, at in named if at is not None]


def _next(rows: RowSource, read: Reading, start: int, end: int) -> Found | None:
    """The first row from `start` on that names a step, not far away."""
    limit = min(end, start + FARTHEST)
    while start < limit:
        found = _named(rows, read, start, min(PAGE, limit - start))
        if found:
            return found[0]
        start += PAGE
    return None
