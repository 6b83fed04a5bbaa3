"""The lines of the stream as one list: the command, the settled rows, the live rows.

A line has a number in the log and a position on the screen; they are the same as long as nothing
is filtered or folded. Also how lines stand on the screen: a `Place` for each row of the pane.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from console.widgets.stream_folds import Folds, starts
from console.widgets.stream_hits import picked
from console.widgets.stream_text import MAX_BYTES, PROMPT, Painted, breaks
from console.widgets.stream_whole import Whole

if TYPE_CHECKING:
    from console.core.sources import RowSource
    from console.core.state import RunState
    from console.widgets.stream_filter import Filter

_KEPT = 2048
"""Filtered rows that are kept: they lie far apart, and each is a read."""


class StreamLines:
    """Line 0 is the command, if it is known; line n is row n-1 of the source.

    With a filter only its rows have a position, and those of tracebacks that are shown whole;
    folds do not count.
    """

    def __init__(self) -> None:
        self.source: RowSource | None = None
        self.whole: Whole | None = None
        """What a filter shows."""
        self.folds = Folds()
        self._prompt: bytes | None = None
        self._live: Sequence[bytes] = ()
        self._shown_live: list[int] = []
        self._kept: dict[int, bytes] = {}
        self._leads: dict[int, bool] = {}
        self.settled = 1

    @property
    def filter(self) -> Filter | None:
        """What chooses lines; None where all are shown."""
        return None if self.whole is None else self.whole.filter

    @filter.setter
    def filter(self, chosen: Filter | None) -> None:
        self.whole = None if chosen is None else Whole(chosen)

    def show(self, state: RunState) -> None:
        """Takes the command from the state."""
        self._prompt = PROMPT + prompt(state).encode("utf-8", "replace") if state.run.id else None

    @property
    def first(self) -> int:
        """The first position there is: 1 while the command is not known."""
        return 1 if self._prompt is None and self.filter is None else 0

    @property
    def end(self) -> int:
        """The number of the line after the last one."""
        return self.settled + len(self._live)

    def measure(self) -> int:
        """Looks at the source anew; the position after the last one."""
        if self.source is not None:
            settled = 1 + self.source.count()
            if settled < self.settled:
                self.folds.clear()
                self._kept.clear()
                self._leads.clear()
            self.settled = settled
            self._live = self.source.live()
        if self.whole is None:
            return self.end - self.folds.hidden
        shows = self.whole.filter.shows
        self._shown_live = [n for n, row in enumerate(self._live, self.settled) if shows(row)]
        return len(self.whole) + len(self._shown_live)

    def position(self, line: int) -> int:
        """Where a line is shown; of a hidden one, where the next one is, or its fold."""
        if self.whole is None:
            return self.folds.position(line) if len(self.folds) else line
        before = sum(1 for live in self._shown_live if live < line)
        return self.whole.rank(max(0, min(line, self.settled) - 1)) + before

    def line(self, position: int) -> int:
        """The number of the line at a position."""
        if self.whole is None:
            return self.folds.line(position) if len(self.folds) else position
        if position < len(self.whole):
            return self.whole.hit(position) + 1 if position >= 0 else 0
        live = position - len(self.whole)
        return self._shown_live[live] if live < len(self._shown_live) else self.end

    def is_shown(self, line: int) -> bool:
        """Whether a line has a position of its own."""
        return line < self.end and self.line(self.position(line)) == line

    def at(self, first: int, count: int) -> tuple[Sequence[int], list[bytes]]:
        """Numbers and rows of the lines at positions first … first+count-1; fewer at the end."""
        if self.filter is not None:
            return self._filtered(first, count)
        if not len(self.folds):
            rows = self.get(first, count)
            return range(first, first + len(rows)), rows
        numbers: list[int] = []
        found: list[bytes] = []
        line = self.folds.line(first)
        while len(found) < count:
            fold = self.folds.at(line)
            part = [fold.row] if fold else self.get(line, self._until_fold(line, count))
            if not part:
                break
            numbers += range(line, line + len(part))
            found += part
            line = fold.end if fold else line + len(part)
        return numbers[:count], found[:count]

    def get(self, first: int, count: int) -> list[bytes]:
        """Lines first … first+count-1 as they were at the last `measure`; fewer at the end.

        Of a line of more than MAX_BYTES only the beginning: the rest is in the file.
        """
        lines: list[bytes] = []
        if first == 0 and count > 0:
            lines.append(self._prompt or b"")
        start, end = max(first, 1), first + count
        if self.source is not None and start < min(end, self.settled):
            lines += self.source.rows(start - 1, min(end, self.settled) - start)
        if end > self.settled:
            lines += self._live[max(0, start - self.settled) : end - self.settled]
        return [line[:MAX_BYTES] for line in lines]

    def between(self, low: int, high: int, most: int) -> tuple[Sequence[int], list[bytes]]:
        """Numbers and rows of lines low … high, at most so many: what is folded too, of a filter
        only what it shows."""
        if self.filter is None:
            rows = self.get(low, min(high - low + 1, most))
            return range(low, low + len(rows)), rows
        first, end = self.position(low), self.position(high + 1)
        return self._filtered(first, min(end - first, most))

    def count_between(self, low: int, high: int) -> int:
        """How many lines `between` would give, were there no limit."""
        if self.filter is None:
            return high - low + 1
        return self.position(high + 1) - self.position(low)

    def rows_between(self, low: int, high: int) -> Sequence[int]:
        """The numbers of the settled rows among lines low … high."""
        if self.whole is None:
            return range(max(0, low - 1), min(high, self.settled - 1))
        first = self.whole.rank(max(0, low - 1))
        return self.whole.hits(first, self.whole.rank(high) - first)

    def begins_traceback(self, place: Place) -> bool:
        """Whether a traceback begins with a line; with a filter, also right after it."""
        if place.left:
            return False
        if self.whole is None or starts(place.row):
            return starts(place.row)
        following = place.line + 1
        if following >= self.settled or self.whole.at(place.line) or self.whole.at(following):
            return False
        if self.whole.filter.any_in(place.line, following):  # that line itself is shown
            return False
        if place.line not in self._leads:
            if len(self._leads) > _KEPT:
                self._leads.clear()
            self._leads[place.line] = any(map(starts, self.get(place.line + 1, 1)))
        return self._leads[place.line]

    def _until_fold(self, line: int, count: int) -> int:
        """How many lines from `line` on are in no fold, at most `count`."""
        following = self.folds.next_head(line)
        return count if following is None else min(count, following - line)

    def _filtered(self, first: int, count: int) -> tuple[list[int], list[bytes]]:
        assert self.whole is not None
        hits = self.whole.hits(first, count)
        missing = [row for row in hits if row not in self._kept]
        if missing and self.source is not None:
            if len(self._kept) > _KEPT:
                self._kept.clear()
                missing = hits
            found = picked(self.source, missing)
            self._kept.update(zip(missing, (row[:MAX_BYTES] for row in found), strict=False))
        rows = [self._kept.get(row, b"") for row in hits]
        after = max(0, first - len(self.whole))
        live = self._shown_live[after : after + count - len(hits)]
        rows += [self._live[line - self.settled][:MAX_BYTES] for line in live]
        return [*(row + 1 for row in hits), *live], rows


def prompt(state: RunState) -> str:
    """`[user@host dir]$ command`, from what is known of the run."""
    run = state.run
    folder = PurePosixPath(run.cwd).name or run.cwd or "~"
    return f"[{run.user or '?'}@{run.host or '?'} {folder}]$ {shlex.join(run.command)}"


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the pane: which line it shows, at which position, from which cell of it on."""

    line: int
    left: int
    row: bytes
    at: int = 0


