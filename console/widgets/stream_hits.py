"""Row numbers that something is true of, found in slices: what searching and filtering share.

The work goes from the row the reader is at to the end, then from the beginning to there, then
over what is printed later. Of a row only its number is kept.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from console.core.sources import RowSource, SearchPattern

Keep = Callable[[bytes], bool]
"""Whether a row that was found is really meant."""

_CHECKED = 64
"""Rows that are looked at closely at a time."""

_NEAR = 256
"""Rows so close together are read at once."""


@runtime_checkable
class Scanner(Protocol):
    """A source of rows that can search in portions."""

    def scan(self, pattern: SearchPattern, start: int = 0) -> Iterator[Sequence[int]]:
        """Rows from `start` on that match, in order; an empty portion means "still looking"."""
        ...


class Hits:
    """The rows of one source that match a pattern, at most `limit` before and after the origin.

    `pattern` None means none: nothing is looked for. `keep` judges each row that matches.
    """

    def __init__(
        self,
        source: RowSource,
        pattern: SearchPattern | None,
        origin: int,
        *,
        keep: Keep | None = None,
        limit: int = 1 << 32,
    ) -> None:
        self.pattern = pattern
        self.error = "" if pattern is None else problem(pattern)
        self.done = pattern is None or bool(self.error)
        self._source, self._keep, self._limit = source, keep, limit
        self._origin = max(0, origin)
        self._before, self._after = array("I"), array("I")
        self._scanned = 0
        self._work: Iterator[None] = iter(()) if self.done else self._scan_all()

    def __len__(self) -> int:
        return len(self._before) + len(self._after)

    @property
    def is_stale(self) -> bool:
        """Whether rows that were looked at are no more: the log was cut back after a crash."""
        return self._source.count() < self._scanned

    @property
    def is_full(self) -> bool:
        """Whether there were more than `limit`."""
        return max(len(self._before), len(self._after)) >= self._limit

    def step(self) -> bool:
        """Works for a few milliseconds; False when there is nothing left to do for now."""
        if self.error or self.pattern is None:
            return False
        if self.done and self._scanned < self._source.count() and len(self._after) < self._limit:
            self.done, self._work = False, self._scan_more()
        self.done = self.done or next(self._work, self) is self
        return not self.done

    def any_in(self, first: int, end: int) -> bool:
        """Whether there is a hit in rows first … end-1."""
        return self.rank(first) < self.rank(end)

    def rank(self, row: int) -> int:
        """How many hits there are before a row."""
        if row <= self._origin:
            return bisect_left(self._before, row)
        return len(self._before) + bisect_right(self._after, row - 1)

    def hit(self, place: int) -> int:
        """The row of a hit, counted from 0."""
        before = len(self._before)
        return self._before[place] if place < before else self._after[place - before]

    def hits(self, first: int, count: int) -> list[int]:
        """The rows of hits first … first+count-1; fewer at the end."""
        before, end = len(self._before), first + count
        found = self._before[first:end].tolist()
        return found + self._after[max(0, first - before) : max(0, end - before)].tolist()

    def all(self) -> array[int]:
        """Every hit, in order."""
        return self._before + self._after

    def _scan_all(self) -> Iterator[None]:
        self._scanned = self._source.count()
        yield from self._append(self._origin)
        for portion in self._portions(0):
            for row in portion:
                if row >= self._origin or len(self._before) >= self._limit:
                    return
                self._before.append(row)
            yield

    def _scan_more(self) -> Iterator[None]:
        start, self._scanned = self._scanned, self._source.count()
        yield from self._append(start)

    def _append(self, start: int) -> Iterator[None]:
        for portion in self._portions(start):
            self._after.extend(portion[: self._limit - len(self._after)])
            yield
            if len(self._after) >= self._limit:
                return

    def _portions(self, start: int) -> Iterator[Sequence[int]]:
        assert self.pattern is not None
        return portions(self._source, self.pattern, start, self._keep)


def portions(
    source: RowSource, pattern: SearchPattern, start: int, keep: Keep | None = None
) -> Iterator[Sequence[int]]:
    """Matching rows from `start` on, in portions where the source can give them so."""
    found: Iterator[Sequence[int]]
    if isinstance(source, Scanner):
        found = source.scan(pattern, start)
    else:
        rows = source.matches(pattern, source.count())
        found = iter(([row for row in rows if row >= start],))
    if keep is None:
        yield from found
        return
    for portion in found:
        for first in range(0, len(portion), _CHECKED):
            part = portion[first : first + _CHECKED]
            yield [row for row, text in zip(part, picked(source, part), strict=False) if keep(text)]
        if not portion:
            yield portion


def picked(source: RowSource, rows: Sequence[int]) -> list[bytes]:
    """The text of some rows, in order; in few reads where they lie close together."""
    found: list[bytes] = []
    place = 0
    while place < len(rows):
        first, end = rows[place], place + 1
        while end < len(rows) and rows[end] - first < _NEAR:
            end += 1
        part = source.rows(first, rows[end - 1] - first + 1)
        found += [part[row - first] for row in rows[place:end] if row - first < len(part)]
        place = end
    return found


def compiled(pattern: SearchPattern) -> re.Pattern[str]:
    """What finds the pattern in the text of a row. Raises `re.error`."""
    flags = re.IGNORECASE if pattern.ignore_case else re.NOFLAG
    return re.compile(pattern.text if pattern.regex else re.escape(pattern.text), flags)


def problem(pattern: SearchPattern) -> str:
    """Why nothing can be found with a pattern, in a sentence; empty when it is good."""
    try:
        compiled(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        said = getattr(error, "msg", str(error))
        place = getattr(error, "pos", None)
        at = "" if place is None else f" at character {place + 1}"
        return f"bad pattern: {said}{at}"
    return ""
