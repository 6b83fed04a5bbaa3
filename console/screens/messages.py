"""What screens post up to the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from console.core.notify import Notice
    from console.core.settings import Settings
    from console.screens.commanding import Commanding


class Ordered(Message):
    """An order to the trainer, from this screen."""

    def __init__(self, screen: Commanding, cmd: str, args: dict[str, Any]) -> None:
        super().__init__()
        self.screen, self.cmd, self.args = screen, cmd, args


class Asked(Message):
    """Something only the app can do: `overview` or `quit`."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what


class Attach(Message):
    """A run is to be shown."""

    def __init__(self, run: str) -> None:
        super().__init__()
        self.run = run


class Called(Message):
    """The terminal is to call."""

    def __init__(self, title: str, said: str, notice: Notice) -> None:
        super().__init__()
        self.title, self.said, self.notice = title, said, notice


class SettingsChanged(Message):
    """The person chose otherwise; every screen hears of it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
