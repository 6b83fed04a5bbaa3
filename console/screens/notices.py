"""What the person is told of: ends of orders, that a stop waits for a decision, alerts, and in
short what happened (`core/notices.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from console.commands import BY_ID
from console.core.alarm import CRITICAL
from console.core.changes import told
from console.core.format_text import text
from console.core.notices import NOTICES, SCREEN_REST_SECONDS, Herald
from console.core.protocol import Outcome
from console.widgets.keyname import first_key

if TYPE_CHECKING:
    from textual.app import App

    from console.core.alarm import Alert
    from console.core.state import OrderView, RunState

Severity = Literal["information", "warning", "error"]

SEVERITIES: dict[Outcome, Severity] = {
    Outcome.FAILED: "error",
    Outcome.REJECTED: "error",
    Outcome.EXPIRED: "warning",
    Outcome.UNSEEN: "warning",
}

WHAT_TO_DO: dict[Outcome, str] = {
    Outcome.FAILED: "The log says more; the trainer goes on as before.",
    Outcome.REJECTED: "Nothing was changed.",
    Outcome.EXPIRED: "It was not obeyed in time and will not be any more; give it again.",
    Outcome.SUPERSEDED: "A newer order took its place.",
    Outcome.UNSEEN: "It may still be obeyed: look at the log before you give it again.",
}

SHORT_SECONDS, LONG_SECONDS = 5.0, 20.0
ASK = "ask"
MOST_TOLD = 3
"""Alerts, or other news, in one notice: it must not cover the screen."""

STALE_SECONDS = 60.0
"""What happened longer ago than this is no news: nobody was there, or something else was told."""


def tell_outcome(app: App[Any], view: OrderView) -> None:
    """A notice of an order's end, with the reason and what to do; a failure stays longer."""
    severity = SEVERITIES.get(view.outcome, "information")
    step = "" if view.step is None else f" at step {view.step:,}"
    changed = told(view.values, view.old) if view.cmd == "set" and view.old else ""
    why = text(view.detail) if view.detail else changed
    detail = f": {why}" if why else ""
    advice = WHAT_TO_DO.get(view.outcome, "")
    said = f"{text(view.cmd)} {view.outcome}{step}{detail}" + (f"\n{advice}" if advice else "")
    seconds = SHORT_SECONDS if severity == "information" else LONG_SECONDS
    app.notify(said, severity=severity, timeout=seconds, markup=False)


def tell_stage(app: App[Any], state: RunState, before: str | None) -> bool:
    """A notice when the stop ladder came to the rung on which a person must decide; whether it
    did."""
    is_asked = state.life.stop_stage == ASK and before != ASK
    if is_asked:
        again = f"{first_key(BY_ID['stop'])} again"
        said = f"The trainer did not stop. {again} to kill it, or give it more time."
        app.notify(said, severity="warning", timeout=LONG_SECONDS, markup=False)
    return is_asked


class AlertNotices:
    """Tells each alert once, all that began together in one notice."""

    def __init__(self) -> None:
        self._told: set[tuple[str, float]] | None = None
        """Ids and begins; None before the first look."""

    def tell(self, app: App[Any], state: RunState) -> bool:
        """Tells what began since the last look, and says whether anything did; what was there
        before somebody came is shown, not told."""
        if not state.run.id:  # nothing has come yet
            return False
        alerts = (*state.alerts.recent, *state.alerts.open.values())
        known, self._told = self._told, {(alert.id, alert.t) for alert in alerts}
        if known is None:
            return False
        new = [alert for alert in alerts if (alert.id, alert.t) not in known]
        if not new:
            return False
        is_critical = any(alert.severity == CRITICAL for alert in new)
        said = "\n".join(_sentence(alert) for alert in new[:MOST_TOLD])
        more = f"\nand {len(new) - MOST_TOLD} more: key 8" if len(new) > MOST_TOLD else ""
        severity: Severity = "error" if is_critical else "warning"
        app.notify(said + more, severity=severity, timeout=LONG_SECONDS, markup=False)
        return True


class NewsNotices:
    """Tells in short what happened. It waits until nothing else is told: an alert is not covered
    by the news that a checkpoint was saved."""

    def __init__(self) -> None:
        self._herald = Herald(SCREEN_REST_SECONDS, late=True)
        self._waiting: list[tuple[float, str]] = []

    def tell(self, app: App[Any], state: RunState) -> None:
        """Call once a second, and when the timeline changed and nothing else was told of that: what
        was told this moment the app does not know of yet."""
        if not state.run.id:  # nothing has come yet
            return
        found = self._herald.news(state)
        self._waiting += [(entry.t, words) for entry, words in found if entry.mark in NOTICES]
        if not self._waiting:
            return
        oldest = (state.timing.as_of or 0.0) - STALE_SECONDS
        self._waiting = [one for one in self._waiting if one[0] >= oldest][-MOST_TOLD:]
        if not self._waiting or len(app._notifications):
            return
        said = "\n".join(f"{words[:1].upper()}{words[1:]}" for _, words in self._waiting)
        self._waiting = []
        app.notify(said, timeout=SHORT_SECONDS, markup=False)


def _sentence(alert: Alert) -> str:
    """What is the matter, what a guard does about it, and what a person can do."""
    guard = f" The guard orders: {alert.then}." if alert.order else ""
    advice = f"\n{text(alert.advice)}" if alert.advice else ""
    said = text(alert.text)
    return f"▲ {said[:1].upper()}{said[1:]}.{guard}{advice}"
