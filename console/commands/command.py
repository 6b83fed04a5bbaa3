"""What a command is: its keys, where they work, and whether it can be given now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.core.state import RunState


class Scope(StrEnum):
    """Where a key works: everywhere, or in the panel that has the focus."""

    RUN = "run"
    STREAM = "stream"
    CHART = "chart"
    CONFIG = "config"
    TIMELINE = "timeline"


class Readiness(StrEnum):
    """Three looks of a control that does not act now, and one that does."""

    READY = "ready"
    WAITING = "waiting"
    DISABLED = "disabled"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a command can be given now; `reason` in a short sentence when it cannot."""

    readiness: Readiness
    reason: str = ""
    note: str = ""
    """How it is done with this trainer, where that is not what `help` says."""

    @property
    def ok(self) -> bool:
        return self.readiness is Readiness.READY


READY = Availability(Readiness.READY)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do.

    `keys` are Textual key names, the one the footer shows first; `typed` are letters that ask
    "press again" before they order the trainer. `order` is what is sent to the trainer; commands
    without one are done by the screen (`action_<id>`).
    """

    id: str
    label: str
    help: str
    keys: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    scope: Scope = Scope.RUN
    order: str | None = None
    button: bool = False
    footer: str = ""
    when: Callable[[RunState], Availability] = lambda _state: READY
