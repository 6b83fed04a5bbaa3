"""What opens over a chart: its menu, the metrics it can show, the files it can be written to.

To add one: a function here and its name in DOORS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Offset

from console.commands import BY_ID
from console.screens.menu import Entry, Menu
from console.widgets.chart import can
from console.widgets.keyname import first_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.commands import Command
    from console.screens.charting import Charting
    from console.widgets.chart import Chart

IN_MENU = ("chart_zoom_in", "chart_zoom_out", "chart_reset", "chart_smooth", "chart_log",
           "chart_robust", "chart_axis", "chart_marks", "chart_open", "chart_metric",
           "chart_export")  # fmt: skip


def menu(screen: Charting, chart: Chart, at: Offset | None = None) -> None:
    """What can be done with this chart, where it was pointed at or at its first line; what a chart
    of its kind never does is left out."""
    entries = [_entry(chart, BY_ID[name]) for name in IN_MENU if can(chart, name)]

    def answered(answer: str | None) -> None:
        if answer is not None:
            screen.run_worker(screen.command_chart(BY_ID[answer], chart), exit_on_error=False)

    at = at or chart.region.offset + Offset(1, 0)
    screen.app.push_screen(Menu(chart.title().plain, entries, at=at), answered)


def _entry(chart: Chart, command: Command) -> Entry:
    label = chart.OPENS if chart.OPENS and command.id == "chart_open" else command.label
    return Entry(command.id, label, first_key(command), chart.why_not(command.id))


def metric(screen: Charting, chart: Chart) -> None:
    """Another metric in its place."""
    from console.screens.metrics import Metrics

    names = chart.source.names() if chart.source is not None else ()
    picker = Metrics(chart.title().plain, names, getattr(chart, "metric", ""))

    def answered(answer: str | None) -> None:
        if answer is not None:
            screen.show_metric(str(chart.id), answer)

    screen.app.push_screen(picker, answered)


def export(screen: Charting, chart: Chart) -> None:
    """Its values or its picture as a file."""
    from console.screens.chart_files import ChartFiles, write

    def answered(answer: tuple[str, str] | None) -> None:
        if answer is not None:
            write(screen, chart, *answer)

    screen.app.push_screen(ChartFiles(chart.title().plain), answered)


DOORS: dict[str, Callable[[Charting, Chart], None]] = {
    "metric": metric,
    "export": export,
}
