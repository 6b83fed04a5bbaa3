"""What lies over the run: settings, keys, user menu, palette, help, overview, comparison, files."""

from __future__ import annotations

from tests.tour.route import Mouse, Stop

TRAINING = r"● TRAINING"

SETTINGS = (
    Stop("settings", (",",), r"─ SETTINGS ─"),
    Stop("light", ("right",), r"Theme +light"),
    Stop("high contrast", ("right",), r"Theme +high contrast"),
    Stop("colour-blind safe", ("enter",), r"Theme +colour-blind safe"),
    Stop("back to the usual", ("left", "left", "left"), r"Theme +gladius"),
    Stop("plain characters", ("down", "right"), r"Plain characters +always", not_see=r"─"),
    Stop("and not", ("left",), r"─ SETTINGS ─"),
    Stop("keys", ("end", "up", "enter"), r"─ KEYS ─"),
    Stop("a key is asked for", ("enter",), r"─ PRESS A KEY ─"),
    Stop("F4 pauses", ("\x1bOS",), r"Pause +F4.*changed"),
    Stop("the usual one", ("d",), r"Pause +F2", not_see=r"Pause +F4.*changed"),
    Stop("keys closed", ("escape",), r"─ SETTINGS ─", not_see=r"─ KEYS ─"),
    Stop("alerts", ("end", "enter"), r"─ (ALERTS|GUARDS)"),
    Stop("alerts closed", ("escape",), r"─ SETTINGS ─", not_see=r"─ (ALERTS|GUARDS)"),
    Stop("settings closed", ("escape",), TRAINING, not_see=r"─ SETTINGS ─"),
)

PALETTE = (
    Stop("user menu", ("@",), r"Mode +control"),
    Stop("the line to come back by", ("c",), r"copied", not_see=r"Mode +control"),
    Stop("palette", ("ctrl+k",), r"Pause at the next batch"),
    Stop("a command by name", ("text:heatm",), r"Layers or experts over time"),
    Stop("chosen", ("enter",), r"HEATMAP"),
    Stop("left", ("escape",), TRAINING, not_see=r"─ HEATMAP"),
    Stop("help", ("?",), r"─ HELP"),
    Stop("help goes on", ("pagedown",), r"─ HELP"),
    Stop("help closed", ("escape",), TRAINING, not_see=r"─ HELP"),
    Stop("help by F1", ("f1",), r"─ HELP"),
    Stop("help closed by q", ("q",), TRAINING, not_see=r"─ HELP"),
)

EXPORT = (
    Stop("export menu", ("1", "x"), r"─ EXPORT ─"),
    Stop("everything", ("e",), r"Enter export"),
    Stop("its size is known", (), r"about .*free", seconds=30),
    Stop("written", ("enter",), r"exported: \d+ files", seconds=60),
    Stop("metrics by Ctrl+Shift+E", ("ctrl+shift+e",), r"Enter export"),
    Stop("left", ("escape",), TRAINING, not_see=r"Enter export"),
    Stop("export by its button", (Mouse("x  Export", dx=3),), r"─ EXPORT ─"),
    Stop("report", ("r",), r"written:.*|report.*\.md", seconds=30),
    Stop("screenshot", ("ctrl+shift+s",), r"-screen\.svg", seconds=30),
)

OVERVIEW = (
    Stop("overview", ("b",), r"─ RUNS ─.*"),
    Stop("filtered", ("/", "text:short"), r"of 1 ─"),
    Stop("all runs", ("escape",), r"alive of [23] ─"),
    Stop("help of the overview", ("?",), r"─ HELP"),
    Stop("closed", ("escape",), r"─ RUNS ─", not_see=r"─ HELP"),
    Stop("marked to be compared", ("space",), r"compare .* with"),
    Stop("two runs compared", ("down", "C"), r"─ COMPARE ─", seconds=30),
    Stop("another metric", ("right",), r"─ COMPARE ─"),
    Stop("over time", ("a", "a"), r"(seconds|minutes|hours) since its start"),
    Stop("comparison closed", ("escape",), r"─ RUNS ─", not_see=r"─ COMPARE"),
    Stop("start asks for a configuration", ("n",), r"START"),
    Stop("start left", ("escape",), r"─ RUNS ─"),
    Stop("stop asks", ("home", "S"), r"Save and stop"),
    Stop("stop left", ("escape",), r"─ RUNS ─", not_see=r"Save and stop"),
    Stop("back to the run", ("home", "enter"), r"LIVE STREAM", seconds=30),
    Stop("overview by Alt+Left", ("alt+left",), r"─ RUNS ─"),
    Stop("and back", ("escape",), r"LIVE STREAM"),
)

ENDING = (
    Stop("stop asks first", ("f3",), r"at risk"),
    Stop("save and stop", (Mouse("Save and stop", dx=3),), r"─ REPORT ─", seconds=60),
    Stop("the report goes on", ("pagedown",), r"─ REPORT ─"),
    Stop("report copied", ("y",), r"copied"),
    Stop("report closed", ("escape",), r"■ STOPPED", not_see=r"─ REPORT ─"),
    Stop("orders have their reason", ("f2",), r"the run is stopped"),
    Stop("report again", ("R",), r"─ REPORT ─"),
    Stop("its end", ("end",), r"\[ Close"),
    Stop("closed by its button", (Mouse("Close", dx=2),), r"■ STOPPED", not_see=r"─ REPORT ─"),
    Stop("left", ("q",), r""),
)

SCREENS = {"settings": SETTINGS, "palette": PALETTE, "export": EXPORT, "overview": OVERVIEW}
