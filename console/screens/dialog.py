"""A question over the screen: a title, some lines, buttons. The first button has the focus.

Escape and q leave without an answer. The answer is the name of the button, or None.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.screens.modal import Modal
from console.widgets.frame import Framed
from console.widgets.text_button import TextButton

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

Choice = tuple[str, str, str]
"""Name, label and style of a button."""

CANCEL: Choice = ("cancel", "Cancel", "")

ROW_CELLS, BUTTON_CELLS = 68, 6
"""What a row of buttons has, and what one takes besides its label."""


def in_rows(choices: Sequence[Choice]) -> list[list[Choice]]:
    """The buttons in as many rows as they need on 80 columns."""
    rows: list[list[Choice]] = [[]]
    room = ROW_CELLS
    for choice in choices:
        room -= len(choice[1]) + BUTTON_CELLS
        if room < 0 and rows[-1]:
            rows.append([])
            room = ROW_CELLS - len(choice[1]) - BUTTON_CELLS
        rows[-1].append(choice)
    return rows


class Window(Framed, VerticalScroll, can_focus=False):
    """The frame of a dialog."""


class Dialog(Modal[str | None]):
    """Asks one question."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q", "leave", "Close")]
    AUTO_FOCUS = "TextButton"

    def __init__(
        self,
        title: str,
        lines: Sequence[str | Content],
        choices: Sequence[Choice],
        *,
        grave: bool = False,
    ) -> None:
        super().__init__(classes="-grave" if grave else None)
        self._title, self._lines, self._choices = title, lines, choices

    def compose(self) -> ComposeResult:
        with Window() as window:
            has_cancel = any(name == "cancel" for name, _label, _style in self._choices)
            window.corners(self._title, "", "", "Esc cancel" if has_cancel else "Esc close")
            for line in self._lines:
                yield Static(Content(line) if isinstance(line, str) else line)
            for row in in_rows(self._choices):
                with Horizontal(classes="buttons"):
                    for name, label, style in row:
                        yield TextButton(name, label, style)

    @on(TextButton.Pressed)
    def _pressed(self, message: TextButton.Pressed) -> None:
        self.dismiss(None if message.name == "cancel" else message.name)

    def action_leave(self) -> None:
        self.dismiss(None)
