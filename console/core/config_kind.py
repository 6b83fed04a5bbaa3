"""The kinds of values a setting can have: what is expected, and how a plain value becomes one.

A kind's `read` returns the typed value or raises Wrong when it is another thing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from console.core.config_problem import Wrong, nearest, quote


@dataclass(frozen=True, slots=True)
class Kind:
    """`is_text`: plain YAML scalars inside stay as written (`name: 7`, `[--lr, 1e-4]`)."""

    expected: str
    read: Callable[[Any], Any]
    is_text: bool = False

    def read_or_none(self, value: object) -> Any:
        """The typed value, or None where it is not known or not of this kind."""
        try:
            return None if value is None else self.read(value)
        except Wrong:
            return None


def wrong(
    expected: str, value: object, hint: str | None = None, at: tuple[str | int, ...] = ()
) -> Wrong:
    """The error of a kind: what was expected, what was found, what to do, in which part."""
    found = _NAMES.get(type(value)) or quote(value)
    return Wrong(f"expected {expected}, found {found}", hint, at)


_NAMES: dict[type, str] = {dict: "a mapping", list: "a list", type(None): "nothing"}


def _number_kind(expected: str, fits: Callable[[float], bool]) -> Kind:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(expected, value, _number_hint(value))
        if abs(value) > 1e300 or not math.isfinite(value) or not fits(value):
            raise wrong(expected, value)
        return float(value)

    return Kind(expected, read)


def _whole_kind(expected: str, least: int) -> Kind:
    def read(value: Any) -> int:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and abs(value) < 2**63 and value == int(value) and value >= least:
            return int(value)  # 1e6 steps are a whole number of steps
        raise wrong(expected, value, None if is_number else _number_hint(value))

    return Kind(expected, read)


def _number_hint(value: object) -> str | None:
    """`1_000`, `1,000`, `"32"` and, of old, `1:30` are text that means a number."""
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,9}(:[0-5]?[0-9]){1,3}", value):
        return f"a number has no ':'; write {_sexagesimal(value)} if base 60 is meant"
    digits = re.sub(r"[_,\s]", "", value) if isinstance(value, str) else ""
    return f"write {digits}" if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?", digits) else None


def _sexagesimal(text: str) -> int:
    """What YAML 1.1 took it for (its type "int", base 60): `1:30` is 90."""
    total = 0
    for part in text.lstrip("+-").split(":"):
        total = total * 60 + int(part)
    return -total if text.startswith("-") else total


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}
    word = meant.get(str(value).lower())
    raise wrong("true or false", value, f"write {word}" if word else None)


def _switch(value: Any) -> bool:
    """`on` and `off` are words in YAML 1.2."""
    if isinstance(value, bool) or value in ("on", "off"):
        return value is True or value == "on"
    raise wrong("on or off", value)


def _every(value: Any) -> int:
    if value is False or value == "off":
        return 0
    try:
        return int(COUNT.read(value))
    except Wrong:
        raise wrong("a whole number from 1 on, or off", value) from None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise wrong("text", value)
    return value


def _name(value: Any) -> str:
    """Shown everywhere and typed by people: printable, short, no option, no path."""
    if not isinstance(value, str) or not value.strip():
        raise wrong("a name", value)
    if len(value) > 80 or not value.isprintable() or value[0] == "-" or "/" in value:
        expected = "a name of at most 80 printable characters without / and no - in front"
        raise wrong(expected, value)
    return value


_EXAMPLE = ("python", "train.py")


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        words = value.split() if isinstance(value, str) else []
        raise wrong("a list of words", value, f"write [{', '.join(words or _EXAMPLE)}]"[:80])
    for index, word in enumerate(value):
        if isinstance(word, dict) and len(word) == 1 and None in word.values():
            hint = f'quote the placeholder: "{{{next(iter(word))}}}"'
            raise wrong("a word", word, hint, at=(index,))
        if not isinstance(word, str):
            raise wrong("a word", word, at=(index,))
    return tuple(value)


def _command(value: Any) -> tuple[str, ...]:
    words = _words(value)
    if not words or not words[0].strip():
        raise wrong("a program and its arguments", value, f"write [{', '.join(_EXAMPLE)}]")
    return words


def _environment(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise wrong("a mapping from names to text", value, "for example OMP_NUM_THREADS: 4")
    for name, text in value.items():
        if not isinstance(name, str) or not re.fullmatch(r"[^=\x00\s]{1,256}", name):
            raise wrong("the name of an environment variable", name, at=(name,))
        if name.startswith("GLADIUS_"):
            raise Wrong(f"{quote(name)} is set by the console itself", at=(name,))
        if not isinstance(text, str):
            raise wrong("text", text, 'write "" for an empty value', at=(name,))
    return dict(value)


_UNIT_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)\s*d)?\s*(?:(\d+(?:\.\d+)?)\s*h)?\s*"
                       r"(?:(\d+(?:\.\d+)?)\s*m(?:in)?)?\s*(?:(\d+(?:\.\d+)?)\s*s)?")  # fmt: skip


def _duration(value: Any) -> float:
    """Seconds: 600, "10m", "1h 30m", "1.5h"."""
    seconds = value
    if isinstance(value, str) and len(value) < 40 and (parts := _DURATION.fullmatch(value.strip())):
        amounts = zip(_UNIT_SECONDS.values(), parts.groups(default="0"), strict=True)
        seconds = sum(unit * float(amount) for unit, amount in amounts)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise wrong('seconds or a duration such as "10m"', value)
    if not 0 < seconds <= 1e9:
        raise wrong('more than zero seconds, such as 600 or "10m"', value)
    return float(seconds)


_SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12}
_QUANTITY = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([kKmMbBgGtT])")


def _quantity(value: Any) -> int:
    """A whole number: 1300000, 1.3M, 14B."""
    if isinstance(value, str) and (parts := _QUANTITY.fullmatch(value.strip())):
        return round(float(parts[1]) * _SCALE[parts[2].lower()])
    try:
        return int(COUNT.read(value))
    except Wrong:
        raise wrong("a number such as 1300000 or 1.3M", value) from None


def _betas(value: Any) -> tuple[float, ...]:
    expected = "one to three numbers from 0 to 1, such as [0.9, 0.999]"
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= 3:
        raise wrong(expected, value)
    try:
        return tuple(SHARE.read(item) for item in value)
    except Wrong:
        raise Wrong(f"expected {expected}, found {quote(list(value))}") from None


def choice(*valid: str) -> Kind:
    """One of a few words."""
    expected = " or ".join([", ".join(valid[:-1]), valid[-1]]) if len(valid) > 1 else valid[0]

    def read(value: Any) -> str:
        if value not in valid:
            close = nearest(str(value), valid)
            raise wrong(expected, value, f"did you mean {close}?" if close else None)
        return str(value)

    return Kind(expected, read, is_text=True)


TEXT = Kind("text", _text, is_text=True)
NAME = Kind("a name", _name, is_text=True)
FLAG = Kind("true or false", _flag)
SWITCH = Kind("on or off", _switch)
COUNT = _whole_kind("a whole number from 1 on", 1)
EVERY = Kind("a whole number from 1 on, or off", _every)
WHOLE = _whole_kind("a whole number from 0 on", 0)
POSITIVE = _number_kind("a number above 0", lambda x: x > 0)
NUMBER = _number_kind("a number from 0 on", lambda x: x >= 0)
SHARE = _number_kind("a number from 0 to 1", lambda x: 0 <= x <= 1)
QUANTITY = Kind("a number such as 1300000 or 1.3M", _quantity)
DURATION = Kind('seconds or a duration such as "10m"', _duration)
BETAS = Kind("a list of numbers", _betas)
COMMAND = Kind("a program and its arguments", _command, is_text=True)
WORDS = Kind("a list of words", _words, is_text=True)
ENVIRONMENT = Kind("a mapping from names to text", _environment, is_text=True)


def setting(kind: Kind, default: object = None) -> Any:
    """A dataclass field that is one setting; the annotation says what `kind` returns."""
    return field(default=default, metadata={"kind": kind})
