"""What the person is told of: ends of orders, that a stop waits for a decision, and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from console.core.alarm import CRITICAL
from console.core.format_text import text
from console.core.protocol import Outcome

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
"""Alerts in one notice: it must not cover the screen."""


def tell_outcome(app: App[Any], view: OrderView) -> None:
    """A notice of an order's end, with the reason and what to do; a failure stays longer."""
    severity = SEVERITIES.get(view.outcome, "information")
    step = "" if view.step is None else f" at step {view.step:,}"
    detail = f": {text(view.detail)}" if view.detail else ""
    advice = WHAT_TO_DO.get(view.outcome, "")
    said = f"{text(view.cmd)} {view.outcome}{step}{detail}" + (f"\n{advice}" if advice else "")
    seconds = SHORT_SECONDS if severity == "information" else LONG_SECONDS
    app.notify(said, severity=severity, timeout=seconds, markup=False)


def tell_stage(app: App[Any], state: RunState, before: str | None) -> None:
    """A notice when the stop ladder came to the rung on which a person must decide."""
    if state.life.stop_stage == ASK and before != ASK:
        said = "The trainer did not stop. F3 again to kill it, or give it more time."
        app.notify(said, severity="warning", timeout=LONG_SECONDS, markup=False)


class AlertNotices:
    """Tells each alert once, all that began together in one notice."""

    def __init__(self) -> None:
        self._told: set[tuple[str, float]] | None = None
        """Ids and begins; None before the first look."""

    def tell(self, app: App[Any], state: RunState) -> None:
        """Tells what began since the last look; what was there before somebody came is shown, not
        told."""
        if not state.run.id:  # nothing has come yet
            return
        alerts = (*state.alerts.recent, *state.alerts.open.values())
        known, self._told = self._told, {(alert.id, alert.t) for alert in alerts}
        if known is None:
            return
        new = [alert for alert in alerts if (alert.id, alert.t) not in known]
        if not new:
            return
        is_critical = any(alert.severity == CRITICAL for alert in new)
        said = "\n".join(_sentence(alert) for alert in new[:MOST_TOLD])
        more = f"\nand {len(new) - MOST_TOLD} more: key 8" if len(new) > MOST_TOLD else ""
        severity: Severity = "error" if is_critical else "warning"
        app.notify(said + more, severity=severity, timeout=LONG_SECONDS, markup=False)


def _sentence(alert: Alert) -> str:
    """What is the matter, what a guard does about it, and what a person can do."""
    guard = f" The guard orders: {alert.then}." if alert.order else ""
    advice = f"\n{text(alert.advice)}" if alert.advice else ""
    said = text(alert.text)
    return f"▲ {said[:1].upper()}{said[1:]}.{guard}{advice}"
