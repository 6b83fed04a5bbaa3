"""Chart 1: the loss over epochs, with its mean, the validation loss and what was changed."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, isfinite
from typing import TYPE_CHECKING, Any

from textual.content import Content

from console.core import format as fmt
from console.core.protocol import Source
from console.core.recognition import why_no
from console.core.sources import EMPTY, Axis, Columns
from console.widgets.chart import VALUE, Chart, Edge, nothing, quiet
from console.widgets.chart_axes import MARGIN, Bounds, around, framed, gutter, lower, upright
from console.widgets.chart_bars import spark
from console.widgets.chart_plot import Mark, Picture, draw
from console.widgets.chart_points import Points, Trace, mean, zigzag
from console.widgets.chart_signs import SIGNS
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.state import RunState

TRAIN, VALIDATION, MEAN = "$primary", "$secondary", "$foreground"
NOT_FINITE, CHANGED = "$error", "$muted"

DOT_COLUMNS = 3
"""Dots that lie on top of the line are so many columns apart, validations at least."""


DELTA = f"{SIGNS.change} mean of this epoch so far minus mean of the epoch before"

YOUNG = 1.0
"""Before so many epochs nothing of the curve leaves the plot."""


class LossChart(Chart):
    """Training loss, epoch by epoch."""

    NUMBER, NAME = 1, "LOSS"
    GROUPS = frozenset({"configuration", "loss", "metrics", "evaluation", "timeline"})
    _axis: tuple[object, Axis] = (None, Axis.STEP)
    """What the curve was made of when its axis was found, and that axis."""

    def facts(self, state: RunState) -> Any:
        version = None if self.source is None else self.source.version()
        changes = sum(entry.mark == "change" for entry in state.timeline.entries)
        return version, changes, state.position.epoch is None, state.ended

    # border

    def top(self, state: RunState) -> Iterator[Edge]:
        value, delta = state.value("loss"), state.loss.delta
        style = VALUE if value is None or isfinite(value) else "$error"
        now = Content.styled(fmt.loss(value), f"bold {style}")
        if delta is not None:
            moved = f"{SIGNS.change} {fmt.signed(delta)}"
            yield self.title(), joined([now, "  ", (moved, "$muted")])
        yield self.title(), now

    def bottom(self, state: RunState) -> Iterator[Edge]:
        lost = state.loss.nonfinite
        axis = quiet("" if self.is_card else str(self.axis(state)))
        if lost:
            broken = f"{SIGNS.high} {fmt.number(lost)} not finite"
            axis = Content.styled(broken, "$error")
        for best in _best(state):
            if not lost and not self.is_card:
                yield self._legend(state), best
            yield axis, best
        yield Content(""), next(_best(state))

    def _legend(self, state: RunState) -> Content:
        has_validation = self.source is not None and "validation/loss" in self.source.names()
        words = [(SIGNS.train, "train", TRAIN), (SIGNS.validation, "val", VALIDATION)]
        if not has_validation:
            del words[1]
        pieces: list[tuple[str, str]] = [(str(self.axis(state)), "$muted")]
        for sign, word, style in (*words, (SIGNS.mean, "mean", MEAN)):
            pieces += [(f"  {sign}", style), (f" {word}", "$muted")]
        return joined(pieces)

    def note(self, state: RunState) -> str | None:
        found = state.metrics.get("loss")
        is_parsed = found is not None and found.source is Source.PARSED
        return f"{DELTA}\nloss: parsed from the log" if is_parsed else DELTA

    # picture

    def axis(self, state: RunState) -> Axis:
        """Epochs where they are known, else steps. Asked for with every value in the border, and
        found anew when the curve is."""
        wanted = self.facts(state)
        if self._axis[0] != wanted:
            self._axis = wanted, self._found_axis(state)
        return self._axis[1]

    def _found_axis(self, state: RunState) -> Axis:
        place = state.position
        extent = None if self.source is None else self.source.extent("loss", Axis.EPOCH)
        if place.epoch is None or extent is None:
            return Axis.STEP
        # A source that knows no epochs gives steps for them.
        if place.step is not None and abs(extent[1] - place.step) < abs(extent[1] - place.epoch):
            return Axis.STEP
        return Axis.EPOCH

    def plot(self, state: RunState, width: int, height: int) -> list[Content]:
        axis, rows = self.axis(state), height - 1
        extent = self._extent(axis)
        train = self._columns("loss", axis, extent, width - MARGIN)
        if not train.x:
            return nothing(why_no("loss", state), width, height)
        held_out = self._columns("validation/loss", axis, extent, width - MARGIN)
        curve, held = zigzag(train), zigzag(held_out)
        found = _around(axis, extent, [*curve, *held])
        up = upright(found, rows)
        columns = width - gutter(up)
        every = max(1, DOT_COLUMNS * len(held) // max(1, columns))
        traces = [
            Trace(held, VALIDATION),
            Trace(curve, TRAIN),
            Trace(held[::-every], VALIDATION, dotted=True),
            Trace(mean(train)[::DOT_COLUMNS], MEAN, dotted=True),
        ]
        picture = Picture(found, traces, [*self._marks(state, axis, train, found)])
        return framed(draw(picture, columns, rows), found, up, lower(found, columns))

    def card(self, state: RunState, width: int, height: int) -> list[Content]:
        axis = self.axis(state)
        extent = self._extent(axis)
        curve = zigzag(self._columns("loss", axis, extent, width))
        if not curve:
            return nothing([], width, height)
        return spark([curve], _around(axis, extent, curve), width, height, TRAIN)

    def _extent(self, axis: Axis) -> tuple[float, float]:
        extent = None if self.source is None else self.source.extent("loss", axis)
        return extent or (0.0, 1.0)

    def _columns(self, name: str, axis: Axis, extent: tuple[float, float], columns: int) -> Columns:
        if self.source is None:
            return EMPTY
        return self.source.columns(name, axis, *extent, max(1, columns))

    def _marks(self, state: RunState, axis: Axis, train: Columns, found: Bounds) -> Iterator[Mark]:
        """Where a setting was changed, and where the loss was not finite."""
        steps = (entry.step for entry in state.timeline.entries if entry.mark == "change")
        for step in steps:
            x = None if step is None else self._at(step, axis)
            if x is not None and found.left <= x <= found.right:
                yield Mark(x, CHANGED)
        for x in train.gaps:
            yield Mark(x, NOT_FINITE)

    def _at(self, step: int, axis: Axis) -> float | None:
        """Where a step is on the axis."""
        if axis is Axis.STEP or self.source is None:
            return step
        known = self.source.nearest("epoch", Axis.STEP, step)
        return None if known is None else known[1]


def _around(axis: Axis, extent: tuple[float, float], points: Points) -> Bounds:
    is_young = axis is Axis.EPOCH and extent[1] - extent[0] < YOUNG
    return around(*extent, points, is_young=is_young)


def _best(state: RunState) -> Iterator[Content]:
    """`best 0.0187 E42`, and shorter."""
    best, epoch, step = state.loss.best, state.loss.best_epoch, state.loss.best_step
    if best is None:
        yield Content("")
        return
    when = f" E{floor(epoch)}" if epoch is not None else f" step {step:,}" if step else ""
    yield joined([("best ", "$muted"), (fmt.loss(best), VALUE), (when, "$muted")])
    yield joined([("best ", "$muted"), (fmt.loss(best), VALUE)])
