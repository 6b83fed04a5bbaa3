"""What is selected in the stream: from a cell of a line to a cell of another, by mouse or keys.

A selection is in lines, not in rows of the pane, so that it stays where it is when the pane
scrolls, grows or is resized.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.widgets.stream_folds import Folds
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

    `whole` takes whole lines. `keys` is a selection that the arrow keys move. `fixed` is one that
    is there though it has but one place: a word, a line.
    """

    anchor: Point
    head: Point
    whole: bool = False
    keys: bool = False
    fixed: bool = False

    def moved(self, line: int, cells: int) -> Selection:
        """With the head on a line, moved by cells; that ends taking whole lines."""
        head = Point(line, max(0, self.head.cell + cells))
        return replace(self, head=head, whole=self.whole and not cells)

    def unfolded(self, folds: Folds) -> Selection:
        """With all that is folded where it begins or ends."""
        low, high = sorted((self.anchor, self.head))
        first, last = folds.at(low.line), folds.at(high.line)
        low = low if first is None else Point(first.head, 0)
        high = high if last is None else Point(last.end - 1, END)
        return replace(self, anchor=low, head=high)

    @property
    def bounds(self) -> tuple[Point, Point]:
        """The first and the last selected place."""
        low, high = sorted((self.anchor, self.head))
        if self.whole:
            return Point(low.line, 0), Point(high.line, END)
        return low, Point(high.line, high.cell + 1)

    @property
    def empty(self) -> bool:
        return not self.keys and not self.fixed and self.anchor == self.head

    def cells(self, line: int) -> tuple[int, int] | None:
        """The selected cells of a line, None when there are none."""
        low, high = self.bounds
        if self.empty or not low.line <= line <= high.line:
            return None
        return (
            low.cell if line == low.line else 0,
            high.cell if line == high.line else END,
        )

    def text(self, lines: Iterable[tuple[int, bytes]], paint: Callable[[bytes], Painted]) -> str:
        """The selected text of lines: their numbers and rows."""
        parts = []
        for number, row in lines:
            painted, span = paint(row), self.cells(number)
            if span is not None:
                start, end = map(painted.character, span)
                parts.append(painted.text[start:end])
        return "\n".join(parts)
