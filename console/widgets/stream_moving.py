"""Moving about in the stream: wheel, scrolling, following, clearing, wrapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.widgets.stream_pane import StreamPane

if TYPE_CHECKING:
    from textual import events

_SIDEWAYS = 8
_WHEEL = 3
ALL = 1 << 40
"""More lines than there can be."""


class Moving(StreamPane):
    """A pane that moves over its lines."""

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
        view = self.canvas.view
        if row + 1 < view.floor:
            view.unclear()
        view.show(row + 1, self.canvas.shown(), 0 if self.canvas.wrap else view.height // 4)
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
