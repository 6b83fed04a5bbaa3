"""Pause and resume for a trainer without the hook: all its processes stopped by a signal.

Nothing is remembered but since when it is tried: what is wanted is in the open orders, what is in
the process table. So a new backend goes on where the old one was.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.backend import signals
from console.core.protocol import Outcome
from console.keeper import clock

if TYPE_CHECKING:
    from console.backend.lifecycle import Lifecycle
    from console.keeper.identity import Identity

GIVE_UP_SECONDS = 5.0

THAWED = "its processes go on"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is; None while it is under way."""

    outcome: Outcome | None = None
    detail: str | None = None


class Freezer:
    """Call `pause` or `resume` again until the order has its end."""

    def __init__(self, lifecycle: Lifecycle, meaning: Callable[[], str] = str) -> None:
        """`meaning` says what it means for this trainer to be frozen."""
        self._lifecycle, self._meaning = lifecycle, meaning
        self._since: dict[str, float] = {}

    def pause(self, order_id: str) -> Progress:
        """Stops whoever runs; done when all members are really stopped."""
        done = f"frozen by signal: {self._meaning()}"
        return self._try(order_id, signal.SIGSTOP, wanted=True, done=done)

    def resume(self, order_id: str) -> Progress:
        """Lets all members go on; done when they do."""
        return self._try(order_id, signal.SIGCONT, wanted=False, done=THAWED)

    def _try(self, order_id: str, number: int, *, wanted: bool, done: str) -> Progress:
        since = self._since.setdefault(order_id, clock.since_boot())
        members = self._lifecycle.members()
        inside, others = signals.group_first(members, self._lifecycle.trainer)
        refused = signals.send([*inside, *others], number)
        if refused:
            return self._end(order_id, Outcome.FAILED, f"may not signal {_pids(refused)}")
        if self._lifecycle.frozen() is wanted:
            return self._end(order_id, Outcome.DONE, done)
        if clock.since_boot() - since > GIVE_UP_SECONDS:
            return self._end(order_id, Outcome.FAILED, f"no effect on {_pids(members)}")
        return Progress()

    def _end(self, order_id: str, outcome: Outcome, detail: str) -> Progress:
        del self._since[order_id]
        return Progress(outcome, detail)


def _pids(members: list[Identity]) -> str:
    return "processes " + ", ".join(str(member.pid) for member in members)
