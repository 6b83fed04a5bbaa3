"""Tracebacks that a filter shows whole: which rows there are then. Numbers only.

A filter shows single rows. Who looks at one of them wants the traceback it belongs to: that one is
opened, and all its lines stand among what the filter shows, until it is closed again.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING

from console.widgets.stream_folds import Fold, found_around, found_at, starts

if TYPE_CHECKING:
    from console.widgets.stream_filter import Filter
    from console.widgets.stream_folds import Get


class Whole:
    """The rows a filter shows, with all those of the tracebacks that were opened.

    As `Hits`: `len`, `rank`, `hit`, `hits`, `all`. A `Fold` tells lines; row n is line n+1.
    """

    def __init__(self, chosen: Filter) -> None:
        self.filter = chosen
        self._open: list[Fold] = []
        self._counted = -1
        self._places: list[int] = []
        """Where the first row of each open one is shown."""
        self._more: list[int] = []
        """Rows that are shown only for those before each one, and for all."""

    def __len__(self) -> int:
        self._count()
        return len(self.filter) + self._more[-1]

    @property
    def count(self) -> int:
        """How many tracebacks are open."""
        return len(self._open)

    def at(self, line: int) -> Fold | None:
        """The open traceback that a line is in."""
        place = bisect_right(self._open, line, key=lambda fold: fold.head) - 1
        found = self._open[place] if place >= 0 else None
        return found if found is not None and line < found.end else None

    def open(self, *folds: Fold) -> None:
        """Shows all their lines; one that overlaps one that is open stays as it is."""
        for fold in folds:
            place = bisect_right(self._open, fold.head, key=lambda one: one.head)
            following = self._open[place : place + 1]
            if self.at(fold.head) is None and all(fold.end <= one.head for one in following):
                self._open.insert(place, fold)
        self._counted = -1

    def close(self, *folds: Fold) -> None:
        """Shows of them what the filter lets through; of all without any."""
        self._open = [one for one in self._open if folds and one not in folds]
        self._counted = -1

    def rank(self, row: int) -> int:
        """How many rows are shown before a row."""
        self._count()
        place = bisect_right(self._open, row, key=lambda fold: fold.head - 1) - 1
        if place >= 0 and row < self._open[place].end - 1:
            return self._places[place] + row - (self._open[place].head - 1)
        return self.filter.rank(row) + self._more[place + 1]

    def hit(self, place: int) -> int:
        """The row shown at a place, counted from 0."""
        self._count()
        number = bisect_right(self._places, place) - 1
        if number >= 0:
            fold = self._open[number]
            inside = place - self._places[number]
            if inside < fold.end - fold.head:
                return fold.head - 1 + inside
        return self.filter.hit(place - self._more[number + 1])

    def hits(self, first: int, count: int) -> list[int]:
        """The rows shown at first … first+count-1; fewer at the end."""
        if not self._open:
            return self.filter.hits(first, count)
        end = min(first + count, len(self))
        return [self.hit(place) for place in range(first, end)]

    def all(self) -> array[int]:
        """Every row that is shown, in order."""
        found = self.filter.all()
        for fold in reversed(self._open):
            low, high = self.filter.rank(fold.head - 1), self.filter.rank(fold.end - 1)
            found[low:high] = array("I", range(fold.head - 1, fold.end - 1))
        return found

    def _count(self) -> None:
        """Counts anew where the filter found more."""
        if self._counted == len(self.filter):
            return
        self._counted = len(self.filter)
        self._places, self._more = [], [0]
        for fold in self._open:
            low, high = self.filter.rank(fold.head - 1), self.filter.rank(fold.end - 1)
            self._places.append(low + self._more[-1])
            self._more.append(self._more[-1] + fold.end - fold.head - (high - low))


def belonging(get: Get, line: int) -> Fold | None:
    """The traceback that a line is part of, or that comes right after it: what was logged with
    an error."""
    found = found_around(get, line)
    if found is None and any(map(starts, get(line + 1, 1))):
        found = found_at(get, line + 1)
    return found
