"""Folded tracebacks: runs of lines of which one is shown. Numbers only, and finding their ends.

A line has a number in the log and a position on the screen; a fold takes positions away.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console.widgets.stream_text import FOLDED, plain_text

LONGEST = 2000
"""Rows of a traceback at most; a longer one stays open."""
_UP = 400
"""So far up the head of a traceback is looked for."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Lines head … end-1 as one; `row` is what is shown for them."""

    head: int
    end: int
    row: bytes

    @property
    def hidden(self) -> int:
        return self.end - self.head - 1


class Folds:
    """All folds, in order, and where lines are when they are folded."""

    def __init__(self) -> None:
        self._folds: list[Fold] = []
        self._heads: list[int] = []
        self._gone: list[int] = []
        """Lines hidden by the folds before each one, and by all."""
        self._count()

    def __len__(self) -> int:
        return len(self._folds)

    @property
    def hidden(self) -> int:
        """Lines that are not shown."""
        return self._gone[-1]

    def at(self, line: int) -> Fold | None:
        """The fold that a line is in."""
        place = bisect_right(self._heads, line) - 1
        found = self._folds[place] if place >= 0 else None
        return found if found is not None and line < found.end else None

    def next_head(self, line: int) -> int | None:
        """Where the next fold after a line begins."""
        place = bisect_right(self._heads, line)
        return self._heads[place] if place < len(self._heads) else None

    def add(self, *folds: Fold) -> None:
        """Folds; where two overlap, the one that begins first stays, of new and old the new."""
        found: list[Fold] = []
        for fold in sorted({*self._folds, *folds}, key=lambda one: (one.head, -one.end)):
            if found and fold.head < found[-1].end:
                if found[-1] in folds or fold not in folds:
                    continue
                found.pop()
            found.append(fold)
        self._folds = found
        self._count()

    def open(self, fold: Fold) -> None:
        """Shows its lines again."""
        self._folds = [one for one in self._folds if one != fold]
        self._count()

    def clear(self) -> None:
        """Shows all lines again."""
        self._folds = []
        self._count()

    def position(self, line: int) -> int:
        """Where a line is shown; a hidden one where the first line of its fold is."""
        fold = self.at(line)
        line = line if fold is None else fold.head
        return line - self._gone[bisect_left(self._heads, line)]

    def line(self, position: int) -> int:
        """The line shown at a position."""
        low, high = 0, len(self._folds)
        while low < high:
            middle = (low + high) // 2
            if self._heads[middle] - self._gone[middle] < position:
                low = middle + 1
            else:
                high = middle
        return position + self._gone[low]

    def _count(self) -> None:
        self._heads = [fold.head for fold in self._folds]
        self._gone = [0]
        for fold in self._folds:
            self._gone.append(self._gone[-1] + fold.hidden)


Get = Callable[[int, int], Sequence[bytes]]
"""Lines first … first+count-1."""


def starts(row: bytes) -> bool:
    """Whether a traceback begins with a row."""
    if b"Traceback (most recent" not in row:
        return False
    from console.core.failure_trace import is_head  # after the first paint

    return is_head(plain_text(row))


def found_at(get: Get, head: int) -> Fold | None:
    """The traceback that begins with a line."""
    from console.core.failure_trace import trace_from  # after the first paint

    rows = [plain_text(row) for row in get(head, LONGEST)]
    trace = trace_from(rows, head)
    if trace is None or trace.last == trace.first:
        return None
    more = trace.last - trace.first
    words = f"Traceback … {trace.line}  (+{more:,} line{'' if more == 1 else 's'})"
    return Fold(head, trace.last + 1, FOLDED + words.encode("utf-8", "replace"))


def found_around(get: Get, line: int) -> Fold | None:
    """The traceback that a line is part of."""
    first = max(0, line - _UP)
    rows = get(first, line - first + 1)
    heads = [first + number for number, row in enumerate(rows) if starts(row)]
    best = None
    for head in reversed(heads):
        fold = found_at(get, head)
        if fold is None or line >= fold.end:
            break
        # One that is chained to another belongs to the whole of them.
        best = fold
    return best
