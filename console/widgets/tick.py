"""`[x] Metrics   every value`: something to choose or leave out, one row high."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from console.widgets.text import cut

if TYPE_CHECKING:
    from textual.binding import BindingType


class Tick(Widget, can_focus=True):
    """Posts `Changed` when it is turned over by Space, Enter or a click."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        ("space,enter", "turn", "Choose"),
        ("up", "app.focus_previous", "Previous"),
        ("down", "app.focus_next", "Next"),
    ]

    class Changed(Message):
        """It was turned over; `name` is its name."""

        def __init__(self, name: str, is_on: bool) -> None:
            super().__init__()
            self.name, self.is_on = name, is_on

    def __init__(self, name: str, label: str, note: str, *, is_on: bool, width: int) -> None:
        super().__init__(id=f"tick-{name}")
        self.name_of, self.is_on = name, is_on
        self._label, self._note = f"{label:<{width}}", note

    def render(self) -> Content:
        edge = "bold $primary" if self.has_focus else "$muted"
        mark = ("x", "bold $success") if self.is_on else (" ", "")
        label = "reverse" if self.has_focus else ""
        shown = Content.assemble(
            ("[", edge),
            mark,
            ("] ", edge),
            (self._label, label),
            ("  ", ""),
            (self._note, "$muted"),
        )
        return cut(shown, self.size.width)

    def on_click(self) -> None:
        self.action_turn()

    def action_turn(self) -> None:
        self.is_on = not self.is_on
        self.refresh()
        self.post_message(self.Changed(self.name_of, self.is_on))
