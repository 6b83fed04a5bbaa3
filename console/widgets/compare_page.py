"""Two runs side by side as lines: facts, changed settings, metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core.format_text import pad, text
from console.core.format_text import width as cells_of
from console.core.units import difference, unit_of
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.comparison import Comparison, Metric, Side

A, B = "$primary", "$secondary"
STYLES = {True: "bold $success", False: "bold $warning", None: ""}
"""Of a delta: whether B is better."""

GAP = 2
"""Cells between two columns, at least."""
LONGEST, SHORTEST = 32, 12
"""A name is whole up to so many cells, at the cost of the best values; cut to so many, to keep A,
B and their difference."""
HEADS = ("A", "B", "B − A", "best A", "best B", "B − A")
SHOWN = ((6, LONGEST), (5, LONGEST), (3, LONGEST), (3, SHORTEST), (2, SHORTEST), (1, 1))
"""How many of the columns there are, with how many cells of the names: the first that fits."""

Cell = tuple[str, str]
"""A text and its style."""


def page(a: Side, b: Side, found: Comparison, width: int) -> list[Content]:
    """All lines, those that differ bold."""
    changes = [_pair(one.path, one.old, one.new, "not set") for one in found.changes]
    facts = [_pair("run", a.id, b.id), *(_pair(one.name, one.a, one.b) for one in found.facts)]
    lines = [*_metrics(found, width), Content("")]
    if changes:
        lines.append(_title("CHANGED SETTINGS", str(len(changes))))
        lines += _pairs(changes, width)
    else:
        same = "no configuration" if not (a.tree or b.tree) else "the configurations are the same"
        lines += [_title("CHANGED SETTINGS", same)]
    return [*lines, Content(""), _title("RUNS", ""), *_pairs(facts, width)]


def _title(name: str, rest: str) -> Content:
    return joined([(name, "bold $primary"), (f"  {rest}", "$muted")])


def _pair(label: str, a: object, b: object, missing: str = fmt.UNKNOWN) -> list[Cell]:
    weight = "" if a == b else "bold"
    values: list[Cell] = [
        (missing, "$muted") if value is None else (text(str(value)), weight) for value in (a, b)
    ]
    return [(text(label), "$muted"), *values]


def _pairs(rows: list[list[Cell]], width: int) -> list[Content]:
    widths = _pair_widths(rows, width)
    return [_row(cells, widths) for cells in rows]


def _pair_widths(rows: list[list[Cell]], width: int) -> list[int]:
    """Of label and both values: as long as they are where there is room, else shares of it."""
    label, a, b = (max(cells_of(row[at][0]) for row in rows) for at in range(3))
    label = min(label, max(width // 3, width - 2 * GAP - a - b))
    room = max(2, width - label - 2 * GAP)
    a = min(a, max(room // 2, room - b))
    return [label, a, min(b, room - a)]


def _row(cells: list[Cell], widths: list[int]) -> Content:
    """Cells side by side, from the left."""
    gap = (" " * GAP, "")
    shown = [(pad(said, cells), style) for (said, style), cells in zip(cells, widths, strict=True)]
    return joined([shown[0], gap, shown[1], gap, shown[2]])


def _metrics(found: Comparison, width: int) -> Iterator[Content]:
    if not found.metrics:
        yield _title("METRICS", "neither run has any")
        return
    yield _title("METRICS", "")
    names = [text(one.name) for one in found.metrics]
    table = [[(head, "$muted") for head in HEADS], *map(_numbers, found.metrics)]
    widths = [max(cells_of(row[at][0]) for row in table) for at in range(len(HEADS))]
    longest = max(map(cells_of, names))
    rooms = {count: width - sum(widths[:count]) - GAP * count for count, _ in SHOWN}
    fitting = (count for count, least in SHOWN if rooms[count] >= min(longest, least))
    count = next(fitting, 1)
    name_width = max(1, min(longest, rooms[count]))
    for name, row in zip(("", *names), table, strict=True):
        numbers = (
            (pad(said, GAP + cells, "right"), style)
            for (said, style), cells in zip(row[:count], widths, strict=False)
        )
        yield joined([(pad(name, name_width), ""), *numbers])


def _numbers(one: Metric) -> list[Cell]:
    """The cells of a metric, in the order of HEADS."""
    say = unit_of(one.name)
    cells: list[Cell] = []
    for a, b, delta in ((one.a, one.b, one.delta), (one.best_a, one.best_b, one.best_delta)):
        known = (None if value is None else say(value) for value in (a, b))
        cells += [(fmt.UNKNOWN, "$muted") if said is None else (said, "") for said in known]
        style = STYLES[one.is_better_by(delta)]
        cells.append((difference(one.name, a, b), "$muted" if not delta else style))
    return cells
