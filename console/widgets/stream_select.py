"""What is selected in the stream: from a cell of a line to a cell of another, by mouse or keys.

A selection is in lines, not in rows of the pane, so that it stays where it is when the pane
scrolls, grows or is resized.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.widgets.stream_text import Painted

MAX_COPY_LINES = 20_000
"""More than this is an export, not a copy."""
END = 1 << 30
"""A cell beyond every line's end."""


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A place in the stream."""

    line: int
    cell: int


@dataclass(frozen=True, slots=True)
class Selection:
    """From where it began to where it is now; both in no particular order.

    `whole` takes whole lines. `keys` is a selection that the arrow keys move.
    """

    anchor: Point
    head: Point
    whole: bool = False
    keys: bool = False

    def moved(self, lines: int, cells: int, last: int) -> Selection:
        """With the head moved, inside lines 0 … last. Moving by cells ends taking whole lines."""
        line = min(max(self.head.line + lines, 0), max(0, last))
        head = Point(line, max(0, self.head.cell + cells))
        return replace(self, head=head, whole=self.whole and not cells)

    @property
    def bounds(self) -> tuple[Point, Point]:
        """The first and the last selected place."""
        low, high = sorted((self.anchor, self.head))
        if self.whole:
            return Point(low.line, 0), Point(high.line, END)
        return low, Point(high.line, high.cell + 1)

    @property
    def empty(self) -> bool:
        return not self.keys and self.anchor == self.head

    def cells(self, line: int) -> tuple[int, int] | None:
        """The selected cells of a line, None when there are none."""
        low, high = self.bounds
        if self.empty or not low.line <= line <= high.line:
            return None
        return (
            low.cell if line == low.line else 0,
            high.cell if line == high.line else END,
        )

    def text(
        self, get: Callable[[int, int], Sequence[bytes]], paint: Callable[[bytes], Painted]
    ) -> str:
        """The selected text, at most MAX_COPY_LINES lines."""
        low, high = self.bounds
        count = min(high.line - low.line + 1, MAX_COPY_LINES)
        parts = []
        for number, row in enumerate(get(low.line, count)):
            painted, span = paint(row), self.cells(low.line + number)
            if span is not None:
                start, end = map(painted.character, span)
                parts.append(painted.text[start:end])
        return "\n".join(parts)
