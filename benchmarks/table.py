"""Rows of results and how they are printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `met` is None when it is only reported."""

    name: str
    what: str
    ours: str
    peer: str = "–"
    ratio: str = "–"
    target: str = "–"
    met: bool | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


HEAD = ("row", "what", "ours", "peer", "ratio", "to reach", "met")
SIGNS = {True: "yes", False: "NO", None: "–"}


def as_markdown(rows: Iterable[Row]) -> str:
    """A Markdown table, aligned."""
    body = [
        (row.name, row.what, row.ours, row.peer, row.ratio, row.target, SIGNS[row.met])
        for row in rows
    ]
    widths = [max(len(line[i]) for line in (HEAD, *body)) for i in range(len(HEAD))]

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return f"| {' | '.join(padded)} |"

    rule = "|".join("-" * (width + 2) for width in widths)
    return "\n".join([line(HEAD), f"|{rule}|", *(line(cells) for cells in body)])


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie; NaN without values."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
