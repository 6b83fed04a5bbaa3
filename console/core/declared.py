"""What a trainer declares of a value that can be set: its type, bounds, choices, when it applies.

A declaration is a mapping: `type` (float, int, bool, str), `min`, `max`, `choices`, `unit`,
`applies` (now or restart), `accepts` (it takes a value now that counts after a restart), `value`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from console.core import format as fmt
from console.core.changes import shown
from console.core.format_text import text

Spec = Mapping[str, Any]

APPLIES = {"now": "applies now", "restart": "needs restart"}

WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}

_EXPECTED = {"int": "a whole number", "bool": "true or false", "str": "a text"}


def parsed(spec: Spec, typed: str) -> Any:
    """The value of what was typed. Raises ValueError with a sentence that says what is expected."""
    kind = str(spec.get("type", "float"))
    try:
        if kind in ("str", "text"):
            value: Any = typed
        elif kind == "bool":
            value = WORDS[typed.lower()]
        else:
            value = int(typed) if kind == "int" else float(typed)
    except (ValueError, KeyError):
        raise ValueError(f"{_EXPECTED.get(kind, 'a number')} is expected") from None
    return fitted(spec, value)


def fitted(spec: Spec, value: Any) -> Any:
    """A value in the type declared, within its bounds. Raises ValueError with a sentence."""
    kind = str(spec.get("type", "float"))
    if kind in ("str", "text"):
        if not isinstance(value, str):
            raise ValueError("a text is expected")
        if not value.isprintable():
            raise ValueError("a text without control characters is expected")
    elif kind == "bool":
        if not isinstance(value, bool):
            raise ValueError("true or false is expected")
    else:
        value = _number(spec, kind, value)
    choices = spec.get("choices")
    if choices is not None and value not in choices:
        raise ValueError(f"one of {', '.join(map(shown, choices))}")
    return value


def _number(spec: Spec, kind: str, value: Any) -> int | float:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{_EXPECTED.get(kind, 'a number')} is expected")
    low, high = spec.get("min"), spec.get("max")
    try:
        if not math.isfinite(value):
            raise ValueError("a finite number is expected")
        if kind == "int" and not whole:
            raise ValueError("a whole number is expected")
        if low is not None and value < low:
            raise ValueError(f"at least {shown(low)}")
        if high is not None and value > high:
            raise ValueError(f"at most {shown(high)}")
        return int(value) if kind == "int" else float(value)
    except OverflowError:
        raise ValueError("a finite number is expected") from None


def is_live(spec: Spec) -> bool:
    """Whether it applies at once."""
    return spec.get("applies") != "restart"


def is_fixed(spec: Spec) -> bool:
    """Whether nothing can be sent: it counts after a restart, and the trainer takes none."""
    return not is_live(spec) and not spec.get("accepts")


def bounds(spec: Spec) -> str:
    """The bounds or the choices, with the unit."""
    low, high, unit = spec.get("min"), spec.get("max"), text(spec.get("unit") or "")
    choices = spec.get("choices")
    if choices is not None:
        said = " | ".join(map(shown, choices))
    elif spec.get("type") == "bool":
        said = "true | false"
    else:
        said = "" if low is None and high is None else f"{_bound(low)} – {_bound(high)}"
    return " · ".join(part for part in (said, "" if unit == fmt.UNKNOWN else unit) if part)


def hint(spec: Spec) -> str:
    """When it applies, bounds, unit: the most important first, where not all of it fits."""
    parts = [APPLIES.get(str(spec.get("applies")), ""), bounds(spec)]
    return " · ".join(part for part in parts if part)


def plain(value: object) -> str:
    """A value as it is typed: without thousands separators."""
    if isinstance(value, float):
        return fmt.setting(value).replace(",", "").replace(fmt.MINUS, "-")
    return "" if value is None else shown(value) if isinstance(value, bool) else text(value)


def _bound(value: object) -> str:
    return "" if value is None else shown(value)
