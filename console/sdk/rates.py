"""What of a torch optimizer can be set while it works: its learning rate and weight decay.

A new rate goes on by the schedule: everything the schedule computes from is scaled alike.
"""

from collections.abc import Callable, Mapping
from typing import Any

SCALED = ("lr", "initial_lr", "max_lr", "min_lr")
"""What torch's schedulers keep in a group of parameters."""

Settings = dict[str, dict[str, Any]]


def settable(
    optimizer: Any, schedules: Callable[[], Any], rising: Callable[[], bool] = lambda: False
) -> Settings:
    """`learning_rate` and `weight_decay` for the hook, as far as the optimizer has them.

    `schedules` gives the torch schedulers on it; `rising` whether the rate still warms up: then the
    value is the one it rises to, else the one used next.
    """
    groups = groups_of(optimizer)
    if not groups:
        return {}

    def rate() -> float:
        return highest(optimizer) if rising() else float(groups[0]["lr"])

    def set_rate(value: float) -> None:
        before = rate()
        if not before > 0:
            raise ValueError("the learning rate is 0 now and has no scale; order it again later")
        scale(optimizer, schedules(), value / before)

    found: Settings = {
        "learning_rate": {
            "type": "float", "min": 1e-9, "max": 10.0, "value": highest(optimizer),
            "applies": "now", "set": set_rate, "get": rate,
        }
    }  # fmt: skip
    decaying = decayed(groups)
    if decaying:
        found["weight_decay"] = {
            "type": "float", "min": 0.0, "max": 10.0, "applies": "now",
            "value": float(decaying[0]["weight_decay"]),
            "set": lambda value: _put(decaying, "weight_decay", value),
            "get": lambda: float(decaying[0]["weight_decay"]),
        }  # fmt: skip
    return found


def groups_of(optimizer: Any) -> list[dict[str, Any]]:
    """The groups of parameters of an optimizer of torch, or of one that wraps it."""
    groups = getattr(optimizer, "param_groups", None)
    return list(groups) if groups else []


def highest(optimizer: Any) -> float:
    """The learning rate the schedule starts from or rises to, of the first group."""
    group = groups_of(optimizer)[0]
    return float(group.get("max_lr", group.get("initial_lr", group["lr"])))


def decayed(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The groups whose weights decay; without any, the first: it is the one that may."""
    having = [group for group in groups if "weight_decay" in group]
    return [group for group in having if group["weight_decay"]] or having[:1]


def scale(optimizer: Any, schedules: list[Any], factor: float) -> None:
    """Multiplies the rate used next and everything later ones come from."""
    for group in groups_of(optimizer):
        for name in SCALED:
            if name in group:
                group[name] = group[name] * factor
    for schedule in schedules:
        for name in ("base_lrs", "_last_lr"):
            rates = getattr(schedule, name, None)
            if isinstance(rates, list):
                setattr(schedule, name, [rate * factor for rate in rates])


def betas(optimizer: Any) -> Mapping[str, Any]:
    """`betas`, `epsilon` of the first group, as far as it has them."""
    group = next(iter(groups_of(optimizer)), {})
    names = {"betas": "betas", "epsilon": "eps", "momentum": "momentum"}
    return {ours: group[theirs] for ours, theirs in names.items() if theirs in group}


def _put(groups: list[dict[str, Any]], name: str, value: Any) -> None:
    for group in groups:
        group[name] = value
