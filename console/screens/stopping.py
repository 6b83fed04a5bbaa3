"""How a run is stopped from the screen: a question first, and two before it is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.core.format_text import text
from console.core.format_time import duration
from console.screens.dialog import CANCEL, Dialog
from console.widgets.progress_rows import at_risk

if TYPE_CHECKING:
    from console.core.state import RunState
    from console.screens.commanding import Commanding

ASK = "ask"
"""The stage of the stop ladder in which only a person can go on."""


def ask(screen: Commanding) -> None:
    """Asks whether to stop, or to kill what did not stop; orders it when confirmed."""
    state = screen.session.link.state
    if state.life.stop_stage == ASK:
        screen.app.push_screen(kill_dialog(state), lambda name: _kill(screen, name))
    else:
        screen.app.push_screen(stop_dialog(state), lambda name: _stop(screen, name))


def stop_dialog(state: RunState) -> Dialog:
    """What will happen, and what can be lost."""
    if state.life.held_m is not None:
        happens = (
            "The trainer is held at a failed step and ends without a save: half a step may be "
        )
        happens += "in its weights. Save a checkpoint before, if you trust them."
        choices = [CANCEL, ("drop", "Stop", "bold $warning")]
    elif not state.life.hook and "stop" in state.run.control_orders:
        way = text(state.run.control_notes.get("stop", ""))
        happens = f"Its handle {state.run.control}: {way}. "
        happens += "If it does not end in time: SIGINT, then SIGTERM."
        choices = [
            CANCEL,
            ("save", "Stop by its handle", "bold $warning"),
            ("drop", "Only by signals", "$error"),
        ]
    elif state.life.hook and "checkpoint" in state.control.abilities:
        happens = "The trainer saves a final checkpoint at the next batch boundary and ends."
        choices = [
            CANCEL,
            ("save", "Save and stop", "bold $warning"),
            ("drop", "Stop without saving", "$error"),
        ]
    else:
        happens = "The trainer gets an interrupt (SIGINT), after a while SIGTERM. It saves only "
        happens += "if it does so by itself."
        choices = [CANCEL, ("save", "Stop", "bold $warning")]
    return Dialog("STOP TRAINING", [happens, "", _risk(state), ""], choices)


def _risk(state: RunState) -> str:
    risk = at_risk(state)
    if risk is None:
        return "How much work is not saved is not known."
    return f"{duration(risk)} of work since the last checkpoint are at risk until then."


def kill_dialog(state: RunState) -> Dialog:
    """The gentle ways are used up."""
    lines = [
        "The trainer obeyed neither the order nor SIGINT nor SIGTERM.",
        "SIGKILL ends it and all its processes at once. Nothing is saved.",
        "",
        _risk(state),
        "",
    ]
    return Dialog("STILL RUNNING", lines, [CANCEL, ("kill", "Kill…", "bold $error")], grave=True)


def _sure_dialog() -> Dialog:
    lines = ["Kill the trainer now? This cannot be undone.", ""]
    return Dialog("KILL", lines, [CANCEL, ("kill", "Yes, kill it", "bold $error")], grave=True)


def _stop(screen: Commanding, name: str | None) -> None:
    if name is not None:
        screen.order("stop", {"checkpoint": name == "save"})


def _kill(screen: Commanding, name: str | None) -> None:
    if name is None:
        return
    screen.app.push_screen(
        _sure_dialog(),
        lambda sure: screen.order("stop", {"kill": True}) if sure else None,
    )
