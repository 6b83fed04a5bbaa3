"""What is shown where nothing else fits."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget


class Small(Widget):
    """Says that the terminal is too small, and that nothing is lost by it."""

    ALLOW_SELECT = False

    def render(self) -> Content:
        return Content("20×5 needed; training goes on. q leaves")