Paint = Callable[[bytes], Painted]


def unwrapped(rows: Sequence[bytes], top: int, left: int, numbers: Sequence[int]) -> list[Place]:
    """One place a line; the first is at position `top`."""
    pairs = zip(numbers, rows, strict=True)
    return [Place(line, left, row, at) for at, (line, row) in enumerate(pairs, top)]


def wrapped(
    rows: Sequence[bytes],
    top: int,
    width: int,
    height: int,
    paint: Paint,
    numbers: Sequence[int],
    *,
    end: bool,
) -> list[Place]:
    """As many places as fit, each line over as many as it needs; the last ones when `end`."""
    pairs = zip(numbers, rows, strict=True)
    places = [
        Place(line, left, row, at)
        for at, (line, row) in enumerate(pairs, top)
        for left in breaks(paint(row), width)
    ]
    return places[-height:] if end else places[:height]


def last_page(rows: Sequence[bytes], total: int, width: int, height: int, paint: Paint) -> int:
    """The first line of the last page of wrapped lines; `rows` are the last ones of `total`."""
    used, line = 0, total
    for row in reversed(rows):
        used += len(breaks(paint(row), width))
        if used > height and line < total:
            break
        line -= 1
    return line


def moved(before: Sequence[Place], after: Sequence[Place]) -> int:
    """By how many rows what was in view went up; below 0 for down, 0 for not or out of view."""
    if not before or not after:
        return 0
    one, other = [[(place.line, place.left) for place in places] for places in (before, after)]
    if other[0] in one:
        return one.index(other[0])
    return -other.index(one[0]) if one[0] in other else 0
