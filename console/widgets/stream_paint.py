"""When the stream is painted: at once after a pause, then at most 60 times a second.

And which cells of a row have to be painted at all.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.cells import cell_len

from console.widgets.stream_terminal import is_busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.segment import Segment
    from textual.widget import Widget

FRAME_SECONDS = 0.014
"""Least time between two frames: a little less than the 16 ms at which the backend tells of rows,
so that the two never wait for one another."""


class Pace:
    """Calls `paint` for a widget as soon as it is wanted, but not more often than a frame allows.

    While the terminal has not taken what was written, it waits.
    """

    _clock = staticmethod(time.monotonic)

    def __init__(self, widget: Widget, paint: Callable[[], None]) -> None:
        self._widget = widget
        self._paint = paint
        self._last = -1.0
        self._armed = False

    def want(self) -> None:
        """Something changed."""
        if self._armed:
            return
        wait = self._last + FRAME_SECONDS - self._clock()
        if wait <= 0 and not is_busy(self._widget):
            self._now()
        else:
            self._armed = True
            self._widget.set_timer(max(wait, 0.001), self._late)

    def _late(self) -> None:
        self._armed = False
        if is_busy(self._widget):
            self._last = self._clock()
            self.want()
        else:
            self._now()

    def _now(self) -> None:
        self._last = self._clock()
        self._paint()


def changed_span(old: list[Segment], new: list[Segment], width: int) -> tuple[int, int] | None:
    """The cells (from, to) in which two lines of `width` cells differ; None when they do not."""
    if old == new:
        return None
    start = _same(old, new, 1)
    end = width - _same(old, new, -1)
    return (start, end) if start < end else (0, width)


def _same(old: list[Segment], new: list[Segment], step: int) -> int:
    """How many cells two lines have in common from the left (step 1) or the right (-1)."""
    ones, others = iter(old[::step]), iter(new[::step])
    one, other = next(ones, None), next(others, None)
    first = second = ""
    cells = 0
    while one and other and one.style == other.style:
        first, second = first or one.text[::step], second or other.text[::step]
        length = _common(first, second)
        common = first[:length]
        cells += cell_len(common[::step])
        first, second = first[length:], second[length:]
        if first and second:
            # A mark that joins the character before it changes that character too.
            return cells if common.isascii() else max(0, cells - 2)
        one = one if first else next(ones, None)
        other = other if second else next(others, None)
    return cells


def _common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    length = min(len(one), len(other))
    if one[:length] == other[:length]:
        return length
    return next(n for n in range(length) if one[n] != other[n])
