"""What became of the latest order, in one line: with a sign, the step, the time or the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.core.format import number
from console.core.format_text import text
from console.core.format_time import ago, clock
from console.core.protocol import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.core.state import OrderView, RunState
    from console.widgets.moment import Now

SIGNS: dict[Outcome, tuple[str, str]] = {
    Outcome.SENT: ("…", "$information"),
    Outcome.QUEUED: ("…", "$information"),
    Outcome.RECEIVED: ("…", "$information"),
    Outcome.DONE: ("✓", "$success"),
    Outcome.FAILED: ("✗", "bold $error"),
    Outcome.REJECTED: ("✗", "bold $error"),
    Outcome.EXPIRED: ("✗", "bold $warning"),
    Outcome.SUPERSEDED: ("·", "$muted"),
    Outcome.DUPLICATE: ("·", "$muted"),
}

WAITS_FOR: dict[Outcome, str] = {
    Outcome.SENT: "sent, not yet taken in",
    Outcome.QUEUED: "passed on, waiting for the trainer",
    Outcome.RECEIVED: "the trainer is at it",
}

TOLD = ("loss", "accuracy")
"""Values of an answer worth a place in one line."""


def order_line(state: RunState, now: Now, sent: Iterable[OrderView] = ()) -> Content:
    """The newest open order, else the latest answer; empty when nothing was ever ordered.

    `sent` are orders given here that nobody has confirmed yet.
    """
    waiting = [*state.control.open.values(), *sent]
    if waiting:
        return _open(waiting[-1], now)
    return Content("") if state.control.last is None else _ended(state.control.last, now)


def _open(view: OrderView, now: Now) -> Content:
    sign, style = SIGNS[view.outcome]
    since = now.age(view.at, None)
    age = "" if since is None else f", {ago(since)}"
    return Content.assemble((f"{sign} {text(view.cmd)} ", style), f"{WAITS_FOR[view.outcome]}{age}")


def _ended(view: OrderView, now: Now) -> Content:
    sign, style = SIGNS.get(view.outcome, ("·", "$muted"))
    where = "" if view.step is None else f" at step {number(view.step)}"
    when = "" if view.answered is None else f", {clock(view.answered, now.t, now.offset)}"
    told = ", ".join(
        f"{text(name)} {number(value, 4)}"
        for name, value in view.values.items()
        if isinstance(value, (int, float)) and name in TOLD
    )
    why = f": {text(view.detail or told)}" if view.detail or told else ""
    return Content.assemble((sign, style), f" {text(view.cmd)} {view.outcome}{where}{why}{when}")
