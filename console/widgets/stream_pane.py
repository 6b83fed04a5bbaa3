"""The pane of the stream: it shows lines and paints only what changed.

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
        self._dressed: tuple[object, ...] = ()
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
        palette = Palette(
            base=self.rich_style,
            **named,
            rule="-" if plain else "─",
            ellipsis=">" if plain else "…",
        )
        canvas.dress(palette, style(_FRAMES[0]), style(_FRAMES[1]), plain=plain)
