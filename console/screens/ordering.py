"""Orders given from this screen: what can be given now, what was sent, which letter asks again.

A sent order is *waiting* until the state shows it; it changes nothing else, because the state
changes on the trainer's word alone.
"""

from __future__ import annotations

from typing import Any

from console.commands import (
    COMMANDS,
    Availability,
    Command,
    Readiness,
    available,
    toggle,
)
from console.core.protocol import OPEN_OUTCOMES, Outcome
from console.core.state import OrderView, RunState

AGAIN_SECONDS = 2.0
"""How long a letter waits for the second press."""

Choices = dict[str, tuple[Command, Availability]]
_TWINS = {"pause": "resume", "resume": "pause"}


class Ordering:
    """Bookkeeping of one screen; times are Unix seconds and are given."""

    def __init__(self, read_only: str = "") -> None:
        self._read_only = read_only
        self._sent: dict[str, OrderView] = {}
        self._mine: dict[str, str] = {}
        self._armed: tuple[str, float] = ("", 0.0)
        self.stopped = False
        """Whether a stop was ordered here."""

    @property
    def sent(self) -> tuple[OrderView, ...]:
        """Orders nobody has confirmed yet."""
        return tuple(self._sent.values())

    def choices(self, state: RunState) -> Choices:
        """For every button and key: the command it stands for now, and whether it can be given."""
        found = {}
        for command in COMMANDS:
            meant = toggle(state) if command.id == "pause" else command
            found[command.id] = (meant, self.availability(meant, state))
        return found

    def availability(self, command: Command, state: RunState) -> Availability:
        """Whether a command can be given now, in view of what was just sent from here."""
        orders = command.order or command.id in ("hyperparameters", "undo")
        if orders and self._read_only and not state.ended:
            return Availability(Readiness.IMPOSSIBLE, self._read_only)
        if {command.order, _TWINS.get(command.id)} & set(self._sent):
            return Availability(Readiness.WAITING, f"{command.order} sent")
        return available(command.id, state)

    def confirmed(self, command_id: str, now: float, *, asked: bool = True) -> bool:
        """Whether a letter was pressed for the second time in time; else it is armed.

        `asked`: whether the question could be seen before this press. Two that come together, in a
        paste or after a line has stalled, are one.
        """
        armed, since = self._armed
        if asked and armed == command_id and now - since <= AGAIN_SECONDS:
            self._armed = ("", 0.0)
            return True
        self._armed = (command_id, now)
        return False

    def send(self, cmd: str, args: dict[str, Any], now: float) -> None:
        """An order goes out."""
        self.stopped |= cmd == "stop"
        self._sent[cmd] = OrderView(id="", cmd=cmd, args=args, outcome=Outcome.SENT, at=now)

    def named(self, cmd: str, order_id: str) -> None:
        """The order got its id."""
        self._mine[order_id] = cmd
        if cmd in self._sent:
            self._sent[cmd].id = order_id

    def failed(self, cmd: str) -> None:
        """The order could not be sent."""
        self._sent.pop(cmd, None)

    def heard(self, state: RunState) -> list[OrderView]:
        """Takes note of the trainer's side; returns orders of ours that came to their end."""
        last = state.control.last
        for cmd, view in list(self._sent.items()):
            if view.id and (view.id in state.control.open or (last and last.id == view.id)):
                del self._sent[cmd]
        if last is None or last.id not in self._mine or last.outcome in OPEN_OUTCOMES:
            return []
        del self._mine[last.id]
        return [last]

    def lapsed(self, now: float, seconds: float) -> list[str]:
        """Orders that nobody took in for so long; they wait no more."""
        old = [cmd for cmd, view in self._sent.items() if view.at and now - view.at > seconds]
        for cmd in old:
            del self._sent[cmd]
        return old
