"""What stands in the border of a chart of lines: where the cursor is, what is in sight. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core.sources import Axis
from console.widgets.chart import POINTED, VALUE
from console.widgets.chart_signs import SIGNS
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.sources import Point
    from console.core.viewport import ChartView, Span
    from console.widgets.chart_sheet import Layer, Sheet


def moment(t: float, now: float, offset: float) -> str:
    """A time with seconds."""
    return fmt.clock(t, now, offset, with_seconds=True)


def pointed(point: Point, said: str, also: str, when: str, axis: Axis) -> Iterator[Content]:
    """The value under the cursor and its place, the longest first; `also` are other values."""
    value = (said, POINTED)
    step = "" if point.step is None else f"step {fmt.number(point.step)}"
    epoch = "" if point.epoch is None else f"E{fmt.number(point.epoch, 2)}"
    first = {Axis.STEP: step, Axis.EPOCH: epoch, Axis.TIME: when}[axis] or step or when
    places = [first, *(place for place in (step, epoch, when) if place not in ("", first))]
    more = f"  {also}" if also else ""
    for text in (f"{more}  at {', '.join(places)}", f"  at {', '.join(places)}", f"  at {first}"):
        yield joined([value, (text, "$muted")])
    yield joined([value])


def part(axis: Axis, span: Span, view: ChartView, now: float, offset: float) -> str:
    """What is in sight of a zoomed chart: `last 400 steps`, `steps 4,000 – 4,400`."""
    left, right = span
    if axis is Axis.TIME:
        if view.follows:
            return f"last {fmt.duration(right - left)}"
        return f"{moment(left, now, offset)} – {moment(right, now, offset)}"
    digits = 0 if axis is Axis.STEP else 2
    if view.follows:
        return f"last {fmt.number(right - left, digits)} {axis}s"
    return f"{axis}s {fmt.number(left, digits)} – {fmt.number(right, digits)}"


def flags(view: ChartView, sheet: Sheet | None) -> list[str]:
    """What is not as usual, and what it leaves out."""
    found = []
    if view.is_log:
        lost = sheet.lost if sheet is not None else 0
        found.append(f"log, {fmt.number(lost)} of 0 or less left out" if lost else "log")
    if view.is_robust:
        found.append(f"clipped {fmt.number(sheet.clipped if sheet is not None else 0)}")
    if not view.marks:
        found.append("no marks")
    return found


def legend(shown: list[Layer], smooth: str) -> list[tuple[str, str]]:
    """Signs and words of the curves, where there is more than one."""
    pieces: list[tuple[str, str]] = []
    for layer in shown:
        pieces += [(f"  {layer.sign}", layer.style), (f" {layer.word}", "$muted")]
    if smooth:
        pieces += [(f"  {SIGNS.mean}", "$foreground"), (f" {smooth}", "$muted")]
    return pieces


def lefts(
    place: str, told: list[str], legend: list[tuple[str, str]], *, is_part: bool
) -> Iterator[Content]:
    """The lower left corner, the longest first: range or axis, what is not as usual, the legend."""
    start = (place, "bold $information" if is_part else "$muted")
    noted = "".join(f"  {text}" for text in told)
    if legend:
        yield joined([start, (noted, "$warning"), *legend])
    yield joined([start, (noted, "$warning")])
    if told:
        yield joined([start, (f"  {told[0].partition(',')[0]}", "$warning")])
    yield joined([start])


def spread(low: float | None, high: float | None, say: Callable[[float], str]) -> Content:
    """The range of what is in sight."""
    if low is None or high is None:
        return Content("")
    return joined([("range ", "$muted"), (f"{say(low)} – {say(high)}", VALUE)])


def mark_told(text: str, sign: str, style: str) -> Content:
    """What happened under the cursor."""
    return joined([(sign, style), (f" {text}", "$foreground")])
