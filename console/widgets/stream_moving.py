"""Moving about in the stream: wheel, scrolling, following, clearing, wrapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from console.widgets.stream_pane import StreamPane

if TYPE_CHECKING:
    from textual import events

    from console.widgets.stream_lines import Place

_SIDEWAYS = 8
_WHEEL = 3
ALL = 1 << 40
"""More lines than there can be."""


class Moving(StreamPane):
    """A pane that moves over its lines."""

    class Chosen(Message, namespace="stream"):
        """The person chose to follow or to wrap, or not to: names and values of settings."""

        def __init__(self, **values: bool) -> None:
            super().__init__()
            self.values = values

    def prefer(self, *, follow: bool, wrap: bool) -> None:
        """Takes what the person chose before."""
        canvas = self.canvas
        if canvas.wrap != wrap:
            canvas.wrap, canvas.view.left = wrap, 0
        if follow:
            canvas.view.follow = True
        else:
            self.call_after_refresh(canvas.view.stay)
        self.changed()

    def at_hand(self) -> Place | None:
        """The line a key is meant for: where the selection or the last jump is, as far as that is
        in view, else the newest line, or the first in view where it does not follow."""
        canvas = self.canvas
        if not canvas.places:
            return None
        wanted = [canvas.marks.spot]
        if canvas.selection is not None:
            wanted.insert(0, canvas.selection.head.line)
        for line in wanted:
            for place in canvas.places:
                if place.line == line:
                    return place
        return canvas.places[-1 if canvas.view.follow else 0]

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

    def show_row(self, row: int) -> None:
        """Brings a row of the output into view, and stays there."""
        self.go_to(row, 4)

    def go_to(self, row: int, part: int = 2) -> None:
        """Brings a row into view, the `part`th part of the page below its top; what hides it, be
        it a fold, a filter or that it was cleared away, gives way."""
        canvas, view, lines = self.canvas, self.canvas.view, self.canvas.lines
        line = row + 1
        if lines.filter is not None and not lines.is_shown(line):
            canvas.keep_place(lambda: setattr(lines, "filter", None))
        fold = None if lines.filter is not None else lines.folds.at(line)
        if fold is not None and line > fold.head:
            canvas.keep_place(lambda: lines.folds.open(fold))
        if lines.position(line) < view.floor:
            self.action_unclear()
        above = 0 if canvas.wrap else view.height // part
        total = lines.measure()
        # Wrapped, the last page begins later than it seems; the next picture knows where.
        view.fit(total, view.height, lines.first, total - 1 if canvas.wrap else None)
        view.show(lines.position(line), canvas.shown(), above)
        canvas.marks.spot = line
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
        self.post_message(self.Chosen(follow=view.follow))
        self.changed()

    def action_clear(self) -> None:
        """Hides every settled line; the log is not touched."""
        canvas = self.canvas
        if not canvas.lines.settled:
            self.notify("there is no line to clear", markup=False)
        canvas.cleared_line = canvas.lines.settled
        canvas.view.clear(canvas.lines.position(canvas.cleared_line))
        canvas.view.follow = True
        self.changed()

    def action_unclear(self) -> None:
        """Shows what `clear` hid."""
        if not self.canvas.view.cleared:
            self.notify("nothing was cleared", markup=False)
        self.canvas.cleared_line = 0
        self.canvas.view.unclear()
        self.changed()

    def action_wrap(self) -> None:
        """Wraps long lines, or cuts them."""
        self.canvas.wrap = not self.canvas.wrap
        self.canvas.view.left = 0
        self.post_message(self.Chosen(wrap=self.canvas.wrap))
        self.changed()
