"""The lines of the stream as one list: the command, the settled rows, the live rows.

Also how lines stand on the screen: a `Place` for each row of the pane, wrapped or not.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from console.widgets.stream_text import MAX_BYTES, PROMPT, Painted, breaks

if TYPE_CHECKING:
    from console.core.sources import RowSource
    from console.core.state import RunState


class StreamLines:
    """Line 0 is the command, if it is known; line n is row n-1 of the source."""

    def __init__(self) -> None:
        self.source: RowSource | None = None
        self._prompt: bytes | None = None
        self._live: Sequence[bytes] = ()
        self.settled = 1

    def show(self, state: RunState) -> None:
        """Takes the command from the state."""
        self._prompt = PROMPT + prompt(state).encode("utf-8", "replace") if state.run.id else None

    @property
    def first(self) -> int:
        """The first line there is: 1 while the command is not known."""
        return 1 if self._prompt is None else 0

    def measure(self) -> int:
        """Looks at the source anew; the number of the line after the last one."""
        if self.source is not None:
            self.settled = 1 + self.source.count()
            self._live = self.source.live()
        return self.settled + len(self._live)

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


def prompt(state: RunState) -> str:
    """`[user@host dir]$ command`, from what is known of the run."""
    run = state.run
    folder = PurePosixPath(run.cwd).name or run.cwd or "~"
    return f"[{run.user or '?'}@{run.host or '?'} {folder}]$ {shlex.join(run.command)}"


@dataclass(frozen=True, slots=True)
class Place:
    """A row of the pane: which line it shows, from which cell of it on."""

    line: int
    left: int
    row: bytes


Paint = Callable[[bytes], Painted]


def unwrapped(rows: Sequence[bytes], top: int, left: int) -> list[Place]:
    """One place a line."""
    return [Place(top + number, left, row) for number, row in enumerate(rows)]


def wrapped(
    rows: Sequence[bytes], top: int, width: int, height: int, paint: Paint, *, end: bool
) -> list[Place]:
    """As many places as fit, each line over as many as it needs; the last ones when `end`."""
    places = [
        Place(top + number, left, row)
        for number, row in enumerate(rows)
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
