"""A dictionary or JSON object on one line, as many loops print it, with its step if it has one.

`{"step": 7, "loss": 0.5}`: floats may be strings. A result (`names.RESULTS`) must be among the
keys: configurations, vocabularies and the like are not read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.numbers import NUMBER, number
from console.core.formats.results import Pairs, found_in

if TYPE_CHECKING:
    from console.core.formats.found import Found
    from console.core.formats.memory import Memory

_OBJECT = re.compile(rb"(?:^|.{0,200}[\s|])(\{[^{}]{3,8000}\})\s*$")
_PAIR = re.compile(
    rb"""["']([A-Za-z][^"'{}:]{0,80})["']\s?:\s?(["']?)(""" + NUMBER + rb""")\2(?=\s?[,}])"""
)


def pairs_of(line: bytes) -> Pairs | None:
    """Names and numbers of the object a line ends with; None when it ends with none."""
    if not line.rstrip().endswith(b"}"):
        return None
    match = _OBJECT.match(line)
    return [(name, number(text)) for name, _, text in _PAIR.findall(match[1])] if match else None


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What one line without colours says; None when it is not of this family."""
    pairs = pairs_of(line)
    if pairs is None:
        return None
    names = {name.lower() for name, _ in pairs}
    if b"train_runtime" in names and b"loss" not in names:
        return []  # the summary at the end: means over the run, not of a moment
    return found_in(row, pairs, memory)
