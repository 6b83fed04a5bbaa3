"""What is shown while a run is opened: its newest rows where they are going to stand.

It is painted before what takes long is imported: rows and their look, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from console.screens.arrangement import BARE, arrangement
from console.screens.body import Body
from console.screens.messages import Attach
from console.widgets.stream_pane import StreamPane

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from console.core.sources import RowSource
    from console.screens.arrangement import View


class Notice(Widget):
    """The first line of every screen, and what is going on."""

    def __init__(self, run: str) -> None:
        super().__init__(id="header")
        self._run = run

    def render(self) -> Content:
        title = Content.styled(" GLADIUS TRAINING CONSOLE", "bold $primary")
        return Content("    ").join([title, Content.styled(f"opening {self._run} …", "$muted")])


class Opening(Screen[None]):
    """Asks for the run as soon as it is on the screen.

    `glimpse(run, count)` gives its newest rows, or None.
    """

    BINDINGS: ClassVar = [("q,ctrl+q", "leave", "Quit")]

    def __init__(
        self, run: str, view: View, glimpse: Callable[[str, int], RowSource | None] | None
    ) -> None:
        super().__init__()
        self._run, self._glimpse = run, glimpse
        self._pane = StreamPane(id="stream")
        self._body = Body(Notice(run), self._pane, view=view)

    def compose(self) -> ComposeResult:
        yield self._body

    def on_mount(self) -> None:
        size = self.app.size
        rows = self._glimpse(self._run, size.height) if self._glimpse is not None else None
        self._pane.display = rows is not None
        if rows is not None:
            self._pane.set_class(arrangement(*size) in BARE, "-bare")
            self._pane.show_rows(rows)
        self.call_after_refresh(self.post_message, Attach(self._run))

    def action_leave(self) -> None:
        self.app.exit(f"training goes on: gladius-console attach {self._run}")
