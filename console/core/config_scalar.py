"""Plain YAML scalars: which text is null, a truth value, a number, and what is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.config_problem import Wrong, quote

if TYPE_CHECKING:
    from collections.abc import Callable

TAG = "tag:yaml.org,2002:"

# YAML 1.2.2, 10.3.2 "Tag resolution" of the core schema; integers also match 012, to refuse it.
# Anchored, because PyYAML asks with match().
SCALARS: dict[str, re.Pattern[str]] = {
    f"{TAG}null": re.compile(r"(?:~|null|Null|NULL|)\Z"),
    f"{TAG}bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"),
    f"{TAG}int": re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"),
    f"{TAG}float": re.compile(
        r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
    ),
}


def _text(value: str) -> str:
    if re.search("[\x00\ud800-\udfff]", value):
        raise Wrong("text cannot hold NUL or half a character (\\ud800 to \\udfff)")
    return value


def _null(value: str) -> None:
    _expect("null", value, "null")


def _bool(value: str) -> bool:
    _expect("bool", value, "true or false")
    return value.lower() == "true"


def _int(value: str) -> int:
    _expect("int", value, "a whole number")
    digits = value.lstrip("+-")
    if len(digits) > 1 and digits.isdigit() and digits[0] == "0":
        meant = digits.lstrip("0") or "0"
        raise Wrong(
            f"{quote(value, 30)} can be read as decimal or as octal",
            f'write {meant}, or "{digits}" in quotes for text',
        )
    if len(digits) > 300:
        raise Wrong("a number of more than 300 digits")
    return int(value, 0)


def _float(value: str) -> float:
    _expect("float", value, "a number")
    number = float(value.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if number in (float("inf"), float("-inf")) and "inf" not in value.lower():
        raise Wrong(f"{quote(value)} is too large for a number")
    return number


def _expect(kind: str, value: str, expected: str) -> None:
    """An explicit `!!int x` says what it is without being it."""
    if not SCALARS[TAG + kind].fullmatch(value):
        raise Wrong(f"expected {expected}, found {quote(value)}")


MAKERS: dict[str, Callable[[str], object]] = {
    f"{TAG}str": _text,
    f"{TAG}null": _null,
    f"{TAG}bool": _bool,
    f"{TAG}int": _int,
    f"{TAG}float": _float,
}
"""By tag; each raises Wrong."""
