"""The charts: cursor, zoom, what is drawn, menus, files, details."""

from __future__ import annotations

from tests.tour.route import Hover, Mouse, Stop, Wheel

PLOT = {"dx": 30, "dy": 4}
"""From the title of a chart into its plot."""

ZOOMED = r"╰─ (last [\d.,]+ epochs|epochs [\d.,]+ – )"

LOSS = (
    Stop("a cursor", ("1", "left", "left", "left"), r"1 LOSS.*(step|epoch) [\d.,]+"),
    Stop("the cursor right", ("right",), r"1 LOSS.*(step|epoch) [\d.,]+"),
    Stop("to the log of the point", ("enter",), r"○ follow"),
    Stop("the cursor is left", ("1", "escape"), "", not_see=r"1 LOSS.*(step|epoch) [\d.,]+"),
    Stop("hover shows a value", (Hover("1 LOSS", **PLOT),), r"1 LOSS.*(step|epoch) [\d.,]+"),
    Stop("the wheel zooms in", (Wheel("1 LOSS", down=False, times=2, **PLOT),), ZOOMED),
    Stop("pan left", ("shift+left",), ZOOMED),
    Stop("reset", ("0",), r"╰─ epoch "),
    Stop("zoom in by +", ("+",), ZOOMED),
    Stop("zoom in by Ctrl+Z", ("ctrl+z",), ZOOMED),
    Stop("pan right", ("shift+right",), ZOOMED),
    Stop("zoom out by -", ("-", "-", "-"), r"╰─ epoch "),
    Stop("moving average", ("0", "e"), r"EMA 0\.9 "),
    Stop("a stronger one", ("e",), r"EMA 0\.99 "),
    Stop("none", ("e",), r"1 LOSS", not_see=r"EMA"),
    Stop("the first one again", ("e",), r"EMA 0\.6 "),
    Stop("logarithmic", ("l",), r"╰─ epoch  log"),
    Stop("robust range", ("l", "o"), r"╰─ epoch  clipped \d"),
    Stop("axis: time", ("o", "a"), r"╰─ (time|step)"),
    Stop("axis: step", ("a",), r"╰─ (time|step)"),
    Stop("axis: epoch", ("a",), r"╰─ epoch"),
    Stop("marks off", ("m",), r"╰─ epoch  no marks"),
    Stop("marks on", ("m",), r"╰─ epoch ", not_see=r"no marks"),
    Stop("the metric picker", ("i",), r"METRIC"),
    Stop("found by a word", ("text:learning_rate",), r"METRIC FOR"),
    Stop("another metric", ("enter",), r"(?i)1 \S*learning.rate", not_see=r"METRIC FOR"),
    Stop("and the loss again", ("i",), r"METRIC"),
    Stop("chosen", ("enter",), r"1 LOSS", not_see=r"METRIC FOR"),
    Stop("chart as a file", ("ctrl+e",), r"EXPORT .*LOSS"),
    Stop("as CSV", ("enter",), r"loss\.csv"),
    Stop("menu by its key", (".",), r"Zoom in "),
    Stop("closed by a click beside it", (Mouse("GLADIUS TRAINING"),), "", not_see=r"Zoom in  "),
    Stop("menu by right click", (Mouse("1 LOSS", button=2, **PLOT),), r"Zoom in "),
    Stop("from the menu to the file", (Mouse("Export chart"),), r"EXPORT .*LOSS"),
    Stop("as SVG", ("tab", "enter"), r"loss\.svg"),
    Stop("a click on a point goes to the log", (Mouse("1 LOSS", **PLOT),), r"○ follow"),
)  # fmt: skip

EXPERTS = (
    Stop("a bar", ("2", "down"), r"E\d \d+ % of its share  loss"),
    Stop("expert in detail", ("enter",), r"share of all tokens"),
    Stop("another expert", ("right",), r"share of all tokens"),
    Stop("closed", ("escape",), r"2 EXPERTS", not_see=r"share of all tokens"),
    Stop("hover over a bar", (Hover("E3 ", dx=6),), r"E3 \d+ % of its share"),
    Stop("detail by a click", (Mouse("E4 ", dx=6),), r"share of all tokens"),
    Stop("closed by q", ("q",), r"2 EXPERTS", not_see=r"share of all tokens"),
    Stop("heatmap", ("H",), r"HEATMAP"),
    Stop("another family", ("right",), r"HEATMAP"),
    Stop("heatmap closed", ("escape",), r"2 EXPERTS", not_see=r"HEATMAP"),
)

OTHERS = (
    Stop("throughput: a cursor", ("3", "left", "left"), r"3 THROUGHPUT.*(−|-|ago|:)"),
    Stop("throughput: zoom", ("+",), r"│ +\d\d:\d\d:\d\d +\d\d:\d\d:\d\d"),
    Stop("throughput: as it was", ("0",), r"╰─ last \d+ (s|m)"),
    Stop("memory: a bar", ("4", "down", "down"), r"4 MEMORY.*(CPU|RAM)"),
    Stop("memory in detail", ("enter",), r"─ MEMORY ─"),
    Stop("closed", ("escape",), r"4 MEMORY", not_see=r"─ MEMORY ─"),
    Stop("memory by a click", (Mouse("RAM ", dx=6),), r"─ MEMORY ─"),
    Stop("closed again", ("q",), r"4 MEMORY", not_see=r"─ MEMORY ─"),
    Stop("maximised", ("4", "z"), r"4 MEMORY", not_see=r"LIVE STREAM"),
    Stop("the loss, maximised", ("1",), r"1 LOSS", not_see=r"4 MEMORY"),
    Stop("and back", ("z",), r"LIVE STREAM"),
    Stop("without the side column", ("\\",), r"LIVE STREAM", not_see=r"─ CONTROLS"),
    Stop("with it", ("\\",), r"─ CONTROLS"),
    Stop("the split moves", ("=",), r"LIVE STREAM"),
    Stop("and again", ("=",), r"LIVE STREAM"),
    Stop("and back", ("=",), r"LIVE STREAM"),
    Stop("next panel by Tab", ("tab", "z"), "", not_see=r"1 LOSS"),
    Stop("all of them again", ("z",), r"LIVE STREAM"),
    Stop("the panel before", ("shift+tab", "z"), r"1 LOSS", not_see=r"LIVE STREAM"),
    Stop("as it was", ("z",), r"LIVE STREAM"),
)

CHARTS = {"loss": LOSS, "experts": EXPERTS, "charts": OTHERS}
