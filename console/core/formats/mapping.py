"""A dictionary or JSON object on one line, as Hugging Face trainers and many loops print it.

`{'loss': '5.48', 'learning_rate': '0.0012', 'epoch': '0.05'}`: floats may be strings. A result
(`names.RESULTS`) must be among the keys: configurations, vocabularies and the like are not read.
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


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What one line without colours says; None when it is not of this family."""
    if not line.rstrip().endswith(b"}"):
        return None
    match = _OBJECT.match(line)
    if not match:
        return None
    pairs: Pairs = [(name, number(text)) for name, _, text in _PAIR.findall(match[1])]
    names = {name.lower() for name, _ in pairs}
    if b"train_runtime" in names and b"loss" not in names:
        return []  # the summary at the end: means over the run, not of a moment
    return found_in(row, pairs, memory)
