"""One run as a line of the overview: what fits, aligned in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core.format_text import text
from console.core.format_time import ago, duration
from console.widgets.look import badge
from console.widgets.text import bar, padded

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.screens.session import RunLine

SPARKS = "▁▂▃▄▅▆▇█"
SPARK_WIDTH = 12
BAR_WIDTH = 8


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, width, what it shows; the highest `rank` goes first."""

    title: str
    width: int
    show: Callable[[RunLine], Content]
    rank: int = 0


def spark(values: Sequence[float], width: int = SPARK_WIDTH) -> str:
    """The values as a row of blocks, newest at the right."""
    shown = [value for value in values if value == value][-width:]
    if not shown:
        return ""
    low, high = min(shown), max(shown)
    span = (high - low) or 1.0
    return "".join(SPARKS[round((value - low) / span * (len(SPARKS) - 1))] for value in shown)


def _progress(run: RunLine) -> Content:
    if run.progress is None:
        return Content.styled(fmt.UNKNOWN, "$muted")
    number = f" {fmt.percent(100 * run.progress, 0):>5}"
    return bar(run.progress, BAR_WIDTH, "$primary").append(Content(number))


def _muted(value: str) -> Content:
    return Content.styled(value, "$muted")


COLUMNS: tuple[Column, ...] = (
    Column("state", 14, lambda run: badge(run.status), 0),
    Column("name", 21, lambda run: Content.styled(text(run.name), "bold"), 0),
    Column("progress", 14, _progress, 1),
    Column("loss", 10, lambda run: Content(fmt.loss(run.loss)), 2),
    Column("", SPARK_WIDTH, lambda run: Content.styled(spark(run.spark), "$primary"), 5),
    Column("running", 11, lambda run: Content(duration(run.uptime)), 4),
    Column("last step", 11, lambda run: _muted(ago(run.step_age)), 3),
    Column(
        "▲", 3, lambda run: Content.styled(f"{run.alerts}" if run.alerts else "", "$warning"), 1
    ),
    Column("host", 14, lambda run: _muted(text(run.host)), 7),
    Column("run", 20, lambda run: _muted(run.id), 8),
)
GAP = 2


def columns(width: int) -> list[Column]:
    """The columns that fit."""
    kept = list(COLUMNS)
    while len(kept) > 2 and sum(column.width + GAP for column in kept) > width:
        kept.remove(max(kept, key=lambda column: column.rank))
    return kept


def heading(width: int) -> Content:
    """The line above the runs."""
    titles = [_muted(column.title) for column in columns(width)]
    return _row(titles, width)


def line(run: RunLine, width: int) -> Content:
    """The line of a run."""
    return _row([column.show(run) for column in columns(width)], width)


def _row(cells: Sequence[Content], width: int) -> Content:
    shown = [padded(cell, column.width) for cell, column in zip(cells, columns(width), strict=True)]
    return padded(Content(" " * GAP).join(shown), width)
