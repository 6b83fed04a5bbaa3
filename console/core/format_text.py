"""Foreign text in one line of a known width."""

from __future__ import annotations

import re
from typing import Literal

from console.core.format_number import UNKNOWN

ELLIPSIS = "…"

_BLANK = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, those that reverse the direction of text, halves of characters."""


def text(value: object) -> str:
    """A value as one line of printable text; None or nothing is `—`."""
    shown = "" if value is None else _UNSAFE.sub("\ufffd", _BLANK.sub(" ", str(value)))
    return shown if shown.strip() else UNKNOWN


def width(line: str) -> int:
    """Terminal cells of printable text."""
    if line.isascii() and line.isprintable():
        return len(line)
    # Imported here: plain text never needs it, and the first paint waits for imports.
    from wcwidth import wcswidth

    return max(0, wcswidth(line))


def cut(line: str, cells: int) -> str:
    """The line in at most `cells` cells, ending in `…` when something is missing."""
    if cells <= 0:
        return ""
    # More than eight marks on one cell are decoration; measuring a megabyte is not worth them.
    head = _UNSAFE.sub("\ufffd", _BLANK.sub(" ", line[: cells * 9 + 1]))
    is_whole = len(head) == len(line)
    while head and not head[0].isascii() and width(head[0]) == 0:
        head = head[1:]  # a mark without a letter would join what stands before
    if is_whole and width(head) <= cells:
        return head
    low, high = 0, len(head)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(head[:middle]) < cells else (low, middle - 1)
    return head[:low].rstrip("\u200d") + ELLIPSIS


def pad(line: str, cells: int, align: Literal["left", "right", "center"] = "left") -> str:
    """The line in exactly `cells` cells: cut, or filled with spaces."""
    shown = cut(line, cells)
    space = max(0, cells - width(shown))
    before = {"left": 0, "right": space, "center": space // 2}[align]
    filled = " " * before + shown + " " * (space - before)
    # A joiner at the end of foreign text takes the first space as its own.
    return filled + " " * (cells - width(filled))
