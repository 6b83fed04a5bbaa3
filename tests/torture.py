"""How often a loop is gone round. `make torture` sets GLADIUS_TORTURE=1, which raises the counts.

What such a loop has done is told with `figure`, and printed below the results as a table.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

TORTURE = os.environ.get("GLADIUS_TORTURE") == "1"


@dataclass(frozen=True, slots=True)
class Figure:
    """`count` of what was done to `part`, and how much of it was `lost`."""

    part: str
    what: str
    count: float
    lost: float


FIGURES: list[Figure] = []
_HEAD = ("part", "what", "count", "lost")


def times(usual: int, torture: int) -> int:
    """The count for the tests of every day, or the one for torture."""
    return torture if TORTURE else usual


def figure(part: str, what: str, count: float, lost: float) -> None:
    """A row of the table. A second one of the same name takes its place when it is larger."""
    same = [row for row in FIGURES if (row.part, row.what) == (part, what)]
    if same and same[0].count >= count:
        return
    FIGURES[:] = [row for row in FIGURES if row not in same]
    FIGURES.append(Figure(part, what, count, lost))


def table() -> list[str]:
    """The lines of the table."""
    rows = [_HEAD, *((f.part, f.what, _number(f.count), _number(f.lost)) for f in FIGURES)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    rows.insert(1, ("-" * widths[0], "-" * widths[1], "-" * widths[2], "-" * widths[3]))
    return [
        f"{part:<{widths[0]}}  {what:<{widths[1]}}  {count:>{widths[2]}}  {lost:>{widths[3]}}"
        for part, what, count, lost in rows
    ]


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
