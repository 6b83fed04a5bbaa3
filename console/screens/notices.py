"""What the person is told of the end of an order given here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from console.core.format_text import text
from console.core.protocol import Outcome
from console.screens.ordering import outcome_text

if TYPE_CHECKING:
    from textual.screen import Screen

    from console.core.state import OrderView

Severity = Literal["information", "warning", "error"]

SEVERITIES: dict[Outcome, Severity] = {
    Outcome.FAILED: "error",
    Outcome.REJECTED: "error",
    Outcome.EXPIRED: "warning",
}


def notice(screen: Screen[None], view: OrderView) -> None:
    """A notice that goes by itself; a failure stays longer."""
    severity = SEVERITIES.get(view.outcome, "information")
    lines = [text(line) for line in outcome_text(view).splitlines()]
    seconds = 5.0 if severity == "information" else 20.0
    screen.app.notify("\n".join(lines), severity=severity, timeout=seconds, markup=False)
