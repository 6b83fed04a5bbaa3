"""Any metric of the run as a chart, in the place of one of the four."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core.format_text import text
from console.core.protocol import Source
from console.core.units import unit_of
from console.widgets.chart import VALUE, Edge
from console.widgets.chart_pointing import LineChart
from console.widgets.chart_sheet import Layer
from console.widgets.chart_signs import SIGNS
from console.widgets.chart_words import spread
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.state import RunState

LONGEST = 28
"""Cells of a name in the border."""


class MetricChart(LineChart):
    """One metric by its name; number and place are those of the chart it stands for."""

    NUMBER, NAME = 0, "METRIC"
    GROUPS = frozenset({"configuration", "metrics", "system", "evaluation", "timeline"})

    def __init__(self, number: int, metric: str, *, id: str | None = None) -> None:
        """Shows `metric` as chart `number`."""
        self.number, self.metric = number, metric
        super().__init__(id=id)

    def title(self) -> Content:
        return Content.styled(
            f"{self.number} {fmt.cut(text(self.metric), LONGEST)}", "bold $primary"
        )

    def curves(self) -> Sequence[Layer]:
        return (Layer(self.metric, fmt.cut(text(self.metric), LONGEST), SIGNS.train, "$primary"),)

    def said(self, value: float) -> str:
        """With its unit."""
        return unit_of(self.metric)(value)

    def _latest(self, state: RunState) -> float | None:
        found = state.value(self.metric)
        if found is not None or self.source is None:
            return found
        extent = self.whole(self.axis(state))
        point = None if extent is None else self.find(self.axis(state), extent[1])
        return None if point is None else point.value

    def now(self, state: RunState) -> Iterator[Edge]:
        value = self._latest(state)
        style = VALUE if value is None or isfinite(value) else "$error"
        said = fmt.UNKNOWN if value is None else self.said(value)
        yield self.title(), joined([(said, f"bold {style}")])

    def summary(self, state: RunState) -> Iterator[Content]:  # noqa: ARG002
        sheet = self.sheet_now()
        if sheet is not None and sheet.low is not None and sheet.high is not None:
            low, high = sheet.low, sheet.high
            if sheet.is_log:
                low, high = 10.0 ** min(low, 300.0), 10.0 ** min(high, 300.0)
            say = unit_of(self.metric)
            yield spread(low, high, _rough if say is fmt.setting else say)
        yield Content("")

    def note(self, state: RunState) -> str | None:
        found = state.metrics.get(self.metric)
        is_parsed = found is not None and found.source is Source.PARSED
        name = text(self.metric)
        return f"{name}\nparsed from the log" if is_parsed else name


def _rough(value: float) -> str:
    """A plain number to three digits: a range need not be exact."""
    return fmt.setting(float(f"{value:.3g}"))
