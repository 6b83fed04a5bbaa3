"""The line one types a search into; it lies on the lower border of the stream.

Enter keeps the search and goes back to the stream, Escape drops it, Alt+R or a click on `.*`
switches between text and regular expression. It only tells; the stream searches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult


def cells(width: int) -> int:
    """How much of the border of a stream of so many columns the bar lies on."""
    return min(72, width // 2 - 4)


class SearchBar(Horizontal):
    """A prompt, the pattern, the count and the switch for regular expressions."""

    DEFAULT_CSS = """
    SearchBar {
        dock: bottom; height: 1; width: 50%; max-width: 72; margin: 0 2;
        background: $stream-background; display: none;
        &.-open { display: block; }
        Static { width: auto; padding: 0 1; color: $muted; text-wrap: nowrap; }
        Input, Input:focus { width: 1fr; height: 1; border: none; padding: 0;
            background: $stream-background; background-tint: $foreground 0%;
            color: $stream-foreground; }
        #switch.-on { color: $warning; text-style: bold; }
        #count { width: 18; text-align: right; }
        #count.-none { color: $error; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave the search", show=False),
        Binding("alt+r,ctrl+t", "switch", "Text or regular expression", show=False),
        Binding("down", "go(True)", "Next hit", show=False),
        Binding("up", "go(False)", "Previous hit", show=False),
    ]

    class Changed(Message):
        """The pattern changed."""

        def __init__(self, text: str, regex: bool) -> None:
            super().__init__()
            self.text = text
            self.regex = regex

    class Closed(Message):
        """Typing is over; `keep` says whether the search stays."""

        def __init__(self, keep: bool) -> None:
            super().__init__()
            self.keep = keep

    class Moved(Message):
        """The next or previous hit is wanted while typing."""

        def __init__(self, forward: bool) -> None:
            super().__init__()
            self.forward = forward

    def __init__(self) -> None:
        super().__init__()
        self._input = Input(compact=True, select_on_focus=True)
        self._count = Static(id="count", markup=False)
        self._switch = Static(".*", id="switch", markup=False)

    def compose(self) -> ComposeResult:
        yield Static("/", markup=False)
        yield self._input
        yield self._count
        yield self._switch

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def open(self) -> None:
        """Shows it with the last pattern, selected, and takes the focus."""
        self.add_class("-open")
        self._input.focus()
        if self._input.value:
            self._tell()

    def close(self) -> None:
        """Hides it."""
        self.remove_class("-open")

    def show_count(self, text: str, found: bool) -> None:
        """Says how many hits there are."""
        self._count.set_class(not found, "-none")
        self._count.update(text, layout=False)

    def action_leave(self) -> None:
        self.post_message(self.Closed(keep=False))

    def action_switch(self) -> None:
        self._switch.toggle_class("-on")
        self._tell()

    def action_go(self, forward: bool) -> None:
        self.post_message(self.Moved(forward))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Closed(keep=True))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if event.widget is self._switch:
            self.action_switch()

    def _tell(self) -> None:
        self.post_message(self.Changed(self._input.value, self._switch.has_class("-on")))
