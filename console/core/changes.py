"""Values that were changed while the training ran: who, when, old and new, and what became of it.

`noted` is called with each order that has come to its end; the newest MOST are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from console.core import format as people
from console.core.format_text import text
from console.core.words import Outcome, Source

if TYPE_CHECKING:
    from console.core.protocol import Answered
    from console.core.state import OrderView, RunState

MOST = 50
CMDS = ("set", "recover")
"""Orders that set values."""


@dataclass(frozen=True, slots=True)
class Change:
    """One order that was to set values. `new` and `old` have the same names where it was done."""

    id: str
    t: float
    by: str = ""
    step: int | None = None
    new: dict[str, Any] = field(default_factory=dict)
    old: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome = Outcome.DONE
    detail: str = ""
    undoes: str = ""
    """The id of the change this one put back."""
    stands: bool = False
    """Whether it was done, is not undone, and the trainer that did it still runs."""


def asked(args: Mapping[str, Any]) -> dict[str, Any]:
    """The values an order's arguments want set, in the long form or the short one."""
    inner = args.get("set")
    return dict(inner if isinstance(inner, Mapping) else args)


def changed_by(state: RunState, event: Answered) -> dict[str, list[Any]]:
    """Name → [old value, new value] of what an answer says was set; call before it is applied."""
    if event.outcome is not Outcome.DONE or not (event.cmd == "set" or event.old):
        return {}
    order = state.control.open.get(event.id)
    new = event.values if event.cmd == "set" else asked(order.args if order else {})
    declared = state.control.settable
    before = {name: event.old.get(name, declared.get(name, {}).get("value")) for name in new}
    return {name: [before[name], value] for name, value in new.items()}


def noted(known: tuple[Change, ...], view: OrderView) -> tuple[Change, ...]:
    """The changes after an order came to its end; those undone by it stand no more."""
    inner = view.args.get("set")
    wanted = asked(view.args) if view.cmd == "set" or isinstance(inner, Mapping) else {}
    new = view.values if view.cmd == "set" and view.values else wanted
    if not new or view.answered is None:
        return known
    done = view.outcome is Outcome.DONE
    undoes = str(view.args.get("undo") or "") if view.cmd == "set" else ""
    change = Change(
        view.id, view.answered, view.by, view.step, dict(new), dict(view.old), view.outcome,
        view.detail or "", undoes, stands=done and _is_known(view.old) and not undoes,
    )  # fmt: skip
    if done and undoes:
        known = tuple(replace(one, stands=one.stands and one.id != undoes) for one in known)
    return (*known[-(MOST - 1) :], change)


def _is_known(old: Mapping[str, Any]) -> bool:
    """Whether all of it could be put back: an older hook says nothing of it, and a setting may be
    declared without a value."""
    return bool(old) and all(value is not None for value in old.values())


def voided(known: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes after the trainer began anew: what it uses now it has said itself."""
    return tuple(replace(one, stands=False) for one in known)


def undoable(state: RunState) -> Change | None:
    """The last accepted change that still stands."""
    standing = [change for change in state.control.changes if change.stands]
    return standing[-1] if standing else None


def why_nothing(state: RunState) -> str:
    """Why there is no change to undo."""
    done = [one for one in state.control.changes if one.outcome is Outcome.DONE]
    if not done:
        return "no value was changed in this run"
    if not (done[-1].undoes or _is_known(done[-1].old)):
        return "the trainer did not say what the last change replaced"
    if done[-1].undoes or any(one.undoes == done[-1].id for one in done):
        return "what was changed is undone"
    return "the trainer began anew since the last change"


def put_back(change: Change) -> dict[str, Any]:
    """The arguments of the order that undoes a change."""
    return {"set": dict(change.old), "undo": change.id}


def in_force(state: RunState, name: str) -> Any:
    """The value of a setting now, by the trainer's latest word; None when it is not known."""
    spec = state.control.settable.get(name, {})
    metric, last = state.metrics.get(name), _last_set(state, name)
    if metric is None or metric.source is not Source.HOOK or spec.get("type") != "float":
        return spec.get("value")
    is_newer = last is None or metric.t > last.t
    return metric.value if is_newer else spec.get("value")


def _last_set(state: RunState, name: str) -> Change | None:
    done = (one for one in reversed(state.control.changes) if one.outcome is Outcome.DONE)
    return next((one for one in done if name in one.new), None)


def told(new: Mapping[str, Any], old: Mapping[str, Any]) -> str:
    """`learning_rate 6e-4 → 3e-4, …`; without an old value `= 3e-4`."""
    parts = []
    for name, value in new.items():
        before = old.get(name)
        sign = " = " if before is None else f" {shown(before)} → "
        parts.append(f"{text(name)}{sign}{shown(value)}")
    return ", ".join(parts)


def shown(value: object) -> str:
    """A value as people read it."""
    if value is None:
        return people.UNKNOWN
    if isinstance(value, bool):
        return str(value).lower()
    return people.setting(value) if isinstance(value, (int, float)) else text(value)
