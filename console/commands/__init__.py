"""Everything a person can order or do: one table for keys, buttons, palette, footer, help, verbs.

To add one: a row in the module of its scope (`run.py`, `stream.py`, `chart.py`, `panels.py`).
`available` says whether it can be done now, and if not, why. A key of the run is no key of a panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.commands.chart import CHART
from console.commands.command import READY, Availability, Command, Readiness, Scope
from console.commands.keymap import acting, asking, keys_of
from console.commands.panels import PANELS
from console.commands.run import RUN
from console.commands.stream import STREAM
from console.commands.when import FAILED
from console.core.words import Status

if TYPE_CHECKING:
    from console.core.state import RunState

__all__ = (
    "BY_ID",
    "COMMANDS",
    "FAILED",
    "READY",
    "VERBS",
    "Availability",
    "Command",
    "Readiness",
    "Scope",
    "acting",
    "asking",
    "available",
    "best_key",
    "keys_of",
    "toggle",
)

COMMANDS: tuple[Command, ...] = (*RUN, *STREAM, *CHART, *PANELS)

BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}

VERBS: tuple[str, ...] = ("pause", "resume", "checkpoint", "validate", "stop", "recover")
"""Commands that are also verbs of the command line."""


def available(command_id: str, state: RunState) -> Availability:
    """Whether a command can be given in this state."""
    return BY_ID[command_id].when(state)


def toggle(state: RunState) -> Command:
    """Pause or resume: whichever F2 means now, on the trainer's word."""
    return BY_ID["resume" if state.status in (Status.PAUSED, Status.FROZEN) else "pause"]


def best_key(state: RunState) -> Command | None:
    """The one most useful command now, for the status bar."""
    if state.ended:
        return BY_ID["report"]
    if state.life.held_m is not None:
        return BY_ID["failure"]
    choice = toggle(state)
    return choice if available(choice.id, state).ok else None
