"""Two runs over the overview: their curves in one chart, what differs below. It only reads."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from console.core.comparison import Comparison, Side, compared
from console.core.format_text import text
from console.core.sources import EMPTY, Axis, Columns
from console.core.time_ticks import unit_of_time
from console.screens.modal import Modal
from console.screens.reading import Page
from console.widgets.chart import VALUE
from console.widgets.chart_axes import MARGIN
from console.widgets.compare_page import A, B, page
from console.widgets.frame import Framed
from console.widgets.small_curve import Curve, curves
from console.widgets.text import cut, joined

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

REFRESH_SECONDS = 5.0
AXES = (Axis.STEP, Axis.EPOCH, Axis.TIME)


class CompareChart(Framed, Widget):
    """One metric of both runs; B is drawn in dots, so that it is told apart without colours."""

    ALLOW_SELECT = False

    def __init__(self, a: Side, b: Side) -> None:
        super().__init__()
        self._a, self._b = a, b
        self.metric, self.axis = "loss", Axis.STEP

    def show(self, metric: str, axis: Axis) -> None:
        """Shows a metric."""
        self.metric, self.axis = metric, axis
        legend = joined([
            ("━ ", A), (f"A {text(self._a.name)}", VALUE),
            ("  ┅ ", B), (f"B {text(self._b.name)}", VALUE),
        ])  # fmt: skip
        words = f"{self._unit()[1]} since its start" if axis is Axis.TIME else str(axis)
        self.corners(text(metric).upper(), legend, words, "←→ metric  a axis")
        self.refresh()

    def _unit(self) -> tuple[float, str]:
        """What time is counted in, by the longer of the two."""
        extents = [side.series.extent(self.metric, Axis.TIME) for side in (self._a, self._b)]
        spans = [found[1] - found[0] for found in extents if found is not None]
        return unit_of_time(max(spans, default=0.0))

    def render(self) -> Content:
        width, height = self.size
        sides = ((self._a, A, False), (self._b, B, True))
        unit, _ = self._unit()
        shown = [
            Curve(_columns(side, self.metric, self.axis, width - MARGIN, unit), style, dotted)
            for side, style, dotted in sides
        ]
        try:
            lines = curves(shown, width, height, why="neither run has values on this axis")
        except Exception as error:  # the drawing library raises what it likes: no reason to end
            lines = [Content.styled(f"— cannot be drawn: {type(error).__name__}", "$muted")]
        return Content("\n").join([cut(line, width) for line in lines[:height]])


class CompareScreen(Modal[None]):
    """Both runs as they are now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,C", "leave", "Close"),
        ("left", "turn(-1)", "Metric before"),
        ("right,i", "turn(1)", "Next metric"),
        ("a", "axis", "Step, epoch or time"),
        ("y,ctrl+c", "copy", "Copy"),
    ]
    AUTO_FOCUS = "Page"

    def __init__(self, a: Side, b: Side) -> None:
        super().__init__()
        self._a, self._b = a, b
        self._found: Comparison = compared(a, b)
        self._names = _names(a, b)
        self._chosen = 0
        self._axis = Axis.STEP
        self._lines: list[Content] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="compare"):
            yield CompareChart(self._a, self._b)
            with Page() as frame:
                frame.corners("COMPARE", "", "↑↓ scroll  y copy", "Esc close")
                yield Static()

    def on_mount(self) -> None:
        self._show()
        self.set_interval(REFRESH_SECONDS, self._show_chart)

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        frame = self.query_one(Page)
        self._lines = page(self._a, self._b, self._found, max(20, frame.size.width - 2))
        self.query_one(Static).update(Content("\n").join(self._lines))
        self._show_chart()

    def _show_chart(self) -> None:
        metric = self._names[self._chosen % len(self._names)]
        self.query_one(CompareChart).show(metric, self._axis)

    def action_turn(self, by: int) -> None:
        """Another metric."""
        self._chosen = (self._chosen + by) % len(self._names)
        self._show_chart()

    def action_axis(self) -> None:
        """The next axis."""
        self._axis = AXES[(AXES.index(self._axis) + 1) % len(AXES)]
        self._show_chart()

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard("\n".join(line.plain.rstrip() for line in self._lines))


def _names(a: Side, b: Side) -> list[str]:
    """The metrics that can be drawn, the loss first; `loss` when there is none."""
    found = {*a.series.names(), *b.series.names()}
    known = {*a.state.metrics, *b.state.metrics} & found or found
    return sorted(known, key=lambda name: (name != "loss", name)) or ["loss"]


def _columns(side: Side, name: str, axis: Axis, columns: int, unit: float) -> Columns:
    """A metric over steps, epochs, or the time since its first value; `unit` in seconds."""
    extent = side.series.extent(name, axis)
    if extent is None or columns < 1:
        return EMPTY
    found = side.series.columns(name, axis, *extent, columns)
    if axis is not Axis.TIME:
        return found
    start = extent[0]
    return replace(found, x=[(x - start) / unit for x in found.x], gaps=())
