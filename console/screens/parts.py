"""The parts of the training screen, in the order of Tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.commands import BY_ID
from console.widgets.config_panel import ConfigPanel
from console.widgets.controls import ControlPanel
from console.widgets.header import Header
from console.widgets.key_line import KeyLine
from console.widgets.progress import ProgressPanel
from console.widgets.small import Small
from console.widgets.status_bar import StatusBar
from console.widgets.stream import Stream
from console.widgets.summary import Summary
from console.widgets.timeline import TimelinePanel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.widget import Widget

CHIPS = (("pause", "Pause"), ("stop", "Stop"), ("report", "Report"), ("settings", "Settings"),
         ("overview", "Overview"), ("person", "User"), ("quit", "X"))  # fmt: skip
"""Commands with a button in the header, and their words there."""


def charts(slots: Mapping[str, str]) -> dict[str, Widget]:
    """The charts by their names; `slots`: which metric stands in the place of which. They come
    after the first paint: drawing them needs a library."""
    from console.widgets.charts import CHARTS, chart_of

    return {name: chart_of(name, slots) for _number, name, _chart in CHARTS}


def prepare() -> None:
    """Brings what the charts draw with, before there is anything to draw."""
    from console.widgets.chart_plot import prepare

    prepare()


AFTER_CHARTS = "#controls"
"""The part the charts stand before."""


def make() -> dict[str, Widget]:
    """Every other part by its name."""
    parts: list[Widget] = [
        Header([(BY_ID[name], word) for name, word in CHIPS], id="header"),
        Summary(id="summary"),
        Stream(id="stream"),
        ControlPanel(id="controls"),
        ProgressPanel(id="progress"),
        ConfigPanel(id="config"),
        TimelinePanel(id="timeline"),
        StatusBar(id="status"),
        KeyLine(id="keys"),
        Small(id="small"),
    ]
    return {str(part.id): part for part in parts}
