"""What the person is told of orders: their end, and that a stop waits for a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from console.core.format_text import text
from console.core.protocol import Outcome

if TYPE_CHECKING:
    from textual.app import App

    from console.core.state import OrderView, RunState

Severity = Literal["information", "warning", "error"]

SEVERITIES: dict[Outcome, Severity] = {
    Outcome.FAILED: "error",
    Outcome.REJECTED: "error",
    Outcome.EXPIRED: "warning",
}

WHAT_TO_DO: dict[Outcome, str] = {
    Outcome.FAILED: "The log says more; the trainer goes on as before.",
    Outcome.REJECTED: "Nothing was changed.",
    Outcome.EXPIRED: "It was not obeyed in time and will not be any more; give it again.",
    Outcome.SUPERSEDED: "A newer order took its place.",
}

SHORT_SECONDS, LONG_SECONDS = 5.0, 20.0
ASK = "ask"


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
