"""The line one types a search or a filter into; it lies on the lower border of the stream.

Enter keeps what was typed and goes back to the stream, Escape drops it, Alt+R or a click on `.*`
switches between text and regular expression. It only tells; the stream searches and filters.
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

LEAVES_FOCUS = "-textual-system"
"""A press of the mouse on what has this class takes the focus from nothing: else the stream around
the bar had it until the button is let go, and keys typed at once would be lost on it."""

_MOST = 72
_SIDES = 8
"""Cells of the border beside the bar: corner, rule and margin at both ends."""


class Line(Input):
    """The field. With Alt held a terminal tells the letter, too, and a field would take it."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key.startswith("alt+"):
            event.prevent_default()


class SearchBar(Horizontal):
    """A prompt, the pattern, the count and the switch for regular expressions."""

    DEFAULT_CSS = """
    SearchBar {
        dock: bottom; height: 1; width: 50%; max-width: 72; margin: 0 2;
        background: $stream-background; display: none;
        &.-open { display: block; }
        &.-bad { width: 100%; max-width: 100%; }
        &.-bad #count { width: auto; }
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

        def __init__(self, sign: str, text: str, regex: bool) -> None:
            super().__init__()
            self.sign = sign
            self.text = text
            self.regex = regex

    class Closed(Message):
        """Typing is over; `keep` says whether what was typed stays."""

        def __init__(self, sign: str, keep: bool) -> None:
            super().__init__()
            self.sign = sign
            self.keep = keep

    class Moved(Message):
        """The next or previous hit is wanted while typing."""

        def __init__(self, forward: bool) -> None:
            super().__init__()
            self.forward = forward

    def __init__(self, sign: str = "/") -> None:
        """`sign` is `/` for a search and `&` for a filter."""
        super().__init__()
        self._sign = sign
        self._input = Line(compact=True, select_on_focus=True)
        self._count = Static(id="count", classes=LEAVES_FOCUS, markup=False)
        self._switch = Static(".*", id="switch", classes=LEAVES_FOCUS, markup=False)

    def compose(self) -> ComposeResult:
        yield Static(self._sign, classes=LEAVES_FOCUS, markup=False)
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

    def take(self, text: str) -> None:
        """Holds this text from now on, and tells nobody."""
        self._switch.remove_class("-on")
        with self._input.prevent(Input.Changed):
            self._input.value = text

    def close(self) -> None:
        """Hides it."""
        self.remove_class("-open")

    def cells(self, width: int) -> int:
        """How much of the border of a stream of so many columns it lies on; 0 when it is closed."""
        if not self.is_open:
            return 0
        return width - _SIDES if self.has_class("-bad") else min(_MOST, width // 2 - 4)

    def show_count(self, text: str, found: bool, *, bad: bool = False) -> None:
        """Says how many hits there are, or what is wrong with the pattern."""
        self._count.set_class(not found, "-none")
        changed = bad or self.has_class("-bad")
        self.set_class(bad, "-bad")
        self._count.update(text, layout=changed)

    def action_leave(self) -> None:
        self.post_message(self.Closed(self._sign, keep=False))

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
        self.post_message(self.Closed(self._sign, keep=True))

    def on_click(self, event: events.Click) -> None:
        """On the switch it turns over; what is typed goes into the field."""
        event.stop()
        if event.widget is self._switch:
            self.action_switch()
        self._input.focus()

    def _tell(self) -> None:
        self.post_message(
            self.Changed(self._sign, self._input.value, self._switch.has_class("-on"))
        )
