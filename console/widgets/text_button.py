"""`[ Cancel ]`: a button in a dialog, one row high."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.binding import BindingType


class TextButton(Widget, can_focus=True):
    """Posts `Pressed` on Enter, Space or a click; arrows move between buttons."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        ("enter,space", "press", "Press"),
        ("left,up", "app.focus_previous", "Previous"),
        ("right,down", "app.focus_next", "Next"),
    ]

    class Pressed(Message):
        """The button was used; `name` is its name."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, name: str, label: str, style: str = "") -> None:
        super().__init__(id=f"do-{name}")
        self._name_of, self._label, self._style = name, label, style

    def get_content_width(self, container: object, viewport: object) -> int:  # noqa: ARG002
        return Content(self._label).cell_length + 4

    def render(self) -> Content:
        edge = "bold $primary" if self.has_focus else "$muted"
        label = f"reverse {self._style}" if self.has_focus else self._style
        return Content.assemble(("[", edge), (f" {self._label} ", label), ("]", edge))

    def on_click(self) -> None:
        self.action_press()

    def action_press(self) -> None:
        self.post_message(self.Pressed(self._name_of))
