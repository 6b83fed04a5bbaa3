"""When the stream is painted: at once after a pause, then at most 60 times a second.

And which cells of a row have to be painted at all.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.cells import cell_len

from console.widgets import slow_link
from console.widgets.stream_terminal import is_busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.segment import Segment
    from textual.widget import Widget

FRAME_SECONDS = 0.007
"""Least time between two frames. In a flood there are fewer: the backend tells of rows less often
then, and the two must never wait for one another."""


class Pace:
    """Calls `paint` for a widget as soon as it is wanted, but not more often than a frame allows.

    While the terminal has not taken what was written, or a slow link may not have more, it waits.
    """

    _clock = staticmethod(time.monotonic)

    def __init__(self, widget: Widget, paint: Callable[[], None]) -> None:
        self._widget = widget
        self._paint = paint
        self._next = -1.0
        self._armed = False

    def want(self) -> None:
        """Something changed."""
        if self._armed:
            return
        wait = max(self._next - self._clock(), slow_link.wait(self._widget))
        if wait <= 0 and not is_busy(self._widget):
            self._now()
        else:
            self._armed = True
            self._widget.set_timer(max(wait, 0.001), self._late)

    def _late(self) -> None:
        self._armed = False
        if is_busy(self._widget) or slow_link.wait(self._widget):
            self._next = self._clock() + FRAME_SECONDS
            self.want()
        else:
            self._now()

    def _now(self) -> None:
        self._next = self._clock() + FRAME_SECONDS
        self._paint()


def changed_span(old: list[Segment], new: list[Segment], width: int) -> tuple[int, int] | None:
    """The cells (from, to) in which two lines of `width` cells differ; None when they do not."""
    if old == new:
        return None
    start = _same(old, new, width, from_end=False)
    end = width - _same(old, new, width, from_end=True)
    return (start, end) if start < end else (0, width)


def _same(old: list[Segment], new: list[Segment], width: int, *, from_end: bool) -> int:
    """How many cells two different lines surely have in common from their left or right end."""
    cells = 0
    pairs = zip(reversed(old), reversed(new)) if from_end else zip(old, new)  # noqa: B905
    for one, other in pairs:
        first, second = one.text, other.text
        if one.style is not other.style and one.style != other.style:
            return cells
        if first == second:
            cells += len(first) if first.isascii() else cell_len(first)
            continue
        length = _common(first[::-1], second[::-1]) if from_end else _common(first, second)
        common = first[len(first) - length :] if from_end else first[:length]
        if common.isascii():
            return cells + length
        # A mark that joins the character before it changes that character too.
        return max(0, cells + cell_len(common) - 2)
    return min(cells, width)


def _common(one: str, other: str) -> int:
    """How many characters two different texts begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
