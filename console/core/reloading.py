"""What the difference between a configuration file and a run means: which of it applies now.

`judged` looks at each setting that differs: the trainer may let it be set now, have it in use
already, refuse the value, or read it at its start only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from console.core.config_schema import KINDS
from console.core.declared import fitted, is_live
from console.core.redaction import MASK

if TYPE_CHECKING:
    from console.core.config_diff import Change
    from console.core.state import RunState


class When(StrEnum):
    """What becomes of a difference."""

    NOW = "applies now"
    RESTART = "needs restart"
    SAME = "in use already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that differs. `name` and `value` are what is sent to the trainer."""

    path: str
    old: Any
    new: Any
    when: When
    name: str = ""
    value: Any = None
    reason: str = ""


MINUTE_SECONDS = 60
OTHER_NAMES: Mapping[str, tuple[str, int]] = {
    "checkpointing.interval_steps": ("checkpoint_interval_steps", 1),
    "checkpointing.interval_minutes": ("checkpoint_interval_seconds", MINUTE_SECONDS),
}
"""Setting of a file → the trainer's name of it, and what its value is multiplied by."""


def judged(changes: Iterable[Change], state: RunState) -> list[Difference]:
    """Each difference with what becomes of it."""
    return [_judged(change, state) for change in changes]


def to_set(differences: Iterable[Difference]) -> dict[str, Any]:
    """What one order sets so that everything that applies now is applied."""
    return {one.name: one.value for one in differences if one.when is When.NOW}


def counted(differences: Iterable[Difference]) -> str:
    """How many there are of each kind, in words."""
    kinds = [one.when for one in differences]
    parts = [f"{kinds.count(when)} {_COUNTED[when]}" for when in When if when in kinds]
    return ", ".join(parts) or "no difference"


_COUNTED = {
    When.NOW: "can be applied now",
    When.RESTART: "after a restart",
    When.SAME: "in use already",
    When.REFUSED: "refused",
}


def _judged(change: Change, state: RunState) -> Difference:
    path, old, new = change.path, change.old, change.new
    settable = state.control.settable if "set" in state.control.abilities else {}
    name, factor = _name(path, settable)
    spec = settable.get(name)
    if spec is None or not is_live(spec) or new is None or MASK in str(new):
        return Difference(path, old, new, When.RESTART)
    is_number = isinstance(new, (int, float)) and not isinstance(new, bool)
    try:
        value = fitted(spec, new * factor if is_number and factor != 1 else new)
    except ValueError as error:
        return Difference(path, old, new, When.REFUSED, name, reason=str(error))
    if value == spec.get("value") and _was_set(state, name):
        return Difference(path, old, new, When.SAME, name, value)
    return Difference(path, old, new, When.NOW, name, value)


def _name(path: str, settable: Mapping[str, Any]) -> tuple[str, int]:
    """The trainer's name of a setting, and the factor of its value; an empty name for none."""
    if path in OTHER_NAMES:
        return OTHER_NAMES[path]
    section, _, rest = path.partition(".")
    if path in settable:
        return path, 1
    if section in KINDS:
        return (rest if rest in settable else ""), 1
    last = path.rpartition(".")[2]
    is_ours = any(last in kinds for kinds in KINDS.values())
    return (last if last in settable and not is_ours else ""), 1


def _was_set(state: RunState, name: str) -> bool:
    """Whether an order set it since the start: else the value is the one of the start."""
    return any(name in change.new for change in state.control.changes if change.old)
