"""A long text over the screen, to scroll in: the configuration, its changes, the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from console.widgets.frame import Framed

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


class Page(Framed, VerticalScroll):
    """The frame the text scrolls in."""


class Reading(ModalScreen[None]):
    """Lines to read. y copies all of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,enter", "dismiss", "Close"),
        ("y,ctrl+c", "copy", "Copy"),
    ]
    AUTO_FOCUS = "Page"

    def __init__(self, title: str, lines: Sequence[str | Content], note: str = "") -> None:
        super().__init__()
        self._title, self._note = title, note
        self._lines = [Content(line) if isinstance(line, str) else line for line in lines]

    def compose(self) -> ComposeResult:
        with Page() as page:
            page.corners(self._title, self._note, "y copy", "Esc close")
            yield Static(Content("\n").join(self._lines))

    def action_copy(self) -> None:
        self.app.copy_to_clipboard("\n".join(line.plain for line in self._lines))
