"""What the command line prints: safe text, JSON, and tables that line up.

Names, values, paths and exceptions are foreign text: `clean` takes every control sequence out.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from console.core import format as people

if TYPE_CHECKING:
    from console.core.state import RunState


def clean(text: str) -> str:
    """One line of foreign text without any control sequence."""
    if text.isascii() and text.isprintable():
        return text.strip()
    # Imported here: most calls never need it, and the first paint waits for imports.
    from console.core.terminal import Cleaner

    cleaner = Cleaner()
    parts = [cleaner.feed(text.encode("utf-8", "replace").replace(b"\n", b" ")).settled]
    parts.append(cleaner.flush().settled)
    return strip_colour(b"".join(parts)).decode().replace("\n", " ").strip()


def verdict(state: RunState) -> str:
    """The status with its cause; where the cause begins with the word, it is not said twice."""
    status, cause = str(state.status), clean(state.life.cause)
    return cause if cause.startswith(status) else f"{status}: {cause}"


def strip_colour(rows: bytes) -> bytes:
    """Clean rows without their colour sequences."""
    if b"\x1b" not in rows:
        return rows
    out = bytearray()
    for index, part in enumerate(rows.split(b"\x1b[")):
        out += part if index == 0 else part.partition(b"m")[2]
    return bytes(out)


def colours() -> bool:
    """Whether colour may go to stdout."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def print_json(value: Any, *, lines: bool = False) -> None:
    """Strict JSON: indented, or in one line."""
    print(json.dumps(value, allow_nan=False, indent=None if lines else 2), flush=lines)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Columns that line up by cell width; `right` are columns aligned to the right."""
    body = [list(head), *(list(row) for row in rows)]
    widths = [max(people.width(row[index]) for row in body) for index in range(len(head))]
    return "\n".join(
        "  ".join(
            people.pad(cell, width, "right" if index in right else "left")
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in body
    )
