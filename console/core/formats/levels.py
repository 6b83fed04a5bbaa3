"""Errors and warnings: what a line announces itself as, by any of the usual conventions."""

from __future__ import annotations

import re
from typing import Literal

Level = Literal["error", "warning"]

# Words to look for in a whole block; only lines that hold one are looked at.
_HINTS: dict[Level, tuple[bytes, ...]] = {
    "error": (b"ERROR", b"CRITICAL", b"FATAL", b"Traceback (most recent call last)"),
    "warning": (b"WARN", b"Warning: "),
}
# The same for a search: what begins with a letter that is rare in a log is found several times
# faster.
_ROUGH: dict[Level, str] = {
    "error": r"RROR|RITICAL|ATAL|\(most recent call last\)",
    "warning": r"WARN|Warning: ",
}
_BEFORE = rb"(?:^|[\[\s|<(:-]|\x1b\[[0-9;]{0,60}m)"
_AFTER = rb"(?:[\]\s|>):\x1b-]|$)"
_LINES: dict[Level, re.Pattern[bytes]] = {
    "error": re.compile(
        _BEFORE + rb"(?:ERROR|CRITICAL|FATAL)" + _AFTER
        + rb"|" + _BEFORE + rb"Traceback \(most recent call last\)"
    ),
    "warning": re.compile(_BEFORE + rb"(?:WARN(?:ING)?" + _AFTER + rb"|[A-Za-z]{0,60}Warning: )"),
}  # fmt: skip


def level(row: bytes) -> Level | None:
    """What one row announces; an error wins over a warning."""
    for name, pattern in _LINES.items():
        if any(hint in row for hint in _HINTS[name]) and pattern.search(row):
            return name
    return None


def hints(*names: Level) -> str:
    """A regular expression that every row of these levels matches, and few others; `level` then
    tells for sure. For a search of a whole log."""
    return "|".join(_ROUGH[name] for name in names)


def levels(rows: bytes) -> tuple[int, int]:
    """(errors, warnings) among clean rows; each row counts once. A traceback counts where it
    begins."""
    errors = _announced(rows, "error")
    return len(errors), len(_announced(rows, "warning") - errors)


def _announced(rows: bytes, name: Level) -> set[int]:
    """Where the lines begin that announce themselves as this level."""
    starts = set()
    search = _LINES[name].search
    for hint in _HINTS[name]:
        position = rows.find(hint)
        while position >= 0:
            start = rows.rfind(b"\n", 0, position) + 1
            end = rows.find(b"\n", position)
            end = len(rows) if end < 0 else end
            if search(rows[start:end]):
                starts.add(start)
            position = rows.find(hint, end)
    return starts
