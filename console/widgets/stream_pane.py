"""The pane of the stream: it shows lines and paints only what changed.

Drawn on the line API without a virtual size: an append costs the visible rows, never a layout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from console.widgets.stream_canvas import Canvas
from console.widgets.stream_paint import Pace, changed_span
from console.widgets.stream_terminal import Shift, is_free, is_wide, paint_soon, write_now
from console.widgets.stream_text import Palette

if TYPE_CHECKING:
    from console.core.sources import RowSource
    from console.core.state import Output, RunState

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
    "mark": "stream--mark",
}
_BEHIND = ("match", "selection")
"""Styles that leave the text its colour."""
_FRAMES = ("stream--frame", "stream--frame-focus")


class StreamPane(Widget):
    """Lines and frame; what a person does with them comes in the classes below this one."""

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
        .stream--mark { color: $accent; text-style: bold; }
        .stream--selection { background: $primary 40%; }
        .stream--frame { color: $frame; }
        .stream--frame-focus { color: $frame-focus; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.canvas = Canvas()
        self._output: Output | None = None
        self._told: tuple[object, ...] = ()
        self._picture: list[list[Segment]] = []
        self._drawn_width = 0
        self._dressed: tuple[object, ...] = ()
        self._pace = Pace(self, self._paint)

    def show(self, state: RunState) -> None:
        """Shows what the state says of the run and its output."""
        output = state.output
        told = (state.run.id, output.errors, output.warnings, output.dropped, output.behind)
        self._output = output
        if told != self._told:
            self._told = told
            self.canvas.lines.show(state)
            self.changed()

    def show_rows(self, source: RowSource) -> None:
        """Shows the rows as they are now; call it again each time the source has more."""
        self.canvas.lines.source = source
        self.changed()

    def changed(self) -> None:
        """Something that is drawn changed: paints at once, or with the next frame."""
        if self.is_mounted and self.size and self.display:
            self._pace.want()

    def draw(self) -> None:
        """Draws the pane anew and marks what differs from what is shown."""
        self._draw(may_move=False)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y < len(self._picture) and width == self._drawn_width:
            return Strip(self._picture[y], width)
        return Strip.blank(width, self.rich_style)

    def on_resize(self) -> None:
        self.draw()

    def on_show(self) -> None:
        self.draw()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._dressed = ()
        if self.is_mounted:
            # The styles of the parts are worked out after those of the whole.
            self.call_later(self.changed)

    def on_focus(self) -> None:
        self.changed()

    def on_blur(self) -> None:
        self.changed()

    def on_descendant_focus(self) -> None:
        self.changed()

    def on_descendant_blur(self) -> None:
        self.changed()

    def _paint(self) -> None:
        """Draws, and brings what changed to the terminal without delay."""
        if is_free(self):
            write_now(self, self._picture, self._draw(may_move=is_wide(self)))
        else:
            self._draw(may_move=False)
            paint_soon(self)

    def _draw(self, *, may_move: bool) -> Shift | None:
        """Draws and refreshes what changed; gives what the terminal is to move before that."""
        width, height = self.size
        self._dress()
        picture = self.canvas.draw(width, height, self._output)
        if len(picture) != len(self._picture) or width != self._drawn_width:
            self._drawn_width = width
            self._picture[:] = picture
            self.refresh()
            return None
        shift = self._move() if may_move else None
        regions = []
        for y, (old, new) in enumerate(zip(self._picture, picture, strict=True)):
            if old is not new and (span := changed_span(old, new, width)):
                regions.append(Region(span[0], y, span[1] - span[0], 1))
        self._picture[:] = picture
        if regions:
            self.refresh(*regions)
        return shift

    def _move(self) -> Shift | None:
        """Moves the rows that are shown by as much as the text did; new ones are empty."""
        first, end = self.canvas.inner[1], self.canvas.inner[1] + self.canvas.inner[3]
        lines = self.canvas.moved
        if not 0 < abs(lines) < end - first:
            return None
        body, empty = self._picture[first:end], [list[Segment]()] * abs(lines)
        self._picture[first:end] = [*body[lines:], *empty] if lines > 0 else [*empty, *body[:lines]]
        self._styles_cache.set_dirty(Region(0, first, self._drawn_width, end - first))
        return Shift(first, end, lines)

    def _dress(self) -> None:
        """Takes the colours of the theme and the form of the frame, where they changed."""
        canvas, plain = self.canvas, self.has_class("-ascii")
        canvas.bare = self.has_class("-bare")
        canvas.focus = self.has_focus or self.has_pseudo_class("focus-within")
        wanted = (self.app.theme, plain)
        if self._dressed == wanted:
            return
        self._dressed = wanted
        style = self.get_component_rich_style
        named = {name: style(component) for name, component in _STYLES.items()}
        for name in _BEHIND:
            named[name] = Style(bgcolor=named[name].bgcolor)
        palette = Palette(
            base=self.rich_style,
            **named,
            rule="-" if plain else "─",
            ellipsis=">" if plain else "…",
        )
        canvas.dress(palette, style(_FRAMES[0]), style(_FRAMES[1]), plain=plain)
