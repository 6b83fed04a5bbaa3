"""Which entries of a timeline are wanted: by kind, by words, or only what people did.

To add a kind: a row in KINDS.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from console.core.timeline import ORDER

if TYPE_CHECKING:
    from console.core.alarm import Alert
    from console.core.state import Entry, RunState

KINDS: dict[str, frozenset[str]] = {
    "alerts": frozenset({"alert", "over", "failure"}),
    "checkpoints": frozenset({"save"}),
    "validations": frozenset({"eval"}),
    "changes": frozenset({"change", "config"}),
    "pauses": frozenset({"pause", "resume"}),
    "life": frozenset({"start", "stop", "end"}),
    "epochs": frozenset({"epoch"}),
}
"""Names of kinds, and the marks that belong to them."""

ALL, AUDIT = "all", "audit"
VIEWS: tuple[str, ...] = (ALL, *KINDS, AUDIT)
"""What can be looked at, in the order of the key that goes through them."""

_CHANGES = KINDS["changes"]


def is_audit(entry: Entry) -> bool:
    """Whether it tells of an order's end or of a change: what somebody did, not what happened."""
    return bool(entry.cmd) or entry.mark in _CHANGES


def chosen(
    entries: Iterable[Entry], kinds: Collection[str] = (), words: str = "", *, audit: bool = False
) -> list[Entry]:
    """The entries of these kinds (none given: all) that have all words, in their order."""
    marks = frozenset[str]().union(*(KINDS[kind] for kind in kinds))
    wanted = words.lower().split()

    def fits(entry: Entry) -> bool:
        if entry.mark not in marks if marks else not audit and entry.mark == ORDER:
            return False
        said = f"{entry.text} {entry.by} {entry.cmd} {entry.mark}".lower()
        return (is_audit(entry) or not audit) and all(word in said for word in wanted)

    return [entry for entry in entries if fits(entry)]


def view_of(entries: Iterable[Entry], view: str, words: str = "") -> list[Entry]:
    """The entries of one of VIEWS."""
    kinds = (view,) if view in KINDS else ()
    return chosen(entries, kinds, words, audit=view == AUDIT)


def alert_of(state: RunState, entry: Entry) -> Alert | None:
    """The open alert whose begin this entry tells of."""
    alert = state.alerts.open.get(entry.about) if entry.mark == "alert" else None
    return alert if alert is not None and alert.t == entry.t else None
