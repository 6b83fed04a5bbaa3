"""Alerts as facts: the events of their begin, of their end and of somebody who saw them, and what
the state keeps of them.

Which alerts there are is said in `alerts.py`. An alert is told apart by its id: the rule, and
after a slash what it is about (`gpu_hot/1`). The intent of an action is part of its begin, so that
it is recorded before anything is done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.core.protocol import Sampled
    from console.core.state import RunState

KEPT_ALERTS = 50
"""Alerts that are over stay known, the newest of them."""

NOTIFY = "notify"
WARNING, CRITICAL = "warning", "critical"


@dataclass(frozen=True, slots=True)
class AlertBegan:
    """A rule began to apply. `then` is what the rule wants done, `order` the id of that order."""

    t: float
    m: float
    id: str
    rule: str
    text: str
    severity: str = WARNING
    advice: str = ""
    """The next step for a person."""
    value: float | None = None
    """What the rule's gauge or metric read: for a state 1, for a spike its robust deviations."""
    step: int | None = None
    row: int | None = None
    """Rows of the log there were."""
    then: str = NOTIFY
    order: str | None = None


@dataclass(frozen=True, slots=True)
class AlertEnded:
    """What the alert told of is over."""

    t: float
    m: float
    id: str
    text: str
    step: int | None = None


@dataclass(frozen=True, slots=True)
class AlertSeen:
    """Somebody acknowledged an open alert: it stays open, and asks for nobody any more."""

    t: float
    m: float
    id: str
    by: str = ""


@dataclass(slots=True)
class Alert:
    """One alert, open or over. Times are Unix seconds."""

    id: str
    rule: str
    text: str
    t: float
    severity: str = WARNING
    advice: str = ""
    value: float | None = None
    step: int | None = None
    row: int | None = None
    then: str = NOTIFY
    order: str | None = None
    ended: float | None = None
    seen: float | None = None
    """When somebody acknowledged it."""
    seen_by: str = ""


@dataclass(slots=True)
class Alerts:
    """The alerts of a run."""

    open: dict[str, Alert] = field(default_factory=dict)
    """By id, in the order they began."""
    recent: tuple[Alert, ...] = ()
    """Those that are over, newest last, at most KEPT_ALERTS."""
    count: int = 0
    """How many began so far."""
    gpus: tuple[int, ...] = ()
    """Numbers of the GPUs on which this trainer was seen."""

    @property
    def unseen(self) -> list[Alert]:
        """Open ones that nobody has acknowledged."""
        return [alert for alert in self.open.values() if alert.seen is None]


def began(state: RunState, event: AlertBegan) -> None:
    """An alert is open once, however often it is told."""
    if event.id in state.alerts.open:
        return
    state.alerts.open[event.id] = Alert(
        event.id, event.rule, event.text, event.t, event.severity, event.advice, event.value,
        event.step, event.row, event.then, event.order,
    )  # fmt: skip
    state.alerts.count += 1
    state.changed.add("alerts")


def ended(state: RunState, event: AlertEnded) -> None:
    """An open alert is over; of one that is not open there is nothing to end."""
    alert = state.alerts.open.pop(event.id, None)
    if alert is None:
        return
    alert.ended = event.t
    state.alerts.recent = (*state.alerts.recent[-(KEPT_ALERTS - 1) :], alert)
    state.changed.add("alerts")


def seen(state: RunState, event: AlertSeen) -> None:
    """The first who acknowledges an alert is remembered."""
    alert = state.alerts.open.get(event.id)
    if alert is None or alert.seen is not None:
        return
    alert.seen, alert.seen_by = event.t, event.by
    state.changed.add("alerts")


def gpus_seen(state: RunState, event: Sampled) -> None:
    """Remembers which GPUs are the trainer's: of a lost one nobody can ask that any more."""
    known = state.alerts.gpus
    new = {gpu.id for gpu in event.gpus if gpu.memory_trainer} - {*known}
    if new:
        state.alerts.gpus = tuple(sorted(new.union(known)))
        state.changed.add("alerts")
