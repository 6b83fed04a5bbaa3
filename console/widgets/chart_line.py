"""Charts of lines over steps, epochs or time: what they read, draw and say.

A subclass names its series (`curves`) and what stands in its border (`now`, `summary`); zoom,
cursor and scale are a `ChartView` (`core/viewport.py`), the picture is a `Sheet`
(`chart_sheet.py`), what keys and mouse do is in `chart_pointing.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import log10
from typing import TYPE_CHECKING, Any

from textual.content import Content

from console.core import format as fmt
from console.core.format_text import text
from console.core.recognition import why_no
from console.core.series import Scale
from console.core.sources import EMPTY, Axis, Columns
from console.core.viewport import ChartView, seen
from console.widgets.chart import Chart, Edge, nothing
from console.widgets.chart_axes import around
from console.widgets.chart_bars import spark
from console.widgets.chart_points import connected, logarithms, zigzag
from console.widgets.chart_sheet import Happened, Layer, Sheet, Wanted, make
from console.widgets.chart_words import flags, lefts, legend, mark_told, moment, part, pointed
from console.widgets.moment import offset_at
from console.widgets.timeline_line import SIGNS as MARK_SIGNS

if TYPE_CHECKING:
    from console.core.sources import Point
    from console.core.state import RunState
    from console.core.viewport import Span

EVERYDAY = ("save", "eval")
MARKED = (*EVERYDAY, "failure", "change", "pause", "alert", "start")
"""Entries of the timeline that are marks in a chart."""

SCALE_MARKS = 64
"""Places at which epochs are looked up, to find those of events."""

BEYOND = 0.02
"""So far before its first and after its last value, as a share, a chart has one at the cursor."""

YOUNG = 1.0
"""Before so many epochs nothing of a curve leaves the plot."""


class Lines(Chart):
    """The base; without keys and mouse."""

    smooth_style = "$foreground"
    from_zero = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view = self.first_view()
        self._sheet: tuple[object, Sheet | None] = (None, None)
        self._usual_axis: tuple[object, Axis] = (None, Axis.STEP)
        self._here: tuple[object, Point | None] = (None, None)
        self._scale: tuple[object, Scale | None] = (None, None)

    # for subclasses

    def first_view(self) -> ChartView:
        """How it is looked at as long as nobody has chosen."""
        return ChartView()

    def curves(self) -> Sequence[Layer]:
        """What is drawn, the most important first. Those that are not recorded are left out."""
        raise NotImplementedError

    def now(self, state: RunState) -> Iterator[Edge]:
        """The upper border without a cursor."""
        raise NotImplementedError

    def summary(self, state: RunState) -> Iterator[Content]:
        """The lower right corner, the longest first."""
        raise NotImplementedError

    def said(self, value: float) -> str:
        """A value of the first series."""
        return fmt.setting(value)

    def warned(self, state: RunState) -> Content | None:  # noqa: ARG002
        """What must be told in the lower left corner, before anything else."""
        return None

    def levels(self, state: RunState) -> Sequence[tuple[float, str]]:  # noqa: ARG002
        """Values drawn as level lines, with their styles."""
        return ()

    # what there is

    @property
    def main(self) -> str:
        """The series the cursor is on."""
        return self.curves()[0].name

    def shown(self, state: RunState) -> tuple[str, ...]:  # noqa: ARG002
        return tuple(layer.name for layer in self.layers_known())

    def layers_known(self) -> list[Layer]:
        """The layers that are recorded; the first in any case."""
        names = () if self.source is None else self.source.names()
        first, *others = self.curves()
        return [first, *(layer for layer in others if layer.name in names)]

    def version(self) -> object:
        """Changes when there are new values."""
        return None if self.source is None else self.source.version()

    def axis(self, state: RunState) -> Axis:
        """The chosen axis, else epochs where they are known, else steps. Asked for with every
        value in the border, and found anew when there are new values."""
        if self.view.axis is not None:
            return self.view.axis
        wanted = self.version(), state.position.epoch is None
        if self._usual_axis[0] != wanted:
            self._usual_axis = wanted, self.usual_axis(state)
        return self._usual_axis[1]

    def usual_axis(self, state: RunState) -> Axis:
        """Epochs where they are known."""
        place = state.position
        extent = self.whole(Axis.EPOCH)
        if place.epoch is None or extent is None:
            return Axis.STEP
        # A source that knows no epochs gives steps for them.
        if place.step is not None and abs(extent[1] - place.step) < abs(extent[1] - place.epoch):
            return Axis.STEP
        return Axis.EPOCH

    def whole(self, axis: Axis) -> Span | None:
        """The first and the last x there is; None without values."""
        return None if self.source is None else self.source.extent(self.main, axis)

    def usual(self, state: RunState, whole: Span) -> Span:  # noqa: ARG002
        """What is in sight as long as nobody zooms."""
        return whole

    def span(self, state: RunState) -> Span:
        """What is in sight now."""
        whole = self.whole(self.axis(state)) or (0.0, 1.0)
        return seen(self.view, whole) if self.view.is_zoomed else self.usual(state, whole)

    def columns(self, name: str, axis: Axis, span: Span, count: int) -> Columns:
        """A series over a part of the axis."""
        if self.source is None:
            return EMPTY
        return self.source.columns(name, axis, *span, max(1, count))

    def find(self, axis: Axis, x: float) -> Point | None:
        """The value of the first series nearest to a place on an axis."""
        return None if self.source is None else self.source.point(self.main, axis, x)

    def here(self) -> Point | None:
        """The value nearest to the cursor of all charts."""
        if self.pointed is None:
            return None
        wanted = self.pointed, self.version(), self.main
        if self._here[0] != wanted:
            self._here = wanted, self.found_at(self.pointed)
        return self._here[1]

    def found_at(self, pointed: Point) -> Point | None:
        """The value nearest to a point of any chart; None where it has none so early or late."""
        axis = Axis.TIME if pointed.step is None else Axis.STEP
        x, whole = pointed.x(axis), self.whole(axis)
        if x is None or whole is None:
            return None
        spare = BEYOND * (whole[1] - whole[0])
        return self.find(axis, x) if whole[0] - spare <= x <= whole[1] + spare else None

    def happened(self, state: RunState, axis: Axis) -> list[Happened]:
        """The timeline's entries on an axis."""
        found = []
        entries = state.timeline.entries
        scale = self.scale(state) if axis is Axis.EPOCH else None
        for number, entry in enumerate(entries):
            if entry.mark not in MARKED or (entry.mark == "start" and number == 0):
                continue
            x = entry.t if axis is Axis.TIME else entry.step
            if x is not None and axis is Axis.EPOCH:
                x = None if scale is None else scale.epoch(x)
            if x is not None:
                sign, style = MARK_SIGNS.get(entry.mark, ("·", "$muted"))
                rare = entry.mark not in EVERYDAY
                found.append(Happened(x, sign, style, text(entry.text), entry.row, rare))
        return found

    def scale(self, state: RunState) -> Scale | None:
        """How steps and epochs belong together; None where that is not known."""
        wanted = self.version(), state.position.batches_per_epoch
        if self._scale[0] != wanted:
            self._scale = wanted, self._found_scale(state)
        return self._scale[1]

    def _found_scale(self, state: RunState) -> Scale | None:
        batches = state.position.batches_per_epoch
        marks = [(0.0, 0.0), (float(batches), 1.0)] if batches else []
        if not marks and self.source is not None:
            extent = self.source.extent("epoch", Axis.STEP)
            if extent is not None:
                found = self.source.columns("epoch", Axis.STEP, *extent, SCALE_MARKS)
                marks = list(zip(found.x, found.low, strict=True))
        scale = Scale(marks)
        return scale if scale.is_known else None

    # picture

    def facts(self, state: RunState) -> Any:
        return self._still(state), self.pointed

    def _still(self, state: RunState) -> object:
        """What the picture without the cursor depends on."""
        entries = state.timeline.entries
        last = entries[-1].id if entries else ""
        return self.version(), last, state.position.epoch is None, state.ended, self.view

    def wanted(self, state: RunState) -> Wanted:
        """What its sheet is made of."""
        axis, span = self.axis(state), self.span(state)
        is_young = axis is Axis.EPOCH and span[1] - span[0] < YOUNG
        return Wanted(
            axis=axis,
            span=span,
            layers=self.layers_known(),
            view=self.view,
            happened=self.happened(state, axis),
            levels=self.levels(state),
            smooth_style=self.smooth_style,
            from_zero=self.from_zero,
            is_young=is_young,
            offset=offset_at(span[1]) if axis is Axis.TIME else 0.0,
        )

    def sheet(self, state: RunState, width: int, height: int) -> Sheet | None:
        """Its picture, drawn again only when it has changed."""
        key = width, height, self._still(state)
        if self._sheet[0] != key:
            wanted = self.wanted(state)

            def read(name: str, left: float, right: float, count: int) -> Columns:
                return self.columns(name, wanted.axis, (left, right), count)

            self._sheet = key, make(wanted, read, width, height)
        return self._sheet[1]

    def sheet_now(self) -> Sheet | None:
        """The sheet at this size; None where there is none, or it cannot be drawn."""
        width, height = self.size
        if self.state is None or self.is_card:
            return None
        try:
            return self.sheet(self.state, width, height)
        except Exception:  # told by `picture`, which draws it again
            return None

    def plot(self, state: RunState, width: int, height: int) -> list[Content]:
        sheet = self.sheet(state, width, height)
        if sheet is None:
            return nothing(why_no(self.main, state), width, height)
        here = self.here()
        x = None if here is None else here.x(self.axis(state))
        y = None if here is None else here.value
        if y is not None and sheet.is_log:
            y = log10(y) if y > 0 else None
        return sheet.lines(x, y)

    def card(self, state: RunState, width: int, height: int) -> list[Content]:
        axis, span = self.axis(state), self.span(state)
        columns = self.columns(self.main, axis, span, width)
        if self.view.is_log:
            columns, _ = logarithms(columns)
        curve = zigzag(columns)
        if not curve:
            return nothing([], width, height)
        is_young = axis is Axis.EPOCH and span[1] - span[0] < YOUNG
        parts = [zigzag(found) for found in connected(columns, (span[1] - span[0]) / width)]
        return spark(parts, around(*span, curve, is_young=is_young), width, height, self.style_now)

    @property
    def style_now(self) -> str:
        """The style of the first series."""
        return self.curves()[0].style

    # border

    def top(self, state: RunState) -> Iterator[Edge]:
        here = self.here()
        if here is None:
            yield from self.now(state)
            return
        when = moment(here.t, state.timing.as_of or here.t, offset_at(here.t))
        words = pointed(here, self.said(here.value), self._also(here), when, self.axis(state))
        for word in words:
            yield self.title(), word

    def _also(self, here: Point) -> str:
        """What the other layers say there."""
        found = []
        for layer in self.layers_known()[1:]:
            other = None
            if self.source is not None and here.step is not None:
                other = self.source.point(layer.name, Axis.STEP, here.step)
            if other is not None:
                found.append(f"{layer.word} {self.said(other.value)}")
        return ", ".join(found)

    def bottom(self, state: RunState) -> Iterator[Edge]:
        rights, corner = list(self.summary(state)), list(self._corner(state))
        for right in rights:
            for left in corner:
                yield left, right
        if self.view.is_zoomed or self.view.is_log or self.view.is_robust:
            for left in corner:  # that this is not the usual picture must be seen
                yield left, Content("")
        for right in rights:
            yield Content(""), right

    def _corner(self, state: RunState) -> Iterator[Content]:
        warned = self.warned(state)
        if warned is not None:
            yield warned
            return
        if self.is_card:
            yield Content("")
            return
        sheet, axis, here = self.sheet_now(), self.axis(state), self.here()
        x = None if here is None else here.x(axis)
        mark = None if sheet is None or x is None else sheet.near(x)
        if mark is not None:
            yield mark_told(mark.text, mark.sign, mark.style)
        weight = self.view.smoothing
        smooth = f"EMA {weight:g}" if weight else ""
        layers = self.layers_known()
        shown = legend(layers if len(layers) > 1 or smooth else [], smooth)
        told = flags(self.view, sheet)
        for place in self.places(state):
            yield from lefts(place, told, shown, is_part=self.view.is_zoomed)

    def places(self, state: RunState) -> list[str]:
        """What is in sight in words, the longest first: the axis, or the part of it."""
        axis = self.axis(state)
        if not self.view.is_zoomed:
            return [str(axis)]
        span = self.span(state)
        now = state.timing.as_of or span[1]
        return [part(axis, span, self.view, now, offset_at(now))]

    def look(self, **changes: Any) -> None:
        """Changes how it is looked at, and shows that."""
        self.view = replace(self.view, **changes)
        self._renew()
