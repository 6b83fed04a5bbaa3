"""What the stream needs of Textual's inner parts, version 8: the only place that touches them.

Where nothing lies upon the stream it writes what changed itself: rows that only moved are moved
by the terminal, of others the changed cells are written. Otherwise, and when something is not as
expected, Textual's compositor does it. Neither ever lays the screen out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from textual._compositor import CompositorUpdate
from textual.css.query import NoMatches
from textual.dom import NoScreen
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from textual.geometry import Region
    from textual.widget import Widget

_BUSY_WRITES = 3
"""Frames the terminal has not taken yet; with more waiting, no other is made."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Rows first … end-1 of a widget move up by `lines`; down when negative."""

    first: int
    end: int
    lines: int


class _Written(CompositorUpdate):
    """An update that is ready to be sent."""

    def __init__(self, sequence: str) -> None:
        self._sequence = sequence

    def render_segments(self, console: Console) -> str:  # noqa: ARG002  # as inherited
        return self._sequence


def is_busy(widget: Widget) -> bool:
    """Whether the terminal has not kept up with what was written."""
    writer = getattr(getattr(widget.app, "_driver", None), "_writer_thread", None)
    queue = getattr(writer, "_queue", None)
    return queue is not None and queue.qsize() >= _BUSY_WRITES


def is_free(widget: Widget) -> bool:
    """Whether the terminal shows all of the widget as it was last drawn, and nothing upon it."""
    try:
        screen, app = widget.screen, widget.app
        compositor = screen._compositor
        waits = (
            widget._repaint_regions
            or widget._layout_required
            or compositor._dirty_regions
            or screen._layout_required
            or screen._scroll_required
            or screen._repaint_required
            or app._batch_count
            or app.is_inline
        )
        if waits or app.screen is not screen:
            return False
        region, clip = compositor.visible_widgets[widget]
        if region.size != widget.size or not clip.contains_region(region):
            return False
        below = {widget, *widget.ancestors}
        return not any(
            other not in below and region.overlaps(place.intersection(shown))
            for other, (place, shown) in compositor.visible_widgets.items()
        )
    except (AttributeError, KeyError, NoScreen, NoMatches):
        return False


def is_wide(widget: Widget) -> bool:
    """Whether the widget has its rows of the terminal for itself, so that they can be moved."""
    return widget.region.x == 0 and widget.region.width == widget.app.size.width


def write_now(widget: Widget, picture: Sequence[list[Segment]], shift: Shift | None) -> None:
    """Writes the refreshed regions of a widget that `is_free`, from its rows of segments."""
    regions = sorted(widget._exchange_repaint_regions(), key=lambda region: region.y)
    widget._repaint_required = False
    if not regions and shift is None:
        return
    x, y = widget.region.offset
    parts = [_moving(y, shift)] if shift else []
    filters, background = widget.get_line_filters(), widget.background_colors[1]
    system = widget.app.console._color_system or ColorSystem.TRUECOLOR
    for region in regions:
        for row in region.line_range:
            segments = _part(picture[row], region)
            for each in filters:
                segments = each.apply(segments, background)
            at = x + region.x + 1
            parts.append(f"\x1b[{y + row + 1};{at}H")
            for text, style, _ in Segment.simplify(segments):
                parts.append(text if style is None else Strip.render_style(style, text, system))
                at += cell_len(text)
                if not text.isascii() and at <= x + region.right:
                    # Terminals differ in how wide they draw such text; the frame must not.
                    parts.append(f"\x1b[{at}G")
    update = _Written("".join(parts))
    widget.app._display(widget.screen, update)  # type: ignore[arg-type]  # as its own updates


def paint_soon(widget: Widget) -> None:
    """Has the compositor paint what the widget refreshed, without waiting for its next tick.

    Does nothing when the ordinary frame has to come first, because a layout is due, or when
    nobody sees the widget.
    """
    try:
        screen = widget.screen
        if screen._layout_required or not widget._repaint_required:
            return
        if widget not in screen._compositor.visible_widgets:
            return
        dirty, update = screen._dirty_widgets, screen._on_timer_update
    except (AttributeError, NoScreen, NoMatches):
        return
    widget._repaint_required = False
    dirty.add(widget)
    update()


def _part(segments: list[Segment], region: Region) -> list[Segment]:
    """The cells of a row that lie in a region."""
    found, at = list[Segment](), 0
    for segment in segments:
        text, begin = segment.text, at
        at += len(text) if text.isascii() else cell_len(text)
        if at <= region.x or begin >= region.right:
            continue
        if begin >= region.x and at <= region.right:
            found.append(segment)
        elif text.isascii():
            part = text[max(0, region.x - begin) : region.right - begin]
            found.append(Segment(part, segment.style))
        else:
            cuts = [region.right] if region.x == 0 else [region.x, region.right]
            return list(Segment.divide(segments, cuts))[-1]
    return found


def _moving(y: int, shift: Shift) -> str:
    """Deletes or inserts lines at the top of a scrolling region (DECSTBM, DL, IL: VT102)."""
    first, end, lines = y + shift.first + 1, y + shift.end, shift.lines
    move = f"{lines}M" if lines > 0 else f"{-lines}L"
    return f"\x1b[{first};{end}r\x1b[{first};1H\x1b[{move}\x1b[r"
