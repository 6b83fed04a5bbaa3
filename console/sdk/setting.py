"""What may be set while the training runs: the check of a value against what was declared."""

import math
from collections.abc import Mapping
from typing import Any

TYPES: dict[str, Any] = {"float": (float, int), "int": int, "bool": bool, "str": str}


class Rejected(Exception):
    """The order cannot be obeyed; the text says why."""


class Changed(dict[str, Any]):
    """What an order set, by name; `old` are the values before."""

    def __init__(self, values: Mapping[str, Any], old: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.old = dict(old)


def asked(args: Mapping[str, Any]) -> dict[str, Any]:
    """The values an order wants set: `{"set": {name: value}, "checkpoint": …, "undo": …}`, or, in
    the short form, all of its arguments."""
    inner = args.get("set")
    return dict(inner if isinstance(inner, Mapping) else args)


def told(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A setting as the greeting tells of it: without functions. `accepts` marks one that takes a
    value now which counts after a restart."""
    shown = {key: value for key, value in spec.items() if not callable(value)}
    late = spec.get("applies") == "restart" and "set" in spec
    return {**shown, "accepts": True} if late else shown


def checked(name: str, spec: Mapping[str, Any] | None, value: Any) -> Any:
    """`value` in the type of the setting, when it may be set now; Rejected when not."""
    if spec is None:
        raise Rejected(f"{name} is no setting of this trainer")
    if "set" not in spec:
        raise Rejected(f"{name} takes effect after a restart only")
    kind = spec.get("type", "float")
    if not isinstance(value, TYPES[kind]) or isinstance(value, bool) != (kind == "bool"):
        raise Rejected(f"{name} is of type {kind}, not {value!r}")
    if kind in ("float", "int"):
        value = _finite(name, value)
        low, high = spec.get("min"), spec.get("max")
        too_low, too_high = low is not None and value < low, high is not None and value > high
        if too_low or too_high:
            raise Rejected(f"{name} goes from {low} to {high}, not {value}")
    choices = spec.get("choices")
    if choices is not None and value not in choices:
        raise Rejected(f"{name} is one of {', '.join(map(str, choices))}, not {value!r}")
    value = float(value) if kind == "float" else value
    if "check" in spec:
        try:
            spec["check"](value)
        except ValueError as error:
            raise Rejected(str(error)) from error
    return value


def _finite(name: str, value: Any) -> Any:
    try:
        if abs(float(value)) < math.inf:
            return value
    except OverflowError:
        pass
    raise Rejected(f"{name} is a finite number")
