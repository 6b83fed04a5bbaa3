"""The peer: the smallest Textual program."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Minimal(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("FIRST_PAINT")


Minimal().run()
