"""The sign that the connection is lost, over the screen; everything behind it can still be used."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from console.widgets.text import cut

LINES = (
    "The trainer is not touched by this. The backend is called again and again;",
    "what is shown is the last that was known, and nothing will be missing later.",
)


class Lost(Widget):
    """Not shown as long as there is a connection."""

    ALLOW_SELECT = False
    _since: str | None = None

    def on_mount(self) -> None:
        self.display = False

    def show(self, since: str | None) -> None:
        """`since` is the sentence that says how long it is lost; None when it is not."""
        if since != self._since:
            self._since = since
            self.display = since is not None
            self.refresh()

    def render(self) -> Content:
        title = Content.styled(f"✗ {(self._since or '').upper()}", "bold $error")
        lines = [title, *map(Content, LINES)]
        return Content("\n").join([cut(line, self.size.width) for line in lines])
