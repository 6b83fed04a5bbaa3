"""The summary report of a run that has ended, and what can be done next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.core.export_parts import EVERYTHING
from console.core.format_text import text
from console.screens import export_menu, failure
from console.screens.dialog import CANCEL, Dialog
from console.screens.modal import Modal
from console.widgets.frame import Framed
from console.widgets.report_text import ReportText
from console.widgets.text_button import TextButton

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.screens.commanding import Commanding
    from console.screens.session import Session


class Sheet(Framed, VerticalScroll):
    """The frame the report scrolls in."""


class Report(Modal[str | None]):
    """Answers `overview` or `restart` when that is asked for, else None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,R", "leave", "Close"),
        ("y", "copy", "Copy"),
        ("x", "export", "Export"),
    ]
    AUTO_FOCUS = "Sheet"

    def __init__(self, session: Session, report: str | None) -> None:
        super().__init__()
        self._session, self._report = session, report

    def compose(self) -> ComposeResult:
        with Sheet() as sheet:
            sheet.corners("REPORT", "", "y copy  x export", "Esc close")
            if self._report is None:
                yield Static(Content("The report is not written yet. R opens it again."))
            else:
                yield ReportText(self._report, open_links=False)
            can_go_on = failure.can_go_on(self._session)
            yield Static(_way_on(self._session, can_go_on=can_go_on))
            with Horizontal(classes="buttons"):
                if self._session.exporter is not None:
                    yield TextButton("export", "Export")
                yield TextButton("overview", "Overview")
                if can_go_on:
                    yield TextButton("restart", "Restart from here", "$success")
                yield TextButton("close", "Close")

    @on(TextButton.Pressed)
    def _pressed(self, message: TextButton.Pressed) -> None:
        if message.name == "export":
            self.action_export()
        else:
            self.dismiss(None if message.name == "close" else message.name)

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._report or "")

    def action_export(self) -> None:
        """The run into a folder; the report stays behind that."""
        export_menu.ask(self.app, self._session, EVERYTHING)


def _way_on(session: Session, *, can_go_on: bool) -> Content:
    """The command that goes on from here; without one, why."""
    state = session.link.state
    if state.checkpoints.last is None:
        return Content.styled("nothing was saved to restart from", "$muted")
    line = Content.assemble(("restart from here: ", "$muted"), (session.resume_command, "bold"))
    if can_go_on or not session.read_only:
        return line
    return Content.assemble(line, (f"  ({text(session.read_only)})", "$muted"))


def ask_to_restart(screen: Commanding) -> None:
    """Asks, then starts a new run from the last checkpoint and shows it."""
    saved = screen.session.link.state.checkpoints.last
    step = None if saved is None else saved.step
    at = "the last checkpoint" if step is None else f"the checkpoint of step {step:,}"
    lines = [
        f"A new run begins at {at}, as this one was configured.",
        "This run stays as it is.",
        "",
    ]

    def answered(name: str | None) -> None:
        if name is not None:
            failure.go_on(screen)

    choices = [CANCEL, ("restart", "Restart", "bold $success")]
    screen.app.push_screen(Dialog("RESTART FROM HERE", lines, choices), answered)
