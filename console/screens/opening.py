"""What is shown while a run is opened: painted before what takes long is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from console.screens.messages import Attach

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Notice(Widget):
    """The first line of every screen, and what is going on."""

    def __init__(self, run: str) -> None:
        super().__init__()
        self._run = run

    def render(self) -> Content:
        title = Content.styled(" GLADIUS TRAINING CONSOLE", "bold $primary")
        return Content("\n").join([title, Content.styled(f" opening {self._run} …", "$muted")])


class Opening(Screen[None]):
    """Asks for the run as soon as it is on the screen."""

    BINDINGS: ClassVar = [("q,ctrl+q", "leave", "Quit")]

    def __init__(self, run: str) -> None:
        super().__init__()
        self._run = run

    def compose(self) -> ComposeResult:
        yield Notice(self._run)

    def on_mount(self) -> None:
        self.call_after_refresh(self.post_message, Attach(self._run))

    def action_leave(self) -> None:
        self.app.exit(f"training goes on: gladius-console attach {self._run}")
