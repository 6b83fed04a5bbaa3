"""`[x] Checkpoint first`: something that is on or off, one row high, with the reason when it cannot
be chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from console.core.format_text import text
from console.widgets.text import cut

if TYPE_CHECKING:
    from textual.binding import BindingType


class Tick(Widget, can_focus=True):
    """Space, Enter or a click turns it; `on` says how it stands. With a `reason` it stays off."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        ("space,enter", "turn", "Turn"),
        ("up", "app.focus_previous", "Previous"),
        ("down", "app.focus_next", "Next"),
    ]
    DEFAULT_CSS = "Tick { width: 1fr; height: 1; }"

    class Changed(Message):
        """It was turned."""

    def __init__(
        self, label: str, *, on: bool = True, reason: str = "", note: str = "", name: str = ""
    ) -> None:
        super().__init__(name=name, id=f"tick-{name}" if name else None)
        self._label, self._reason, self._note = label, reason, note
        self.on = on and not reason
        self.can_focus = not reason

    def render(self) -> Content:
        if self._reason:
            said = f"[ ] {self._label}: {text(self._reason)}"
            return cut(Content.styled(said, "$muted italic"), self.size.width)
        label = "reverse" if self.has_focus else ""
        note = f"  {text(self._note)}" if self._note else ""
        edge = "bold $primary" if self.has_focus else "$muted"
        mark = ("x", "bold $success") if self.on else (" ", "")
        shown = Content.assemble(
            ("[", edge), mark, ("] ", edge), (self._label, label), (note, "$muted")
        )
        return cut(shown, self.size.width)

    def on_click(self) -> None:
        self.action_turn()

    def action_turn(self) -> None:
        if not self._reason:
            self.on = not self.on
            self.refresh()
            self.post_message(self.Changed())
