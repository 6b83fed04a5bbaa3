"""What charts post upwards: where the cursor is, and what only a screen can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from textual.geometry import Offset

    from console.core.sources import Point
    from console.widgets.chart import Chart


class Pointed(Message):
    """The cursor of all charts is at this point; None: nowhere."""

    def __init__(self, chart: Chart, point: Point | None) -> None:
        super().__init__()
        self.chart, self.point = chart, point


class Wished(Message):
    """Something is wanted of a chart: `metric`, `export` or `menu`; `at` is the cell of the screen
    that was pointed at."""

    def __init__(self, chart: Chart, what: str, at: Offset | None = None) -> None:
        super().__init__()
        self.chart, self.what, self.at = chart, what, at


class LineWanted(Message):
    """The log line of a point, or the row that is known of something that happened there.

    With `go` the person wants to be there, without it to see it beside the chart.
    """

    def __init__(self, chart: Chart, point: Point, row: int | None, *, go: bool) -> None:
        super().__init__()
        self.chart, self.point, self.row, self.go = chart, point, row, go
