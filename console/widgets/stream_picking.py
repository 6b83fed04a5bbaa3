"""Selecting and copying in the stream, by mouse and by keys; clicks on the border and scrollbar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.actions import SkipAction
from textual.message import Message

from console.widgets.stream_moving import Moving
from console.widgets.stream_select import END, MAX_COPY_LINES, Point, Selection
from console.widgets.stream_text import plain_text

if TYPE_CHECKING:
    from textual import events


class Picking(Moving):
    """A pane in which text can be picked."""

    class Copied(Message, namespace="stream"):
        """Text that is to go to the clipboard; `lines` may be less than was selected."""

        def __init__(self, text: str, lines: int, complete: bool) -> None:
            super().__init__()
            self.text = text
            self.lines = lines
            self.complete = complete

    class ExportRequested(Message, namespace="stream"):
        """The log is to be written to a file."""

    _dragging = ""

    def action_select(self) -> None:
        """Begins to select lines with the arrow keys, or ends it."""
        canvas = self.canvas
        if canvas.selection is not None and canvas.selection.keys:
            canvas.selection = None
        elif canvas.places:
            place = canvas.places[-1 if canvas.view.follow else 0]
            if canvas.search is not None and canvas.search.current is not None:
                place = next(
                    (at for at in canvas.places if at.line == canvas.search.current + 1), place
                )
            point = Point(place.line, 0)
            canvas.selection = Selection(point, point, whole=True, keys=True)
            canvas.view.stay()
        self.changed()

    def action_copy(self) -> None:
        """Copies what is selected."""
        canvas = self.canvas
        if canvas.selection is None or canvas.selection.empty:
            raise SkipAction
        low, high = canvas.selection.bounds
        text = canvas.selection.text(canvas.lines.get, canvas.paint)
        self._copied(text, high.line - low.line + 1)
        canvas.selection = None
        self.changed()

    def action_copy_all(self) -> None:
        """Copies the log, or the newest part of it when it is too long for that."""
        total = self.canvas.lines.measure()
        first = max(self.canvas.view.floor, total - MAX_COPY_LINES)
        rows = self.canvas.lines.get(first, total - first)
        self._copied("\n".join(map(plain_text, rows)), total - self.canvas.view.floor)

    def action_leave(self) -> None:
        """Drops the selection."""
        if self.canvas.selection is None:
            raise SkipAction
        self.canvas.selection = None
        self.changed()

    def action_export(self) -> None:
        """Asks for the log to be written to a file."""
        self.post_message(self.ExportRequested())

    def action_move(self, lines: int, cells: int) -> None:
        """Arrow keys: moves the end of the selection while there is one, else the view."""
        canvas = self.canvas
        chosen = canvas.selection
        if chosen is None or not chosen.keys:
            if lines:
                self.action_scroll(lines)
            else:
                self.action_sideways(cells)
            return
        canvas.selection = chosen.moved(lines, cells, canvas.view.total - 1)
        line = canvas.selection.head.line
        if line < canvas.view.top:
            canvas.view.scroll(line - canvas.view.top)
        elif line >= canvas.view.top + canvas.shown():
            canvas.view.scroll(line - canvas.view.top - canvas.shown() + 1)
        canvas.view.stay()
        self.changed()

    def action_page(self, pages: int) -> None:
        """Moves by pages, with one line in common."""
        self.action_move(pages * max(1, self.canvas.view.height - 1), 0)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button != 1:
            return
        canvas = self.canvas
        if event.x == self.size.width - 1 and canvas.point_at(0, event.y) is not None:
            self._dragging = "scrollbar"
            self._jump_to(event.y)
        elif (point := canvas.point_at(event.x, event.y)) is not None:
            self._dragging = "text"
            canvas.selection = Selection(point, point)
        if self._dragging:
            self.capture_mouse()
            self.changed()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging == "scrollbar":
            self._jump_to(event.y)
        elif self._dragging == "text":
            self._extend(event.x, event.y)

    def on_mouse_up(self) -> None:
        if not self._dragging:
            return
        self._dragging = ""
        self.release_mouse()
        if self.canvas.selection is not None and self.canvas.selection.empty:
            self.canvas.selection = None
            self.changed()

    async def on_click(self, event: events.Click) -> None:
        if action := self.canvas.action_at(event.x, event.y):
            event.stop()
            await self.run_action(action)

    def _extend(self, x: int, y: int) -> None:
        """Takes the selection to a cell; beyond the edges the text moves."""
        canvas = self.canvas
        _left, top, width, height = canvas.inner
        view = canvas.view
        view.stay()
        if y < top:
            view.scroll(-1)
        elif y >= top + height and view.below(canvas.shown()):
            view.scroll(1)
            view.stay()
        if canvas.selection is None or not canvas.places:
            return
        inside = min(max(y, top), top + len(canvas.places) - 1)
        point = canvas.point_at(x, inside)
        if point is not None:
            point = Point(point.line, END if x >= canvas.inner[0] + width else point.cell)
            canvas.selection = Selection(canvas.selection.anchor, point)
        self.changed()

    def _jump_to(self, y: int) -> None:
        """Puts the part of the log that a row of the scrollbar stands for in view."""
        view = self.canvas.view
        _x, top, _width, height = self.canvas.inner
        share = (y - top) / max(1, height - 1)
        span = max(0, view.total - view.height - view.floor)
        self.action_scroll(view.floor + round(share * span) - view.top)

    def _copied(self, text: str, lines: int) -> None:
        copied = text.count("\n") + 1 if text else 0
        self.post_message(self.Copied(text, copied, copied >= lines))
