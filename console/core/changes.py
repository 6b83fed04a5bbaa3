"""What an order changed: the old and the new value of everything that was set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.core.format import setting
from console.core.protocol import Outcome

if TYPE_CHECKING:
    from console.core.protocol import Answered
    from console.core.state import RunState

Changes = dict[str, Any]
"""Name → [old value, new value]."""


def changed_by(state: RunState, event: Answered) -> Changes:
    """What the answer says was set, with the values before; call before it is applied."""
    if event.cmd != "set" or event.outcome is not Outcome.DONE:
        return {}
    declared = state.control.settable
    return {name: [declared.get(name, {}).get("value"), new] for name, new in event.values.items()}


def told(changes: Changes) -> str:
    """`learning_rate 1.5e-5 → 1.2e-5, weight_decay 0.01`: without an old value the new one."""
    return ", ".join(f"{name} {_pair(*pair)}" for name, pair in changes.items())


def settle(state: RunState, changes: Changes) -> None:
    """The values are in force now: the next change begins with them."""
    for name, (_old, new) in changes.items():
        if name in state.control.settable:
            declared = {**state.control.settable[name], "value": new}
            state.control.settable = {**state.control.settable, name: declared}
            state.changed.add("control")


def _pair(old: Any, new: Any) -> str:
    return _value(new) if old is None else f"{_value(old)} → {_value(new)}"


def _value(value: Any) -> str:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return setting(value) if is_number else str(value)
