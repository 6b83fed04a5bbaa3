"""Which charts an export has, and what is drawn in each. To add one: a row in CHARTS.

A series that belongs to none of them gets a chart of its own: whatever was measured is seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, nan
from typing import TYPE_CHECKING

from console.core.chart_export import Curve, Drawing, MarkLine
from console.core.export_parts import file_name
from console.core.format_text import text
from console.core.redaction import mask
from console.core.sources import Axis

if TYPE_CHECKING:
    from console.core.sources import Columns, SeriesSource
    from console.core.state import RunState

COLUMNS = 860
"""As many columns as the plot has pixels: more cannot be seen."""

OTHERS = 200
"""Charts of series that belong to no other, at most."""

SPANS = (("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0))
GB = 1e9


@dataclass(frozen=True, slots=True)
class Sheet:
    """A chart of an export: its file, its title, its series."""

    file: str
    title: str
    names: tuple[str, ...]
    axis: Axis = Axis.STEP
    unit: str = ""
    scale: float = 1.0
    """What a recorded value is divided by for the picture; the CSV has it as it was recorded."""


Wanted = Callable[[str], bool]


def _is(pattern: str) -> Wanted:
    return re.compile(pattern).fullmatch  # type: ignore[return-value]


_MEMORY = "gpu[^/]*/memory|(memory|swap)/used|trainer/memory|memory_(total_)?bytes"

CHARTS: tuple[tuple[str, str, Wanted, Axis, str, float], ...] = (
    ("loss", "Loss", _is("loss|validation/loss"), Axis.STEP, "", 1.0),
    ("expert_load", "Expert load", _is("expert_share/[0-9]+"), Axis.STEP, "share of tokens", 1.0),
    ("expert_loss", "Expert loss", _is("expert_loss/[0-9]+"), Axis.STEP, "", 1.0),
    ("throughput", "Throughput", _is("throughput"), Axis.STEP, "", 1.0),
    ("memory", "Memory", _is(_MEMORY), Axis.TIME, "GB", GB),
    ("processors", "Processors", _is("cpu|trainer/cpu|gpu[^/]*/utilisation"), Axis.TIME, "%", 1.0),
    ("temperature", "Temperature", _is("gpu[^/]*/temperature"), Axis.TIME, "°C", 1.0),
    ("power", "Power", _is("gpu[^/]*/power"), Axis.TIME, "W", 1.0),
    ("traffic", "Disk and network", _is("trainer/(read|write)|network/(received|sent)"), Axis.TIME,
     "MB/s", 1e6),
)  # fmt: skip
"""File, title, its series, x axis, unit, what values are divided by."""

AXIS_ONLY = frozenset({"epoch"})
"""Series that say where on an axis a step is."""


def sheets(names: Sequence[str]) -> list[Sheet]:
    """Every chart of a run with these series, each file name once."""
    found, left = list[Sheet](), [name for name in names if name not in AXIS_ONLY]
    for file, title, wanted, axis, unit, scale in CHARTS:
        mine = tuple(sorted((name for name in left if wanted(name)), key=_natural))
        left = [name for name in left if name not in mine]
        if mine:
            found.append(Sheet(file, title, mine, axis, unit, scale))
    taken = {sheet.file for sheet in found}
    for name in left[:OTHERS]:
        base = file = file_name(name, "metric").lower()
        number = 1
        while file in taken:
            number += 1
            file = f"{base}-{number}"
        taken.add(file)
        found.append(Sheet(file, text(name), (name,)))
    return found


def left_out(names: Sequence[str]) -> int:
    """How many series have no chart, because there are too many."""
    others = [
        name for name in names if name not in AXIS_ONLY and not any(row[2](name) for row in CHARTS)
    ]
    return max(0, len(others) - OTHERS)


def _natural(name: str) -> list[tuple[int, str]]:
    """`expert_loss/10` comes after `expert_loss/9`."""
    parts = re.split("([0-9]+)", name)
    return [(int(part) if part.isdecimal() and len(part) < 10 else -1, part) for part in parts]


def drawing(sheet: Sheet, source: SeriesSource, state: RunState) -> Drawing:
    """The picture of a chart over the whole run."""
    began, x_name, width = 0.0, "step", 1.0
    if sheet.axis is Axis.TIME:
        extents = [source.extent(name, Axis.TIME) for name in sheet.names]
        known = [extent for extent in extents if extent is not None]
        began = min((first for first, _ in known), default=0.0)
        end = max((last for _, last in known), default=began)
        unit, width = next(one for one in SPANS if end - began >= one[1] * 2 or one[1] == 1.0)
        x_name = f"{unit} since the first value"
    curves = [
        Curve(_label(name), curve(source.columns(name, sheet.axis, -inf, inf, COLUMNS),
                                lambda x: (x - began) / width, sheet.scale))
        for name in sheet.names
    ]  # fmt: skip
    marks = [] if sheet.axis is Axis.TIME else list(_changes(state))
    return Drawing(sheet.title, curves, x_name, sheet.unit, marks, note=_note(state))


def _note(state: RunState) -> str:
    return "  ".join(text(known) for known in (state.run.name, state.run.id) if known)


def window_points(state: RunState) -> list[tuple[int | None, float | None, float]]:
    """(step, Unix seconds, value) of the last minutes' throughput; the steps are not known."""
    timing = state.timing
    if timing.as_of is None or timing.as_of_m is None:
        return [(None, None, value) for _, value in state.throughput.window]
    return [(None, timing.as_of - timing.as_of_m + m, v) for m, v in state.throughput.window]


def window_drawing(state: RunState) -> Drawing:
    """The throughput of the last minutes, as the screen shows it."""
    window = state.throughput.window
    last = window[-1][0] if window else 0.0
    curves = [Curve("throughput", [(m - last, value) for m, value in window])]
    unit = state.throughput.unit
    return Drawing("Throughput", curves, "seconds before the last value", unit, note=_note(state))


def _label(name: str) -> str:
    """What a curve is called in a legend that has many."""
    return f"E{name.rpartition('/')[2]}" if name.startswith("expert_") else text(name)


def curve(
    columns: Columns, place: Callable[[float], float], scale: float
) -> list[tuple[float, float]]:
    """Points that show the smallest and the largest value of each column; NaN where it breaks."""
    points = [(x, nan) for x in columns.gaps]
    rises = True
    for x, low, high in zip(columns.x, columns.low, columns.high, strict=True):
        pair = (low, high) if rises else (high, low)
        points += [(x, value) for value in (pair if low != high else pair[:1])]
        rises = not rises
    points.sort(key=lambda point: point[0])
    return [(place(x), y / scale) for x, y in points]


def _changes(state: RunState) -> Iterator[MarkLine]:
    """Where a setting was changed."""
    for entry in state.timeline.entries:
        if entry.mark == "change" and entry.step is not None:
            yield MarkLine(float(entry.step), mask(entry.text))
