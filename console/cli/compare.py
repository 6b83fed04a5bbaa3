"""`compare A B`: two runs side by side."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Any

from console.cli.comparing import side
from console.cli.exits import DONE
from console.cli.options import add_json, find_run
from console.cli.output import clean, print_json, table
from console.core import format as people
from console.core.codec import encode
from console.core.comparison import Comparison, Metric, Side, compared
from console.core.units import difference, unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 40
"""Characters of a value in a column."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", help="id, name or unique prefix of a run")
    parser.add_argument("b", metavar="B", help="the run to compare it with")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    a, b = side(find_run(options.a)), side(find_run(options.b))
    found = compared(a, b)
    if options.json:
        print_json(_object(a, b, found))
    else:
        print("\n\n".join(_tables(a, b, found)))
    return DONE


def _tables(a: Side, b: Side, found: Comparison) -> list[str]:
    names = (clean(a.name) or a.id, clean(b.name) or b.id)
    facts = [(one.name, *_cells((one.a, one.b))) for one in found.facts]
    parts = [table(("", *names), [("run", a.id, b.id), *facts])]
    if found.changes:
        rows = [(clean(one.path), *_cells((one.old, one.new))) for one in found.changes]
        parts.append(table(("CHANGED", *names), rows))
    else:
        parts.append("the configurations are the same")
    if found.metrics:
        head = ("METRIC", *names, "DELTA", *(f"BEST {name}" for name in names), "DELTA")
        rows = [_metric(one) for one in found.metrics]
        parts.append(table(head, rows, right=(1, 2, 3, 4, 5, 6)))
    return parts


def _cells(values: Sequence[object]) -> tuple[str, ...]:
    shown = (people.UNKNOWN if value is None else clean(str(value)) for value in values)
    return tuple(people.cut(value, LONGEST) for value in shown)


def _metric(one: Metric) -> tuple[str, ...]:
    said = unit_of(one.name)
    cells = []
    for a, b in ((one.a, one.b), (one.best_a, one.best_b)):
        cells += [people.UNKNOWN if value is None else said(value) for value in (a, b)]
        cells.append(difference(one.name, a, b))
    return (clean(one.name), *cells)


def _object(a: Side, b: Side, found: Comparison) -> dict[str, Any]:
    return {
        "a": {"run": a.id, "name": a.name},
        "b": {"run": b.id, "name": b.name},
        "facts": {one.name: {"a": one.a, "b": one.b} for one in found.facts},
        "config": {one.path: encode({"a": one.old, "b": one.new}) for one in found.changes},
        "metrics": {one.name: _numbers(one) for one in found.metrics},
    }


def _numbers(one: Metric) -> dict[str, Any]:
    values = {"a": one.a, "b": one.b, "delta": one.delta, "best_a": one.best_a,
              "best_b": one.best_b, "best_delta": one.best_delta}  # fmt: skip
    return {name: _finite(value) for name, value in values.items()}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
