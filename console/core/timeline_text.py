"""The timeline as text and as JSON, secrets masked, foreign text cleaned."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.core.format_number import UNKNOWN
from console.core.format_text import text
from console.core.redaction import mask, mask_tree
from console.core.status_json import finite

if TYPE_CHECKING:
    from console.core.state import Entry


def moment(t: float | None) -> str:
    """Unix seconds in ISO 8601, UTC; `—` when not known or no time at all."""
    try:
        found = None if t is None else datetime.fromtimestamp(t, UTC)
    except (OverflowError, ValueError, OSError):
        found = None
    return UNKNOWN if found is None else found.isoformat(timespec="seconds")


def lines(entries: Iterable[Entry], values: Sequence[str] = ()) -> Iterator[str]:
    """One line an entry: time, kind, step, what happened, by whom. Each with its newline."""
    for entry in entries:
        step = "" if entry.step is None else f"step {entry.step:,}"
        by = f"  by {text(entry.by)}" if entry.by else ""
        said = f"{moment(entry.t)}  {text(entry.mark):<8}{step:>16}  {text(entry.text)}{by}"
        yield f"{mask(said, values)}\n"


def json_pieces(entries: Iterable[Entry], values: Sequence[str] = ()) -> Iterator[str]:
    """A list of objects, one a line."""
    yield "["
    for number, entry in enumerate(entries):
        told = finite({**asdict(entry), "time": moment(entry.t)}, "", [])
        body = mask_tree(told, values)
        yield f"{',' if number else ''}\n{json.dumps(body, allow_nan=False)}"
    yield "\n]\n"
