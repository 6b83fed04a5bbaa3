"""The pane of the stream: it shows lines, scrolls them and paints only what changed.

Drawn on the line API without a virtual size: an append costs the visible rows, never a layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from console.core.state import Output
from console.widgets.stream_canvas import Canvas
from console.widgets.stream_paint import Pace, changed_span, split
from console.widgets.stream_text import Palette

if TYPE_CHECKING:
    from rich.segment import Segment
    from textual import events

    from console.core.sources import RowSource
    from console.core.state import RunState

_STYLES = {
    "info": "stream--info",
    "warning": "stream--warning",
    "error": "stream--error",
    "success": "stream--success",
    "own": "stream--own",
    "prompt": "stream--prompt",
    "muted": "stream--muted",
    "title": "stream--title",
    "match": "stream--match",
    "match_mark": "stream--match-mark",
    "current": "stream--current",
    "selection": "stream--selection",
}
_FRAMES = ("stream--frame", "stream--frame-focus")
_SIDEWAYS = 8
_WHEEL = 3
ALL = 1 << 40


class StreamPane(Widget):
    """Lines, frame and scrolling; what is selected or searched for comes in classes below it."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {*_STYLES.values(), *_FRAMES}
    DEFAULT_CSS = """
    StreamPane {
        height: 1fr; width: 1fr;
        background: $stream-background; color: $stream-foreground;
        .stream--info { color: $information; text-style: bold; }
        .stream--warning { color: $warning; text-style: bold; }
        .stream--error { color: $error; text-style: bold; }
        .stream--success { color: $success; text-style: bold; }
        .stream--own { color: $accent; text-style: dim; }
        .stream--prompt { color: $success; }
        .stream--muted { color: $muted; }
        .stream--title { color: $primary; text-style: bold; }
        .stream--match { background: $warning 35%; }
        .stream--match-mark { color: $warning; }
        .stream--current { background: $warning; color: $stream-background; text-style: bold; }
        .stream--selection { background: $primary 40%; }
        .stream--frame { color: $frame; }
        .stream--frame-focus { color: $frame-focus; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.canvas = Canvas()
        self._output = Output()
        self._picture: list[list[Segment]] = []
        self._strips: list[Strip] = []
        self._pace = Pace(self, self.draw)

    def show(self, state: RunState) -> None:
        """Shows what the state says of the run and its output."""
        self._output = state.output
        self.canvas.lines.show(state)
        self.changed()

    def show_rows(self, source: RowSource) -> None:
        """Shows the rows as they are now; call it again each time the source has more."""
        self.canvas.lines.source = source
        self.changed()

    def changed(self) -> None:
        """Something that is drawn changed: paints at once, or with the next frame."""
        if self.is_mounted and self.size:
            self._pace.want()

    def draw(self) -> None:
        """Draws the pane anew and marks what differs from what is shown."""
        width, height = self.size
        self._dress()
        self.canvas.bare = self.has_class("-bare")
        self.canvas.focus = self.has_focus or self.has_pseudo_class("focus-within")
        picture = self.canvas.draw(width, height, self._output)
        if len(picture) != len(self._strips) or self._strips[0].cell_length != width:
            self._picture, self._strips = picture, [Strip(row, width) for row in picture]
            self.refresh()
            return
        regions = []
        for y, (old, new) in enumerate(zip(self._picture, picture, strict=True)):
            if old is not new and (span := changed_span(old, new, width)):
                self._strips[y] = split(new, span, width)
                regions.append(Region(span[0], y, span[1] - span[0], 1))
        self._picture = picture
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        if y < len(self._strips) and self._strips[y].cell_length == self.size.width:
            return self._strips[y]
        return Strip.blank(self.size.width, self.rich_style)

    def on_resize(self) -> None:
        self.draw()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        if self.is_mounted and self.size:
            self.draw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_scroll(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_scroll(_WHEEL)

    def action_scroll(self, lines: int) -> None:
        """Moves by lines; upward stops following."""
        self.canvas.view.scroll(lines)
        self.changed()

    def action_sideways(self, times: int) -> None:
        """Moves the text sideways; not beyond the longest line in view."""
        view = self.canvas.view
        room = max(0, self.canvas.widest() - self.canvas.inner[2])
        most = (room + _SIDEWAYS - 1) // _SIDEWAYS * _SIDEWAYS
        view.left = 0 if self.canvas.wrap else min(max(0, view.left + times * _SIDEWAYS), most)
        self.changed()

    def action_end(self) -> None:
        """Goes to the newest line and follows."""
        self.canvas.view.follow = True
        self.changed()

    def action_follow(self) -> None:
        """Follows the newest line, or stays where it is."""
        view = self.canvas.view
        if view.follow:
            view.stay()
        else:
            view.follow = True
        self.changed()

    def action_clear(self) -> None:
        """Hides every settled line; the log is not touched."""
        self.canvas.view.clear(self.canvas.lines.settled)
        self.canvas.view.follow = True
        self.changed()

    def action_unclear(self) -> None:
        """Shows what `clear` hid."""
        self.canvas.view.unclear()
        self.changed()

    def action_wrap(self) -> None:
        """Wraps long lines, or cuts them."""
        self.canvas.wrap = not self.canvas.wrap
        self.canvas.view.left = 0
        self.changed()

    def _dress(self) -> None:
        """Takes the colours of the theme as they are now."""
        style = self.get_component_rich_style
        named = {name: style(component) for name, component in _STYLES.items()}
        plain = self.has_class("-ascii")
        palette = Palette(
            base=self.rich_style,
            **named,
            rule="-" if plain else "─",
            ellipsis=">" if plain else "…",
        )
        self.canvas.dress(palette, style(_FRAMES[0]), style(_FRAMES[1]), plain=plain)
