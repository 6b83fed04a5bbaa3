"""What a widget may ask for besides the state: rows of output and series of metrics.

Widgets know these protocols; `app.py` hands them something that reads the run directory, tests
hand them lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Axis(StrEnum):
    """What a chart's x is."""

    STEP = "step"
    EPOCH = "epoch"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Columns:
    """A series reduced for drawing: in each column the smallest and the largest value.

    All lists have the same length, at most the number of columns asked for; `x` grows strictly.
    Columns without a finite value are left out. `gaps` are x positions of NaN or infinite values.
    """

    x: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    last: Sequence[float]
    gaps: Sequence[float] = ()

    def __len__(self) -> int:
        return len(self.x)


EMPTY = Columns((), (), (), ())


@dataclass(frozen=True, slots=True)
class Point:
    """A recorded value: its step, Unix seconds, and epoch (None where one is not known)."""

    step: float | None
    t: float
    value: float
    epoch: float | None = None

    def x(self, axis: Axis) -> float | None:
        """Where it is on an axis."""
        return {Axis.STEP: self.step, Axis.TIME: self.t, Axis.EPOCH: self.epoch}[axis]


class SeriesSource(Protocol):
    """Metrics of one run over its whole length."""

    def names(self) -> Sequence[str]:
        """Every series there is, sorted."""
        ...

    def version(self) -> int:
        """Grows when something was added; a chart need not be rebuilt before that."""
        ...

    def extent(self, name: str, axis: Axis) -> tuple[float, float] | None:
        """The first and last x of a series; None when it is empty. Times are Unix seconds."""
        ...

    def columns(self, name: str, axis: Axis, low: float, high: float, columns: int) -> Columns:
        """The part of a series with low ≤ x ≤ high in at most `columns` columns."""
        ...

    def nearest(self, name: str, axis: Axis, x: float) -> tuple[float, float] | None:
        """The recorded (x, value) nearest to `x`."""
        ...

    def point(self, name: str, axis: Axis, x: float) -> Point | None:
        """The same value with its place on every axis."""
        ...


class RowSource(Protocol):
    """Clean rows of output: safe text with colour sequences only, one row without its newline.

    A row that begins with the byte 0x1e is one of ours (PAUSED, RESUMED, a gap), not the
    trainer's.
    """

    def count(self) -> int:
        """Number of settled rows; only grows."""
        ...

    def rows(self, first: int, count: int) -> Sequence[bytes]:
        """Settled rows first … first+count-1; fewer at the end. First is 0-based."""
        ...

    def live(self) -> Sequence[bytes]:
        """Rows after the settled ones that may still change (progress bars)."""
        ...

    def find(self, pattern: SearchPattern, start: int, *, forward: bool) -> int | None:
        """The number of the first settled row from `start` on that matches; None when none does."""
        ...

    def matches(self, pattern: SearchPattern, limit: int) -> Sequence[int]:
        """The numbers of all settled rows that match, in order, at most `limit`."""
        ...


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The newest rows of a log as they were at a moment: a `RowSource` with nothing before them."""

    first: int
    """The number of the first of them."""
    newest: Sequence[bytes]

    def count(self) -> int:
        return self.first + len(self.newest)

    def rows(self, first: int, count: int) -> Sequence[bytes]:
        start = max(0, first - self.first)
        return self.newest[start : max(start, first + count - self.first)]

    def live(self) -> Sequence[bytes]:
        return ()

    def find(self, pattern: SearchPattern, start: int, *, forward: bool) -> int | None:  # noqa: ARG002
        return None

    def matches(self, pattern: SearchPattern, limit: int) -> Sequence[int]:  # noqa: ARG002
        return ()


@dataclass(frozen=True, slots=True)
class SearchPattern:
    """What to look for: text or a regular expression. Smart case: capitals make case count."""

    text: str
    regex: bool = False

    @property
    def ignore_case(self) -> bool:
        return self.text == self.text.lower()
