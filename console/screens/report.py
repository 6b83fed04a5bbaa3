"""The summary report of a run that has ended, and what can be done next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Markdown, Static

from console.screens.modal import Modal
from console.widgets.frame import Framed
from console.widgets.text_button import TextButton

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.screens.session import Session


class Sheet(Framed, VerticalScroll):
    """The frame the report scrolls in."""


class Report(Modal[str | None]):
    """Answers `overview` when that is asked for, else None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,R", "leave", "Close"),
        ("y", "copy", "Copy"),
    ]
    AUTO_FOCUS = "Sheet"

    def __init__(self, session: Session, report: str | None) -> None:
        super().__init__()
        self._session, self._report = session, report

    def compose(self) -> ComposeResult:
        with Sheet() as sheet:
            sheet.corners("REPORT", "", "y copy", "Esc close")
            if self._report is None:
                yield Static(Content("The report is not written yet. R opens it again."))
            else:
                yield Markdown(self._report, open_links=False)
            yield Static(
                Content.assemble(
                    ("restart from here: ", "$muted"), (self._session.resume_command, "bold")
                )
            )
            with Horizontal(classes="buttons"):
                yield TextButton("restart", "Copy restart line")
                yield TextButton("overview", "Overview")
                yield TextButton("close", "Close")

    @on(TextButton.Pressed)
    def _pressed(self, message: TextButton.Pressed) -> None:
        if message.name == "restart":
            self.app.copy_to_clipboard(self._session.resume_command)
        else:
            self.dismiss("overview" if message.name == "overview" else None)

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._report or "")
