"""What the order `acknowledge` does: open alerts are marked as seen, without the trainer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.backend.recording import tell
from console.core.alarm import AlertSeen

if TYPE_CHECKING:
    from console.backend.recording import Recording
    from console.core.state import OrderView


def acknowledge(recording: Recording, view: OrderView) -> str | None:
    """Marks the alert that the order names, else all; their texts. Done once more after we were
    killed, it changes nothing."""
    wanted = view.args.get("alert")
    found = [one for one in recording.state.alerts.unseen if wanted in (None, one.id)]
    for alert in found:
        tell(recording, AlertSeen, id=alert.id, by=view.by)
    return "; ".join(alert.text for alert in found) or None
