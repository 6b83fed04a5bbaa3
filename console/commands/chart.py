"""Commands of a chart: their keys work while one has the focus."""

from __future__ import annotations

from console.commands.command import Command, Scope

_ROWS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("chart_left", "Cursor left", "The value before, shown in the border", ("left",)),
    ("chart_right", "Cursor right", "The next value, shown in the border", ("right",)),
    ("chart_pan_left", "Pan left", "Move what is in sight to the left", ("shift+left",)),
    ("chart_pan_right", "Pan right", "Move what is in sight to the right", ("shift+right",)),
    ("chart_zoom_in", "Zoom in", "Half of what is in sight", ("plus", "ctrl+z")),
    ("chart_zoom_out", "Zoom out", "Twice what is in sight", ("minus", "ctrl+shift+z")),
    ("chart_reset", "Reset chart", "The usual part in sight, no cursor", ("0", "ctrl+0")),
    ("chart_smooth", "Moving average", "None, 0.6, 0.9, 0.99, over what is drawn", ("e",)),
    ("chart_log", "Logarithmic", "A logarithmic upright axis, or a plain one", ("l",)),
    ("chart_robust", "Robust range", "Leave single spikes out of the range", ("o",)),
    ("chart_axis", "Axis", "Steps, epochs, time", ("a",)),
    ("chart_marks", "Marks", "Show what happened in the chart, or hide it", ("m",)),
    ("chart_metric", "Metric", "Show another metric in this chart", ("i",)),
    ("chart_open", "Log line", "The log line of the point; the detail of a bar", ("enter",)),
    ("chart_export", "Export chart", "Write it as CSV, SVG or text", ("ctrl+e",)),
    ("chart_menu", "Chart menu", "What can be done with this chart", ("full_stop", "shift+f10")),
    ("chart_bar_up", "Bar above", "The bar above, told in the border", ("up",)),
    ("chart_bar_down", "Bar below", "The bar below", ("down",)),
    ("chart_bar_page_up", "Bars up", "A page of bars up", ("pageup",)),
    ("chart_bar_page_down", "Bars down", "A page of bars down", ("pagedown",)),
    ("chart_bar_first", "First bar", "The first bar: of many experts the worst", ("home",)),
    ("chart_bar_last", "Last bar", "The last bar", ("end",)),
    ("chart_leave", "Leave cursor", "The newest value in the border again", ("escape",)),
)

CHART: tuple[Command, ...] = tuple(
    Command(name, label, said, keys=keys, scope=Scope.CHART) for name, label, said, keys in _ROWS
)
