"""What became of the latest order, in one line: with a sign, the step, the time or the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.core import changes
from console.core.format import number
from console.core.format_text import text
from console.core.format_time import ago, clock
from console.core.order import SENT
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
    Outcome.UNSEEN: ("?", "bold $warning"),
}

WAITS_FOR: dict[Outcome, tuple[str, str]] = {
    Outcome.SENT: ("sent", "sent, not yet taken in"),
    Outcome.QUEUED: ("waits for trainer", "passed on, waiting for the trainer"),
    Outcome.RECEIVED: ("at work", "the trainer is at it"),
}
"""What an open order waits for, in a word and in a sentence."""

TOLD = ("loss", "accuracy")
"""Values of an answer worth a place in its sentence."""


def order_line(state: RunState, now: Now, sent: Iterable[OrderView] = ()) -> Content:
    """The newest open order, else the latest answer; empty when nothing was ever ordered.

    `sent` are orders given here that nobody has confirmed yet. Short: of what went well the step
    and the time, of what did not the reason.
    """
    return _told(state, now, sent, whole=False)


def order_sentence(state: RunState, now: Now, sent: Iterable[OrderView] = ()) -> Content:
    """The same with all that is known of it."""
    return _told(state, now, sent, whole=True)


def _told(state: RunState, now: Now, sent: Iterable[OrderView], *, whole: bool) -> Content:
    waiting = [*state.control.open.values(), *sent]
    if waiting:
        return _open(waiting[-1], now, whole=whole)
    last = state.control.last
    return Content("") if last is None else _ended(last, now, whole=whole)


def _open(view: OrderView, now: Now, *, whole: bool) -> Content:
    sign, style = SIGNS[view.outcome]
    since = now.age(view.at, None)
    age = "" if since is None else f", {ago(since)}"
    waits = WAITS_FOR[view.outcome][whole]
    if whole and view.detail and SENT in view.values:
        waits = f"{text(view.detail)}; nothing more was seen yet"
    return Content.assemble((f"{sign} {text(view.cmd)} ", style), f"{waits}{age}")


def _ended(view: OrderView, now: Now, *, whole: bool) -> Content:
    sign, style = SIGNS.get(view.outcome, ("·", "$muted"))
    where = "" if view.step is None else f" at step {number(view.step)}"
    when = "" if view.answered is None else f", {clock(view.answered, now.t, now.offset)}"
    is_told = whole or view.outcome is not Outcome.DONE or bool(view.old)
    why = _why(view) if is_told else ""
    return Content.assemble((sign, style), f" {text(view.cmd)} {view.outcome}{where}{why}{when}")


def _why(view: OrderView) -> str:
    if view.old and view.cmd == "set":
        return f": {changes.told(view.values, view.old)}"
    told = ", ".join(
        f"{text(name)} {number(value, 4)}"
        for name, value in view.values.items()
        if isinstance(value, (int, float)) and name in TOLD
    )
    return f": {text(view.detail or told)}" if view.detail or told else ""
