"""Errors and warnings: what a line announces itself as, by any of the usual conventions."""

from __future__ import annotations

import re
from typing import Literal

Level = Literal["error", "warning"]

_SGR = re.compile(rb"\x1b\[[0-9;]*m")

# Words to look for in a whole block; only lines that hold one are looked at.
_HINTS: dict[Level, tuple[bytes, ...]] = {
    "error": (b"ERROR", b"CRITICAL", b"FATAL", b"Traceback (most recent call last)"),
    "warning": (b"WARN", b"Warning: "),
}
_LINES: dict[Level, re.Pattern[bytes]] = {
    "error": re.compile(
        rb"(?:^|[\[\s|<(:-])(?:ERROR|CRITICAL|FATAL)(?:[\]\s|>):-]|$)"
        rb"|(?:^|: )Traceback \(most recent call last\)"
    ),
    "warning": re.compile(
        rb"(?:^|[\[\s|<(:-])WARN(?:ING)?(?:[\]\s|>):-]|$)|(?:^|[\s:])[A-Z]?\w*Warning: "
    ),
}


def level(row: bytes) -> Level | None:
    """What one row announces; an error wins over a warning."""
    text = _SGR.sub(b"", row)
    for name, pattern in _LINES.items():
        if any(hint in text for hint in _HINTS[name]) and pattern.search(text):
            return name
    return None


def levels(rows: bytes) -> tuple[int, int]:
    """(errors, warnings) among clean rows; each row counts once. A traceback counts where it
    begins."""
    found = _marked(rows, "error")
    errors = {start for start, end in found if level(rows[start:end]) == "error"}
    warnings = sum(level(rows[start:end]) == "warning" for start, end in _marked(rows, "warning"))
    return len(errors), warnings


def _marked(rows: bytes, name: Level) -> set[tuple[int, int]]:
    """Where the lines stand that hold a hint of this level."""
    lines = set()
    for hint in _HINTS[name]:
        position = rows.find(hint)
        while position >= 0:
            end = rows.find(b"\n", position)
            end = len(rows) if end < 0 else end
            lines.add((rows.rfind(b"\n", 0, position) + 1, end))
            position = rows.find(hint, end)
    return lines
