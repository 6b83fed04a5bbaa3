"""What may be set while the training runs: the check of a value against what was declared."""

import math
from collections.abc import Mapping
from typing import Any

TYPES: dict[str, Any] = {"float": (float, int), "int": int, "bool": bool, "str": str}


class Rejected(Exception):
    """The order cannot be obeyed; the text says why."""


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
        low, high = spec.get("min"), spec.get("max")
        too_low, too_high = low is not None and value < low, high is not None and value > high
        if too_low or too_high or not abs(value) < math.inf:
            raise Rejected(f"{name} goes from {low} to {high}, not {value}")
    return float(value) if kind == "float" else value
