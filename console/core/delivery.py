"""How notices went out: the event of it, and what the state keeps of each way.

The event is in the journal, and in the same commit as the timeline it counts: a new backend goes on
after the last notice that went out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.core.state import RunState

USUAL = ("critical", "finished", "stopped")
"""What a way tells when nobody says otherwise; see `notify.EVENTS`."""

SENT, RETRYING, GIVEN_UP = "sent", "retrying", "given up"


@dataclass(frozen=True, slots=True)
class Notified:
    """Something was to go one way. `upto` is the number of the newest entry of the timeline in it,
    `outcome` one of SENT, RETRYING, GIVEN_UP, `detail` why it did not go; no address is in it."""

    t: float
    m: float
    way: str
    notice: str
    """Id of the notice, or of the gravest of several."""
    upto: int
    outcome: str = SENT
    count: int = 1
    detail: str = ""


@dataclass(slots=True)
class WayView:
    """One way so far."""

    upto: int = 0
    """Everything up to this entry of the timeline went out, or never will."""
    sent: int = 0
    """Notices, those that went out in one counted one by one."""
    given_up: int = 0
    trouble: str = ""
    """Why the last one did not go out; empty when it did."""
    since: float | None = None
    """Unix seconds of the first of the failures in a row."""


@dataclass(slots=True)
class Delivery:
    """All ways that were ever used."""

    ways: dict[str, WayView] = field(default_factory=dict)


def notified(state: RunState, event: Notified) -> None:
    """Counts, and remembers or forgets the trouble."""
    way = state.delivery.ways.setdefault(event.way, WayView())
    if event.outcome != RETRYING:
        way.upto = max(way.upto, event.upto)
    way.sent += event.count if event.outcome == SENT else 0
    way.given_up += event.count if event.outcome == GIVEN_UP else 0
    if event.outcome == SENT:
        way.trouble, way.since = "", None
    else:
        way.trouble, way.since = event.detail, event.t if way.since is None else way.since
    state.changed.add("delivery")


def note(state: RunState, event: Notified) -> tuple[str, str] | None:
    """The line of the timeline: that notices do not go out any more, once, and that they do again.
    Call before the event is applied."""
    way = state.delivery.ways.get(event.way, WayView())
    if event.outcome == SENT:
        return ("over", f"notices by {event.way} go out again") if way.trouble else None
    if way.trouble:
        return None
    lost = "given up" if event.outcome == GIVEN_UP else "tried again"
    return "failure", f"a notice by {event.way} did not go out, {lost}: {event.detail}"


def told(name: str, way: WayView) -> str:
    """A way in a line: `phone: 3 sent; HTTP 500 for 2 min`."""
    parts = [f"{way.sent:,} sent"]
    if way.given_up:
        parts.append(f"{way.given_up:,} given up")
    if way.trouble:
        parts.append(way.trouble)
    return f"{name}: {', '.join(parts)}"
