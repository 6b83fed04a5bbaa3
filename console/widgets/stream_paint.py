"""When the stream is painted: at once after a pause, then at most 60 times a second.

Also what of a row really changed. `paint_now` is the only place that touches Textual's inner
parts; where they are not as expected, the next ordinary frame paints.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.css.query import NoMatches
from textual.dom import NoScreen
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.widget import Widget

FRAME_SECONDS = 1 / 60
_BUSY_WRITES = 3
"""Frames the terminal has not taken yet; with more waiting, no other is made."""


class Pace:
    """Calls `draw` for a widget as soon as it is wanted, but not more often than a frame allows."""

    _clock = staticmethod(time.monotonic)

    def __init__(self, widget: Widget, draw: Callable[[], object]) -> None:
        self._widget = widget
        self._draw = draw
        self._last = -1.0
        self._armed = False

    def want(self) -> None:
        """Something changed."""
        if self._armed:
            return
        wait = self._last + FRAME_SECONDS - self._clock()
        if wait <= 0 and not _is_busy(self._widget):
            self._paint()
        else:
            self._armed = True
            self._widget.set_timer(max(wait, 0.001), self._late)

    def _late(self) -> None:
        self._armed = False
        if _is_busy(self._widget):
            self._last = self._clock()
            self.want()
        else:
            self._paint()

    def _paint(self) -> None:
        self._last = self._clock()
        self._draw()
        paint_now(self._widget)


def paint_now(widget: Widget) -> None:
    """Brings what the widget refreshed to the terminal without waiting for the next tick.

    Uses inner parts of Textual 8: the dirty widgets of a screen and its update. Does nothing when
    a layout is due, which comes with the ordinary frame.
    """
    try:
        screen = widget.screen
        if not widget._repaint_required or screen._layout_required or not widget.is_attached:
            return
        dirty, update = screen._dirty_widgets, screen._on_timer_update
    except (AttributeError, NoScreen, NoMatches):
        return
    widget._repaint_required = False
    dirty.add(widget)
    update()


def _is_busy(widget: Widget) -> bool:
    """Whether the terminal has not kept up with what was written."""
    writer = getattr(getattr(widget.app, "_driver", None), "_writer_thread", None)
    queue = getattr(writer, "_queue", None)
    return queue is not None and queue.qsize() >= _BUSY_WRITES


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


def split(segments: list[Segment], span: tuple[int, int], width: int) -> Strip:
    """The line cut at the ends of a span, so that only the span need be written."""
    cuts = sorted({*span, width} - {0})
    parts = Segment.divide(segments, cuts)
    return Strip([segment for part in parts for segment in part], width)
