"""Metrics as CSV and as JSON, a piece after the other: the memory it takes does not grow with them.

`points(name)` gives (step, value) of a series, steps ascending, and may be asked more than once.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from io import StringIO
from itertools import islice
from math import isfinite
from typing import Any

from console.core.format_text import text

Points = Callable[[str], Iterable[tuple[int, float]]]

ROWS = 2048
"""Rows, or values, of a piece."""


def csv_pieces(names: Sequence[str], points: Points) -> Iterator[str]:
    """One row a step, a column a metric, empty where there is no value; a heading first."""
    page = StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(["step", *map(text, names)])
    for count, (step, row) in enumerate(_rows(names, points), 1):
        writer.writerow([step, *row])
        if count % ROWS == 0:
            yield _taken(page)
    yield _taken(page)


def _rows(names: Sequence[str], points: Points) -> Iterator[tuple[int, list[str]]]:
    """Each step there is with the values at it as text."""
    empty, row, last = [""] * len(names), list[str](), None
    for step, column, value in merge(
        *(_numbered(points(name), at) for at, name in enumerate(names))
    ):
        if step != last:
            if last is not None:
                yield last, row
            last, row = step, empty.copy()
        row[column] = repr(value)
    if last is not None:
        yield last, row


def _numbered(points: Iterable[tuple[int, float]], column: int) -> Iterator[tuple[int, int, float]]:
    for step, value in points:
        yield step, column, value


def _taken(page: StringIO) -> str:
    found = page.getvalue()
    page.seek(0)
    page.truncate()
    return found


def json_pieces(run: str, names: Sequence[str], points: Points) -> Iterator[str]:
    """`{"run", "series": {name: [[step, value], …]}, "nonfinite": [name, …]}`, strict JSON: a value
    that is NaN or infinite is null."""
    nonfinite: list[str] = []
    yield f'{{"run": {_quoted(run)}, "series": {{'
    for number, name in enumerate(names):
        yield f"{', ' if number else ''}{_quoted(name)}: ["
        source, begun = iter(points(name)), False
        while page := list(islice(source, ROWS)):
            is_finite = all(isfinite(value) for _, value in page)
            if not is_finite and name not in nonfinite:
                nonfinite.append(name)
            yield ", " if begun else ""
            begun = True
            yield ", ".join(f"[{step}, {_number(value)}]" for step, value in page)
        yield "]"
    yield f'}}, "nonfinite": {json.dumps(sorted(nonfinite))}}}\n'


def _number(value: float) -> str:
    return repr(value) if isfinite(value) else "null"


def _quoted(value: Any) -> str:
    return json.dumps(value)
