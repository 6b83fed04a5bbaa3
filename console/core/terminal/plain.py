"""Whole lines that are already what the cleaner would write, found without looking at each.

A stretch is plain when its bytes are text, and colours closed in their line. What is not surely
so is left to the window: that gives the same rows, slowly.
"""

from __future__ import annotations

import re

from console.core.terminal.alphabet import UNSAFE
from console.core.terminal.sgr import CANONICAL

PIECE = 1 << 15  # bytes that are judged together
_LONG = 4096  # bytes of a row that surely fits: at most two cells each

_HARMLESS = bytes(range(0x20, 0x7F))
_FORBIDDEN = re.compile(rf"[{UNSAFE}]")

# Adjacent coloured runs are left to the window, which joins them when their colour is the same.
# The first alternative of the colour is the usual one.
_COLOURED = re.compile(
    rf"\x1b\[(?:3[0-7]|{CANONICAL})m[^\x1b\n]++\x1b\[0m(?!\x1b)".encode("latin-1")
)


def end_of_piece(data: bytes, start: int, size: int) -> int:
    """Where whole lines of about `size` bytes end, or one longer line, or the data."""
    end = data.rfind(b"\n", start, start + size) + 1 or data.find(b"\n", start + size) + 1
    return end or len(data)


def plain_lines(data: bytes, start: int) -> tuple[int, int]:
    """Where the plain lines end that begin at `start`, and how many they are; they come in
    pieces."""
    last, count = data.rfind(b"\n", start) + 1, 0
    while start < last:
        end = end_of_piece(data, start, PIECE)
        if end > last:
            break
        lines = data[start:end]
        rest = lines.translate(None, _HARMLESS)
        # The newlines are counted in what little is left, not in all of it.
        newlines = rest.count(b"\n")
        if newlines < len(rest) and _is_odd(lines, rest.replace(b"\n", b"")):
            break
        if not _are_short(lines):
            break
        start, count = end, count + newlines
    return start, count


def _is_odd(lines: bytes, rest: bytes) -> bool:
    """Whether lines are not what the cleaner would write; `rest` is what is no harmless ASCII."""
    escapes = rest.count(b"\x1b")
    if escapes:
        if 2 * len(_COLOURED.findall(lines)) != escapes:
            return True
        rest = rest.replace(b"\x1b", b"")
    if b"\xf3" in rest:  # language tags may lie there
        return True
    try:
        lines.decode()
        return _FORBIDDEN.search(rest.decode()) is not None
    except UnicodeDecodeError:
        return True


def _are_short(lines: bytes) -> bool:
    """Jumps from newline to newline about `_LONG` apart."""
    start, end = 0, len(lines)
    while end - start > _LONG + 1:
        start = lines.rfind(b"\n", start, start + _LONG + 1) + 1
        if not start:
            return False
    return True
