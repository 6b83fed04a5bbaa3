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
from console.screens.typed import TypedAhead
from console.widgets.stream_pane import StreamPane

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

    from console.core.sources import RowSource
    from console.screens.arrangement import View


PATIENCE_SECONDS = 3.0
"""After so long without a word from the run, that is said."""


LEAVING = ("q", "ctrl+q")


class Notice(Widget):
    """The first line of every screen, and what is going on."""

    def __init__(self, run: str) -> None:
        super().__init__(id="header")
        self.said = f"opening {run} …"

    def render(self) -> Content:
        title = Content.styled(" GLADIUS TRAINING CONSOLE", "bold $primary")
        return Content("    ").join([title, Content.styled(self.said, "$muted")])


class Opening(Screen[None]):
    """With `asks` it asks for the run as soon as it is on the screen.

    `glimpse(run, count)` gives its newest rows, or None.
    """

    BINDINGS: ClassVar = [(",".join(LEAVING), "leave", "Quit")]

    def __init__(
        self,
        run: str,
        view: View,
        glimpse: Callable[[str, int], RowSource | None] | None,
        *,
        asks: bool = True,
    ) -> None:
        super().__init__()
        self.run = run
        self.typed = TypedAhead(self)
        """Keys for the run."""
        self._glimpse, self._asks = glimpse, asks
        self._notice, self._pane = Notice(run), StreamPane(id="stream")
        self._body = Body(self._notice, self._pane, view=view)

    def compose(self) -> ComposeResult:
        yield self._body

    def on_mount(self) -> None:
        size = self.app.size
        rows = self._glimpse(self.run, size.height) if self._glimpse is not None else None
        self._pane.display = rows is not None
        if rows is not None:
            self._pane.set_class(arrangement(*size) in BARE, "-bare")
            self._pane.show_rows(rows)
        if self._asks:
            self.call_after_refresh(self.post_message, Attach(self.run))
        self.set_timer(PATIENCE_SECONDS, self._say_more)

    def on_key(self, event: events.Key) -> None:
        """What is typed before the run is there is meant for it."""
        if event.key not in LEAVING:
            self.typed.hold([event])
            event.stop()

    def _say_more(self) -> None:
        self._notice.said = f"opening {self.run} … it has not answered yet; q leaves"
        self._notice.refresh()

    def action_leave(self) -> None:
        self.app.exit(f"training goes on: gladius-console attach {self.run}")
