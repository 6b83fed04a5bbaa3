"""Selecting, copying and exporting in the stream, by mouse and by keys; clicks on border and
scrollbar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.actions import SkipAction
from textual.message import Message

from console.widgets.chosen import Chosen as CommandChosen
from console.widgets.stream_moving import Moving
from console.widgets.stream_select import END, MAX_COPY_LINES, Point, Selection
from console.widgets.stream_text import plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.geometry import Offset
    from textual.timer import Timer

    from console.widgets.stream_lines import Place

NO_LINE = "there is no line here"

_AUTO_SCROLL_SECONDS = 0.05
"""Between two lines while the mouse is held beyond an edge."""


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
        """Rows are to be written to a file: all of them, or those with these numbers, in order.

        `what` is "all", "filtered" or "selected"; `clean` leaves the colours out.
        """

        def __init__(self, what: str, clean: bool, rows: Sequence[int] | None) -> None:
            super().__init__()
            self.what = what
            self.clean = clean
            self.rows = rows

    _dragging = ""
    _is_drag = False
    _pointer = (0, 0)
    _auto: Timer | None = None

    def action_select(self) -> None:
        """Begins to select lines with the arrow keys, or ends it."""
        canvas = self.canvas
        if canvas.selection is not None and canvas.selection.keys:
            canvas.selection = None
        elif (place := self.at_hand()) is not None:
            point = Point(place.line, 0)
            canvas.selection = Selection(point, point, whole=True, keys=True)
            canvas.view.stay()
        else:
            self.notify(NO_LINE, markup=False)
        self.changed()

    def action_copy(self) -> None:
        """Copies what is selected; of what is folded, all of it."""
        canvas, lines = self.canvas, self.canvas.lines
        if canvas.selection is None or canvas.selection.empty:
            raise SkipAction
        chosen = self.chosen()
        low, high = chosen.bounds
        numbers, rows = lines.between(low.line, high.line, MAX_COPY_LINES)
        text = chosen.text(zip(numbers, rows, strict=True), canvas.paint)
        self._copied(text, lines.count_between(low.line, high.line))
        canvas.selection = None
        self.changed()

    def action_copy_line(self) -> None:
        """Copies the line at hand."""
        place = self.at_hand()
        if place is None:
            return
        point = Point(place.line, 0)
        self.canvas.selection = Selection(point, point, whole=True, fixed=True)
        self.action_copy()

    def chosen(self) -> Selection:
        """What is selected, with all that is folded in it."""
        assert self.canvas.selection is not None
        lines = self.canvas.lines
        if lines.filter is not None:
            return self.canvas.selection
        return self.canvas.selection.unfolded(lines.folds)

    def action_copy_all(self) -> None:
        """Copies the log, or the newest part of it when it is too long for that."""
        canvas, lines = self.canvas, self.canvas.lines
        total = lines.measure()
        low = lines.line(canvas.view.floor)
        first = max(low, lines.line(max(0, total - MAX_COPY_LINES)))
        if lines.filter is None:
            first = max(low, lines.end - MAX_COPY_LINES)
        _, rows = lines.between(first, lines.end - 1, MAX_COPY_LINES)
        self._copied("\n".join(map(plain_text, rows)), lines.count_between(low, lines.end - 1))

    def action_leave(self) -> None:
        """Drops the selection."""
        if self.canvas.selection is None:
            raise SkipAction
        self.canvas.selection = None
        self.changed()

    def action_export(self, what: str = "all", clean: bool = True) -> None:
        """Asks for rows to be written to a file."""
        lines = self.canvas.lines
        rows: Sequence[int] | None = None
        if what == "filtered" and lines.whole is not None:
            rows = lines.whole.all()
        elif what == "selected":
            if self.canvas.selection is None:
                return
            low, high = self.chosen().bounds
            rows = lines.rows_between(low.line, high.line)
        self.post_message(self.ExportRequested(what, clean, rows))

    def action_export_menu(self) -> None:
        """What `x` does, by a click on the word."""
        self.post_message(CommandChosen("export"))

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
        at = canvas.lines.position(chosen.head.line) + lines
        at = min(max(at, 0), max(0, canvas.view.total - 1))
        canvas.selection = chosen.moved(canvas.lines.line(at), cells)
        if at < canvas.view.top:
            canvas.view.scroll(at - canvas.view.top)
        elif at >= canvas.view.top + canvas.shown():
            canvas.view.scroll(at - canvas.view.top - canvas.shown() + 1)
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
            self._pointer = (event.x, event.y)
            self._extend(event.x, event.y)
            self._scroll_at_edges()

    def on_mouse_up(self) -> None:
        if not self._dragging:
            return
        self._is_drag = self._dragging != "text"
        self._dragging = ""
        self._scroll_at_edges()
        self.release_mouse()
        if self.canvas.selection is not None:
            self._is_drag = not self.canvas.selection.empty
            if not self._is_drag:
                self.canvas.selection = None
            self.changed()

    async def on_click(self, event: events.Click) -> None:
        if event.widget is not self:
            return
        action = self.canvas.action_at(event.x, event.y)
        place = self.canvas.place_at(event.y)
        if event.button == 1 and action:
            event.stop()
            await self.run_action(action)
        elif event.button == 3:
            event.stop()
            if place is not None and self.canvas.selection is None:
                self.canvas.marks.spot = place.line
            self.changed()
            self.menu_at(event.screen_offset)
        elif event.button == 1 and place is not None and not self._is_drag:
            self.clicked(place, event)

    def menu_at(self, at: Offset | None) -> None:
        """Asks for the menu of what can be done."""

    def clicked(self, place: Place, event: events.Click) -> None:
        """A line was clicked: Alt and twice takes the word, three times the line."""
        canvas = self.canvas
        if event.chain == 3:
            point = Point(place.line, 0)
            canvas.selection = Selection(point, point, whole=True, fixed=True)
        elif event.chain == 2 and event.meta:
            cell = place.left + event.x - canvas.inner[0]
            if (word := canvas.paint(place.row).word(cell)) is not None:
                ends = Point(place.line, word[0]), Point(place.line, word[1] - 1)
                canvas.selection = Selection(*ends, fixed=True)
        self.changed()

    def _scroll_at_edges(self) -> None:
        """While the mouse is held beyond an edge, the text goes on moving."""
        _left, top, _width, height = self.canvas.inner
        outside = self._dragging == "text" and not top <= self._pointer[1] < top + height
        if outside and self._auto is None:
            self._auto = self.set_interval(_AUTO_SCROLL_SECONDS, self._scroll_on)
        elif not outside and self._auto is not None:
            self._auto.stop()
            self._auto = None

    def _scroll_on(self) -> None:
        self._extend(*self._pointer)

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

        def tell() -> None:
            self.post_message(self.Copied(text, copied, copied >= lines))

        # As the stream itself: what a screen asks for, by its menu, would go no further than there.
        self.call_later(tell)
