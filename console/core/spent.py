"""Where the time of a training goes, as the hook tells it: shares, and a sentence of advice.

The facts are `time_data`, `time_compute`, `time_save`, `time_validate` (0 to 1) and `time_advice`,
see `sdk.spending`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from console.core.format_text import text

if TYPE_CHECKING:
    from console.core.state import RunState

KINDS = ("data", "compute", "save", "validate")


class Spent(NamedTuple):
    """`shares` in percent by kind, largest first; those that took no time are left out."""

    shares: dict[str, float]
    advice: str


def spent(state: RunState) -> Spent | None:
    """Where the time went lately; None when nobody told."""
    facts = state.configuration.facts
    told = ((kind, _percent(facts.get(f"time_{kind}"))) for kind in KINDS)
    shares = {kind: share for kind, share in told if share is not None}
    if not shares:
        return None
    ordered = dict(sorted(shares.items(), key=lambda item: -item[1]))
    advice = facts.get("time_advice")
    return Spent(ordered, text(advice) if advice else "")


def spent_object(state: RunState) -> dict[str, Any] | None:
    """The same for `status --json`."""
    found = spent(state)
    return None if found is None else {**found.shares, "advice": found.advice or None}


def in_words(found: Spent) -> str:
    """`compute 55 %  data 41 %  save 4 %`; what rounds to nothing is left out."""
    shown = [f"{kind} {share:.0f} %" for kind, share in found.shares.items() if share >= 0.5]
    return "  ".join(shown)


def _percent(share: Any) -> float | None:
    """A share above 0 and up to 1; None when it is none."""
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1:
        return None
    return 100.0 * share
