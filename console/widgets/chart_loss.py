"""Chart 1: the loss over epochs, with its mean, the validation loss and what happened meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor, isfinite
from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core.protocol import Source
from console.core.viewport import ChartView
from console.widgets.chart import VALUE, Edge
from console.widgets.chart_pointing import LineChart
from console.widgets.chart_sheet import Layer
from console.widgets.chart_signs import SIGNS
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.state import RunState

TRAIN = Layer("loss", "train", SIGNS.train, "$primary")
VALIDATION = Layer("validation/loss", "val", SIGNS.validation, "$secondary", is_sparse=True)

DELTA = f"{SIGNS.change} mean of this epoch so far minus mean of the epoch before"
SMOOTHING = 0.6
"""The moving average that is drawn as long as nobody chooses another."""


class LossChart(LineChart):
    """Training loss, epoch by epoch."""

    NUMBER, NAME = 1, "LOSS"
    GROUPS = frozenset({"configuration", "loss", "metrics", "evaluation", "timeline"})

    def first_view(self) -> ChartView:
        return ChartView(smoothing=SMOOTHING)

    def curves(self) -> Sequence[Layer]:
        return TRAIN, VALIDATION

    def said(self, value: float) -> str:
        return fmt.loss(value)

    def now(self, state: RunState) -> Iterator[Edge]:
        value, delta = state.value("loss"), state.loss.delta
        style = VALUE if value is None or isfinite(value) else "$error"
        shown = Content.styled(fmt.loss(value), f"bold {style}")
        if delta is not None:
            moved = f"{SIGNS.change} {fmt.signed(delta)}"
            yield self.title(), joined([shown, "  ", (moved, "$muted")])
        yield self.title(), shown

    def summary(self, state: RunState) -> Iterator[Content]:
        """`best 0.0187 E42`, and shorter."""
        best, epoch, step = state.loss.best, state.loss.best_epoch, state.loss.best_step
        if best is None:
            yield Content("")
            return
        when = f" E{floor(epoch)}" if epoch is not None else f" step {step:,}" if step else ""
        yield joined([("best ", "$muted"), (fmt.loss(best), VALUE), (when, "$muted")])
        yield joined([("best ", "$muted"), (fmt.loss(best), VALUE)])

    def warned(self, state: RunState) -> Content | None:
        lost = state.loss.nonfinite
        said = f"{SIGNS.high} {fmt.number(lost)} not finite"
        return Content.styled(said, "$error") if lost else None

    def note(self, state: RunState) -> str | None:
        found = state.metrics.get("loss")
        is_parsed = found is not None and found.source is Source.PARSED
        return f"{DELTA}\nloss: parsed from the log" if is_parsed else DELTA
