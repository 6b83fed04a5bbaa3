"""Header, controls, configuration, progress, timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tour.route import Beside, Mouse, Stop

if TYPE_CHECKING:
    from pathlib import Path

TRAINING = r"● TRAINING"

HEADER = (
    Stop("pause by the header", (Mouse("[F2 Pause]", dx=2),), r"▮▮ PAUSED │", seconds=30),
    Stop("resume by the header", (Mouse("[F2 Resume]", dx=2),), r"● TRAINING │", seconds=30),
    Stop("stop asks", (Mouse("[F3 Stop]", dx=2),), r"STOP TRAINING"),
    Stop("and is left", ("escape",), TRAINING, not_see=r"STOP TRAINING"),
    Stop("settings by a click", (Mouse("Settings]"),), r"─ SETTINGS ─"),
    Stop("settings closed", ("escape",), TRAINING, not_see=r"─ SETTINGS ─"),
    Stop("user menu by a click", (Mouse("[@ ", dx=2),), r"Come back with"),
    Stop("user menu closed", ("escape",), TRAINING, not_see=r"Come back with"),
    Stop("overview by a click", (Mouse("Overview]"),), r"─ RUNS ─"),
    Stop("back to the run", ("escape",), r"LIVE STREAM"),
)

CONTROLS = (
    Stop("pause", ("f2",), r"▮▮ PAUSED │", seconds=30),
    Stop("its line in the log", (), r"PAUSED|paused at step"),
    Stop("resume", ("f2",), r"● TRAINING │", seconds=30),
    Stop("a letter asks", ("p",), r"press p again to pause"),
    Stop("and acts", ("p",), r"▮▮ PAUSED │", seconds=30),
    Stop("resume by its button", (Mouse("F2 Resume  ", dx=3),), r"● TRAINING │", seconds=30),
    Stop("checkpoint", ("f5",), r"✓ saved at step|✓ checkpoint|saved.*MB", seconds=30),
    Stop("checkpoint by its button", (Mouse("F5 Checkpoint", dx=3),), r"saved at step", seconds=30),
    Stop("validation", ("f8",), r"✓ validation [\d.]+ %", seconds=60),
    Stop("trains on", (), r"● TRAINING │", seconds=60),
    Stop("TensorBoard is not there: what to do", ("f9",), r"pip install|install", seconds=30),
    Stop("hyperparameters", ("f7",), r"─ HYPERPARAMETERS ─"),
    Stop("a learning rate that cannot be", ("text:x",), r"✗ .*number|✗"),
    Stop("a learning rate", ("backspace", "text:0.0003"), r"was \S+e-4 · applies now"),
    Stop("no checkpoint first", (Mouse("Checkpoint first"),), r"\[ \] Checkpoint first"),
    Stop("checkpoint first", (Mouse("Checkpoint first"),), r"\[x\] Checkpoint first"),
    Stop("applied", (Mouse("[ Apply ]", dx=3),), r"~ .*learning.?rate.*(3e-4|0\.0003)",
         not_see=r"─ HYPER", seconds=30),
    Stop("changes so far", ("h",), r"─ HYPERPARAMETERS ─"),
    Stop("in a list", (Mouse("Changes so far", dx=2),), r"─ CHANGES ─"),
    Stop("list closed", ("escape",), r"─ HYPERPARAMETERS ─", not_see=r"─ CHANGES ─"),
    Stop("form closed", ("escape",), TRAINING, not_see=r"─ HYPERPARAMETERS ─"),
    Stop("undo asks", ("U",), r"─ UNDO ─"),
    Stop("undone", ("U",), TRAINING, not_see=r"─ UNDO ─", seconds=30),
    Stop("undo: nothing more", (), r"put back|6e-4|0\.0006"),
)  # fmt: skip


def rewrite(old: str, new: str) -> Beside:
    """A change of the tour's own configuration file."""

    def do(home: Path) -> None:
        file = home / "qwen_moe.yaml"
        file.write_text(file.read_text().replace(old, new))

    return Beside(do)


