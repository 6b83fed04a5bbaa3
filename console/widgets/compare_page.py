"""Two runs side by side as lines: facts, changed settings, metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core.format_text import cut, pad, text
from console.widgets.chart import quiet
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.comparison import Comparison, Fact, Metric, Side

A, B = "$primary", "$secondary"
STYLES = {True: "bold $success", False: "bold $warning", None: ""}
"""Of a delta: whether B is better."""

NAME_WIDTH = 22
NUMBER_WIDTH = 12
BEST_WIDTH = 78
"""From this width on the best values stand beside the last ones."""


def page(a: Side, b: Side, found: Comparison, width: int) -> list[Content]:
    """All lines, those that differ bold."""
    longest = max((len(change.path) for change in found.changes), default=0)
    name = min(max(NAME_WIDTH, longest), width // 3)
    lines = [*_metrics(found, width), Content("")]
    if found.changes:
        lines.append(_title("CHANGED SETTINGS", str(len(found.changes))))
        lines += [
            _pair(change.path, change.old, change.new, name, width, "not set")
            for change in found.changes
        ]
    else:
        same = "no configuration" if not (a.tree or b.tree) else "the configurations are the same"
        lines += [_title("CHANGED SETTINGS", same)]
    return [*lines, Content(""), _title("RUNS", ""), *_facts(a, b, found.facts, name, width)]


def _title(name: str, rest: str) -> Content:
    return joined([(name, "bold $primary"), (f"  {rest}", "$muted")])


def _facts(a: Side, b: Side, facts: tuple[Fact, ...], name: int, width: int) -> Iterator[Content]:
    yield _pair("run", a.id, b.id, name, width)
    for fact in facts:
        yield _pair(fact.name, fact.a, fact.b, name, width)


def _pair(
    label: str, a: object, b: object, name: int, width: int, missing: str = fmt.UNKNOWN
) -> Content:
    room = max(4, (width - name - 2) // 2)
    values = [missing if value is None else text(str(value)) for value in (a, b)]
    weight = "" if a == b else "bold"
    shown = [pad(cut(value, room - 1), room) for value in values]
    styles = ["$muted" if value is None else weight for value in (a, b)]
    return joined([
        (f"{pad(cut(text(label), name), name)}  ", "$muted"),
        (shown[0], styles[0]),
        (shown[1], styles[1]),
    ])  # fmt: skip


def _metrics(found: Comparison, width: int) -> Iterator[Content]:
    if not found.metrics:
        yield _title("METRICS", "neither run has any")
        return
    best = width >= BEST_WIDTH
    heads = ("A", "B", "B − A", "best A", "best B", "B − A")
    yield _title("METRICS", "")
    yield quiet(
        " " * NAME_WIDTH + "".join(f"{head:>{NUMBER_WIDTH}}" for head in heads[: 6 if best else 3])
    )
    for metric in found.metrics:
        yield joined(_metric(metric, best))


def _metric(one: Metric, best: bool) -> Iterator[tuple[str, str]]:
    yield pad(cut(text(one.name), NAME_WIDTH - 1), NAME_WIDTH), ""
    rows = [(one.a, one.b, one.delta)] + (
        [(one.best_a, one.best_b, one.best_delta)] if best else []
    )
    for first, second, delta in rows if best else rows[:1]:
        for value in (first, second):
            yield f"{fmt.setting(value):>{NUMBER_WIDTH}}", "$muted" if value is None else ""
        told = fmt.UNKNOWN if delta is None else fmt.signed(delta)
        style = STYLES[one.is_better_by(delta)]
        yield f"{told:>{NUMBER_WIDTH}}", "$muted" if delta is None else style
