"""A chart as a file: the question which, and the writing, in a thread.

CSV holds every recorded point in sight, SVG the curves in sight with what happened, text what is
on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal
from textual.widgets import Input, Static

from console.core.chart_export import Curve, Drawing, MarkLine, csv_of, svg_of
from console.core.format_text import text
from console.core.series import Scale
from console.core.sources import Axis
from console.core.time_ticks import time_ticks
from console.core.viewport import Span
from console.screens.dialog import Window
from console.screens.modal import Modal
from console.widgets.chart_line import Lines
from console.widgets.moment import offset_at
from console.widgets.text_button import TextButton

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.core.chart_export import Recorded
    from console.core.state import RunState
    from console.screens.charting import Charting
    from console.widgets.chart import Chart

KINDS = (("csv", "CSV"), ("svg", "SVG"), ("txt", "Text"))
SVG_COLUMNS = 860
"""Columns a curve is drawn from."""
TEXT_SIZE = (100, 28)
"""Cells of a picture of a chart that is out of sight or very small."""


class ChartFiles(Modal[tuple[str, str] | None]):
    """Asks for a form and a folder; the answer is (kind, folder)."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "Close")]
    AUTO_FOCUS = "TextButton"

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def compose(self) -> ComposeResult:
        with Window() as window:
            window.corners(f"EXPORT {self._title}", "", "", "Esc close")
            yield Static("CSV: every point in sight. SVG: a picture to print. Text: as it is here.")
            with Horizontal(classes="value"):
                yield Static("folder  ", classes="name")
                yield Input(placeholder="where you stand", id="folder")
            with Horizontal(classes="buttons"):
                for kind, label in KINDS:
                    yield TextButton(kind, label)
                yield TextButton("cancel", "Cancel")

    @on(TextButton.Pressed)
    def _pressed(self, message: TextButton.Pressed) -> None:
        if message.name == "cancel":
            self.dismiss(None)
        else:
            self.dismiss((message.name, self.query_one(Input).value))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.query(TextButton).first().focus()

    def action_leave(self) -> None:
        self.dismiss(None)


def write(screen: Charting, chart: Chart, kind: str, folder: str) -> None:
    """Writes a chart in a thread, and tells where it is, or why not."""
    session, app = screen.session, screen.app
    name = f"{session.link.state.run.id or 'run'}-{file_name(chart)}.{kind}"

    def told(said: str, *, bad: bool = False) -> None:
        app.notify(said, severity="error" if bad else "information", timeout=10.0, markup=False)

    try:
        if session.write is None:
            raise OSError("this screen writes no files")
        found = parts(screen, chart, kind, session.link.state)
    except OSError as error:
        told(f"the chart was not written: {error}", bad=True)
        return
    put = session.write

    def work() -> None:
        try:
            path = put(folder, name, found)
        except (OSError, RuntimeError, ValueError) as error:
            app.call_from_thread(told, f"the chart was not written: {error}", bad=True)
        else:
            app.call_from_thread(told, f"the chart is in {path}")

    screen.run_worker(work, thread=True, exit_on_error=False)


def file_name(chart: Chart) -> str:
    """What a file of this chart is called."""
    named = text(getattr(chart, "metric", "") or chart.id)
    return "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in named)


def parts(screen: Charting, chart: Chart, kind: str, state: RunState) -> Iterable[str]:
    """The text of a file. Raises OSError where there is nothing to write."""
    if kind == "txt":
        return (_picture(chart),)
    known = () if chart.source is None else chart.source.names()
    names = tuple(name for name in chart.shown(state) if name in known)
    if not names:
        raise OSError("what this chart shows is not recorded as a metric")
    if kind == "svg":
        return (_svg(chart, names, state),)
    points = screen.session.points
    if points is None:
        raise OSError("this run keeps no metrics that can be read here")
    sight = _sight(chart, state)
    return csv_of({name: _seen(sight, points, name) for name in names})


Sight = tuple[Axis, Span, Scale | None]
"""The axis, what is in sight on it, and how its epochs belong to steps."""


def _seen(
    sight: Sight, points: Callable[[str], Iterable[Recorded]], name: str
) -> Iterator[Recorded]:
    """The points in sight; read when the first is asked for."""
    axis, (left, right), scale = sight
    for step, t, value in points(name):
        x = t if axis is Axis.TIME else step
        if x is not None and axis is Axis.EPOCH and scale is not None:
            x = scale.epoch(x)
        if x is None or left <= x <= right:
            yield step, t, value


def _sight(chart: Chart, state: RunState) -> Sight:
    if isinstance(chart, Lines) and chart.view.is_zoomed:
        return chart.axis(state), chart.span(state), chart.scale(state)
    return Axis.STEP, (float("-inf"), float("inf")), None


def _picture(chart: Chart) -> str:
    """A chart as plain text."""
    width, height = chart.size
    if width < TEXT_SIZE[0] // 2 or height < TEXT_SIZE[1] // 4:
        width, height = TEXT_SIZE
    lines = [line.plain.rstrip() for line in chart.picture(width, height)]
    corners = [corner.plain for corner in chart.corner_texts() if corner.plain]
    return "\n".join(["   ".join(corners), "", *lines, ""])


def _svg(chart: Chart, names: tuple[str, ...], state: RunState) -> str:
    source = chart.source
    assert source is not None
    title = f"{chart.title().plain} — {text(state.run.name)}"
    if not isinstance(chart, Lines):
        axis, marks, is_log, note = Axis.STEP, [], False, ""
        extents = [one for name in names if (one := source.extent(name, axis))]
        span = (min(a for a, _ in extents), max(b for _, b in extents)) if extents else (0.0, 1.0)
        words = {name: name for name in names}
    else:
        axis, span, is_log = chart.axis(state), chart.span(state), chart.view.is_log
        marks = [MarkLine(one.x, one.text) for one in chart.happened(state, axis)]
        note = f"{axis}s {span[0]:g} – {span[1]:g}" if chart.view.is_zoomed else ""
        words = {layer.name: layer.word for layer in chart.layers_known()}
    curves = [Curve(words[name], list(_points(chart, name, axis, span))) for name in names]
    drawing = Drawing(title, curves, x_name=str(axis), marks=marks, span=span, is_log=is_log,
                      note=note, x_ticks=_ticks(axis, span))  # fmt: skip
    return svg_of(drawing)


def _ticks(axis: Axis, span: tuple[float, float]) -> tuple[tuple[float, str], ...]:
    return time_ticks(*span, 8, offset_at(span[1])) if axis is Axis.TIME else ()


def _points(
    chart: Chart, name: str, axis: Axis, span: tuple[float, float]
) -> Iterator[tuple[float, float]]:
    """The curve of a series: the smallest and the largest value of each column, and NaN where a
    value is not finite."""
    assert chart.source is not None
    found = chart.source.columns(name, axis, *span, SVG_COLUMNS)
    gaps = list(found.gaps)
    for x, low, high in zip(found.x, found.low, found.high, strict=True):
        while gaps and gaps[0] <= x:
            yield gaps.pop(0), float("nan")
        yield x, low
        if high > low:
            yield x, high
    for gap in gaps:
        yield gap, float("nan")
