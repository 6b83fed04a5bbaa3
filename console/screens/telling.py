"""The app's part in what it tells: a notice at a time, and nothing in it but text."""

from __future__ import annotations

from typing import Any

from textual.app import App

from console.core.format_text import text

SHORT_ROWS = 36
"""With fewer a notice takes no more room than its text."""


class Telling(App[str]):
    """An app that tells."""

    VERTICAL_BREAKPOINTS = [(0, "-short"), (SHORT_ROWS, "-high")]  # noqa: RUF012 (as its base has it)

    def notify(self, message: str, **options: Any) -> None:
        """Shows a notice in place of the one before: they would cover what they tell of.

        It may quote anybody: nothing in it reaches the terminal but text.
        """
        self.clear_notifications()
        lines = [text(line) if line else line for line in message.split("\n")]
        super().notify("\n".join(lines), **options)
