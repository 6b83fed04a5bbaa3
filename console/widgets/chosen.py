"""What widgets post upwards when a command or a panel was chosen with the mouse or on a button."""

from __future__ import annotations

from textual.message import Message


class Chosen(Message):
    """A command, by its id in `commands.COMMANDS`."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self.command = command


class PanelChosen(Message):
    """A panel, by the name of its arrangement."""

    def __init__(self, panel: str) -> None:
        super().__init__()
        self.panel = panel


class AlertsChosen(Message):
    """The count of open alerts was clicked."""


class ExpertChosen(Message):
    """More is to be told of one expert."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class MemoryChosen(Message):
    """All that is known of memory is asked for."""