RELOAD = (
    Stop("reload: nothing differs", ("f6",), r"The file says what this run began with"),
    Stop("closed", ("escape",), TRAINING, not_see=r"─ RELOAD"),
    Stop("the file was edited", (rewrite("learning_rate: 6e-4", "learning_rate: 5e-4"),
                                 rewrite("width: 64", "width: 96")), r"CONFIG.*edited"),
    Stop("reload shows the difference", ("r",), r"learning_rate +6e-4 → 5e-4.*now"),
    Stop("applied", ("enter",), r"5e-4", not_see=r"─ RELOAD", seconds=30),
    Stop("reload by its button", (Mouse("F6 Reload"),), r"width.*64 → 96.*restart"),
    Stop("closed again", ("escape", rewrite("width: 96", "width: 64")), "", not_see=r"─ RELOAD"),
)  # fmt: skip

CONFIG = (
    Stop("configuration menu", ("7", "enter"), r"View the whole file"),
    Stop("the whole file", ("v",), r"gradient_accumulation: 4"),
    Stop("closed", ("escape",), r"Enter menu|─ CONFIG", not_see=r"gradient_accumulation:"),
    Stop("menu by a double click", (Mouse("Max length", times=2),), r"View the whole file"),
    Stop("edited in the editor", ("e",), r"weight_decay +0\.01 → 0\.02", seconds=30),
    Stop("left", ("escape",), TRAINING, not_see=r"─ RELOAD"),
    Stop("menu by a right click", (Mouse("Max length", button=2),), r"Load a preset"),
    Stop("presets", ("p",), r"─ PRESETS ─"),
    Stop("a preset compared", ("enter",), r"─ PRESET \S"),
    Stop("closed", ("escape",), TRAINING, not_see=r"─ PRESET "),
    Stop("template", ("7", "enter"), r"Save as a template"),
    Stop("its name", ("t",), r"─ SAVE AS A TEMPLATE ─"),
    Stop("saved", ("enter",), r"template|saved", not_see=r"─ SAVE AS A TEMPLATE ─"),
)

PANELS = (
    Stop("progress", ("6", "z"), r"At risk", not_see=r"LIVE STREAM"),
    Stop("as it was", ("z",), r"LIVE STREAM"),
    Stop("timeline", ("8",), r"Enter log"),
    Stop("the timeline in full", ("z",), r"started", not_see=r"LIVE STREAM"),
    Stop("its cursor", ("down", "down"), r"started"),
    Stop("the oldest", ("end",), r"started"),
    Stop("the newest", ("home",), r"started"),
    Stop("only alerts", ("L",), r"alerts +\d+ of \d+"),
    Stop("only checkpoints", ("L",), r"checkpoints +\d+ of \d+"),
    Stop("only validations", ("L",), r"validations +\d+ of \d+"),
    Stop("only changes", ("L",), r"changes +\d+ of \d+"),
    Stop("only pauses", ("L",), r"pauses +\d+ of \d+"),
    Stop("all again", ("escape",), r"started", not_see=r"pauses +\d+ of"),
    Stop("the audit", ("a",), r"audit +\d+ of \d+"),
    Stop("all", ("a",), r"started", not_see=r"audit +\d+ of"),
    Stop("by a text", ("&", "text:validation", "enter"), r"“validation” +\d+ of \d+"),
    Stop("all entries", ("escape",), r"started", not_see=r"“validation”"),
    Stop("to its place in the log", ("enter",), r"line [\d,]+"),
    Stop("the stream stands there", (), r"○ follow"),
    Stop("acknowledge", ("8", "A"), r"acknowledge|seen|no open alert"),
    Stop("follows again", (Mouse("LIVE STREAM"), "end"), r"● follow"),
)  # fmt: skip

ROUTE = {
    "header": HEADER,
    "controls": CONTROLS,
    "reload": RELOAD,
    "config": CONFIG,
    "panels": PANELS,
}
