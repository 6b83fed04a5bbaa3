"""Searching the stream: pattern, hits, the current one. No widget; `stream_bar.py` is typed into.

The search goes on in slices of a few milliseconds, from where the reader is to the end, then
from the beginning to there, and over what is printed later.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from console.core.sources import SearchPattern

if TYPE_CHECKING:
    from console.core.sources import RowSource

MAX_HITS = 100_000
MAX_SPANS = 64
"""Hits marked in one row."""


@runtime_checkable
class Scanner(Protocol):
    """A source of rows that can search in portions."""

    def scan(self, pattern: SearchPattern, start: int = 0) -> Iterator[Sequence[int]]:
        """Rows from `start` on that match, in order; an empty portion means "still looking"."""
        ...


class Search:
    """One pattern over the rows of one source, as row numbers."""

    def __init__(self, source: RowSource, text: str, origin: int, *, regex: bool = False) -> None:
        """Starts at row `origin`. `error` says why nothing can be found with this pattern."""
        self.pattern = SearchPattern(text, regex)
        self.current: int | None = None
        self.error = ""
        self.done = False
        self._source = source
        self._origin = max(0, origin)
        self._before = array("q")
        self._after = array("q")
        self._scanned = 0
        self._work: Iterator[None] = iter(())
        try:
            flags = re.IGNORECASE if self.pattern.ignore_case else re.NOFLAG
            self._marker = re.compile(text if regex else re.escape(text), flags)
        except re.error as error:
            self.error, self.done = f"{error}", True
            return
        self._work = self._scan_all()

    def __len__(self) -> int:
        return len(self._before) + len(self._after)

    def step(self) -> bool:
        """Works for a few milliseconds; False when there is nothing left to do for now."""
        if self.error:
            return False
        if self.done and self._scanned < self._source.count() and len(self._after) < MAX_HITS:
            self.done, self._work = False, self._scan_more()
        self.done = self.done or next(self._work, self) is self
        return not self.done

    def best(self) -> int | None:
        """The hit to show first: the next one from the origin on, else the last one."""
        if self._after:
            return self._after[0]
        return self._before[-1] if self.done and self._before else None

    def next(self, row: int, *, forward: bool) -> int | None:
        """The nearest hit after (or before) a row, around the end if need be."""
        if not len(self):
            return None
        place = self._rank(row + 1) if forward else self._rank(row) - 1
        return self._hit(place % len(self))

    def any_in(self, first: int, end: int) -> bool:
        """Whether there is a hit in rows first … end-1."""
        return self._rank(first) < self._rank(end)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the pattern is in the text of a row, in characters."""
        found: list[tuple[int, int]] = []
        for match in self._marker.finditer(text) if not self.error else ():
            if match.end() > match.start():
                found.append(match.span())
            if len(found) >= MAX_SPANS:
                break
        return found

    def count(self) -> str:
        """`3/17`, `3/100,000+`, `17…` while it goes on, or why there is none."""
        if self.error:
            return "bad pattern"
        total = len(self)
        if not total:
            return "no hit" if self.done else "…"
        more = "+" if max(len(self._after), len(self._before)) >= MAX_HITS else ""
        more = more if self.done else "…"
        place = "" if self.current is None else f"{self._rank(self.current) + 1:,}/"
        return f"{place}{total:,}{more}"

    def _rank(self, row: int) -> int:
        """How many hits there are before a row."""
        if row <= self._origin:
            return bisect_left(self._before, row)
        return len(self._before) + bisect_right(self._after, row - 1)

    def _hit(self, place: int) -> int:
        before = len(self._before)
        return self._before[place] if place < before else self._after[place - before]

    def _scan_all(self) -> Iterator[None]:
        self._scanned = self._source.count()
        for portion in _portions(self._source, self.pattern, self._origin):
            self._after.extend(portion[: MAX_HITS - len(self._after)])
            yield
            if len(self._after) >= MAX_HITS:
                break
        for portion in _portions(self._source, self.pattern, 0):
            for row in portion:
                if row >= self._origin or len(self._before) >= MAX_HITS:
                    return
                self._before.append(row)
            yield

    def _scan_more(self) -> Iterator[None]:
        start, self._scanned = self._scanned, self._source.count()
        for portion in _portions(self._source, self.pattern, start):
            self._after.extend(portion[: MAX_HITS - len(self._after)])
            yield
            if len(self._after) >= MAX_HITS:
                return


def _portions(source: RowSource, pattern: SearchPattern, start: int) -> Iterator[Sequence[int]]:
    """Matching rows from `start` on, in portions where the source can give them so."""
    if isinstance(source, Scanner):
        return source.scan(pattern, start)
    rows = source.matches(pattern, start + MAX_HITS)
    return iter(([row for row in rows if row >= start],))
