"""Everything a person can order or do: one table for keys, buttons, palette, footer, help, verbs.

To add an order: a row in COMMANDS. `available` says whether it can be done now, and if not, why.
Two scopes: the run, everywhere, and the focused panel; no key is in both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from console.core import heatmap
from console.core.likeness import freezing, suggestion
from console.core.state import RunState, Status


class Scope(StrEnum):
    """Where a key works."""

    RUN = "run"
    STREAM = "stream"
    CHART = "chart"


class Readiness(StrEnum):
    """Three looks of a control that does not act now, and one that does."""

    READY = "ready"
    WAITING = "waiting"
    DISABLED = "disabled"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a command can be given now; `reason` in a short sentence when it cannot."""

    readiness: Readiness
    reason: str = ""
    note: str = ""
    """How it is done with this trainer, where that is not what `help` says."""

    @property
    def ok(self) -> bool:
        return self.readiness is Readiness.READY


READY = Availability(Readiness.READY)
FAILED = frozenset({Status.ERROR, Status.DEAD})
"""What nobody wished for, a held error included."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do.

    `keys` are Textual key names, the one the footer shows first; `typed` are letters that ask
    "press again" before they order the trainer. `order` is what is sent to the trainer; commands
    without one are done by the screen (`action_<id>`).
    """

    id: str
    label: str
    help: str
    keys: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    scope: Scope = Scope.RUN
    order: str | None = None
    button: bool = False
    footer: str = ""
    when: Callable[[RunState], Availability] = lambda _state: READY


def _acts(order: str) -> Callable[[RunState], Availability]:
    """Whether the trainer can take this order now."""

    def when(state: RunState) -> Availability:
        if state.ended:
            return Availability(Readiness.DISABLED, f"the run is {state.status}")
        if order == "stop" and state.life.stop_stage == "ask":
            return READY
        waiting = [view for view in state.control.open.values() if view.cmd in _TWINS[order]]
        if waiting:
            return Availability(Readiness.WAITING, f"{waiting[0].cmd} {waiting[0].outcome}")
        if order not in (*state.control.abilities, "recover"):
            return _unable(state, order)
        if state.status is Status.STOPPING and order != "stop":
            return Availability(Readiness.DISABLED, "the run is stopping")
        if state.life.held_m is not None and order in _TWINS["pause"]:
            return Availability(Readiness.DISABLED, "a failed step is held: recover, or stop")
        return replace(READY, note=note) if (note := _how(state, order)) else READY

    return when


_TWINS = {
    "pause": ("pause", "resume"),
    "resume": ("pause", "resume"),
    "checkpoint": ("checkpoint",),
    "validate": ("validate",),
    "stop": ("stop",),
    "set": ("set",),
    "recover": ("recover",),
}


def _how(state: RunState, order: str) -> str:
    """How an order is carried out without the hook."""
    if state.life.hook:
        return ""
    if order == "pause":
        whose = f"{state.run.control} has no pause; " if state.run.control else ""
        return f"{whose}it is frozen (SIGSTOP): {freezing(state)}"
    if order in state.run.control_orders:
        return f"by its handle {state.run.control}: {state.run.control_notes.get(order, '')}"
    return ""


def _unable(state: RunState, order: str) -> Availability:
    """The trainer does not offer this order, or has not said yet what it offers."""
    if state.life.hook:
        return Availability(Readiness.IMPOSSIBLE, f"this trainer does not offer {order}")
    if why := state.run.control_notes.get(order):
        return Availability(Readiness.IMPOSSIBLE, why)
    if like := suggestion(state, order):
        return Availability(Readiness.IMPOSSIBLE, f"{order} needs the hook; it {like}")
    if state.status is Status.STARTING:
        reason = "the trainer has not said yet what it obeys"
        return Availability(Readiness.DISABLED, reason)
    reason = f"{order} needs the hook in the trainer: console.sdk.Link"
    return Availability(Readiness.IMPOSSIBLE, reason)


def _ran(state: RunState) -> Availability:
    return READY if state.ended else Availability(Readiness.DISABLED, "the run goes on")


def _has_file(state: RunState) -> Availability:
    if state.configuration.filename is not None:
        return READY
    return Availability(Readiness.IMPOSSIBLE, "this run has no configuration file")


def _recoverable(state: RunState) -> Availability:
    if state.status not in FAILED:
        return Availability(Readiness.DISABLED, "nothing has failed")
    if not state.ended:
        return _acts("recover")(state)
    nothing = Availability(Readiness.DISABLED, "nothing was saved to go on from")
    return nothing if state.checkpoints.last is None else READY


def _mappable(state: RunState) -> Availability:
    if heatmap.has_family(heatmap.recorded(state)):
        return READY
    return Availability(Readiness.IMPOSSIBLE, heatmap.NEEDED)


def _failed(state: RunState) -> Availability:
    if state.status in FAILED:
        return READY
    return Availability(Readiness.DISABLED, f"the run is {state.status}")


def _settable(state: RunState) -> Availability:
    found = _acts("set")(state)
    if found.ok and not state.control.settable:
        return Availability(Readiness.IMPOSSIBLE, "this trainer lets nothing be changed")
    return found


COMMANDS: tuple[Command, ...] = (
    Command(
        "pause",
        "Pause",
        "Pause at the next batch boundary",
        keys=("f2",),
        typed=("p",),
        order="pause",
        button=True,
        footer="Pause",
        when=_acts("pause"),
    ),
    Command(
        "resume",
        "Resume",
        "Go on training",
        keys=("f2",),
        typed=("p",),
        order="resume",
        footer="Resume",
        when=_acts("resume"),
    ),
    Command(
        "stop",
        "Stop",
        "Stop after a final checkpoint (asks first)",
        keys=("f3", "S"),
        order="stop",
        button=True,
        footer="Stop",
        when=_acts("stop"),
    ),
    Command(
        "checkpoint",
        "Checkpoint",
        "Save a checkpoint at the next batch boundary",
        keys=("f5", "ctrl+s"),
        typed=("c",),
        order="checkpoint",
        button=True,
        footer="Save",
        when=_acts("checkpoint"),
    ),
    Command(
        "validate",
        "Validate",
        "Validate at the next batch boundary",
        keys=("f8",),
        typed=("v",),
        order="validate",
        button=True,
        footer="Validate",
        when=_acts("validate"),
    ),
    Command(
        "reload",
        "Reload config",
        "Compare the configuration file with what this run uses",
        keys=("f6", "r", "ctrl+shift+r"),
        button=True,
        when=_has_file,
    ),
    Command(
        "hyperparameters",
        "Hyperparams",
        "Change what the trainer lets you change",
        keys=("f7", "h", "ctrl+shift+h"),
        button=True,
        when=_settable,
    ),
    Command(
        "tensorboard",
        "TensorBoard",
        "Look at the curves in TensorBoard",
        keys=("f9", "t"),
        button=True,
    ),
    Command(
        "recover",
        "Recover",
        "Try a failed step again; after the end, go on in a new run",
        order="recover",
        when=_recoverable,
    ),
    Command("failure", "Failure", "What went wrong, and what can be done", ("E",), when=_failed),
    Command("heatmap", "Heatmap", "Layers or experts over time", ("H",), when=_mappable),
    Command("search", "Search", "Search the stream", keys=("slash", "ctrl+f"), footer="Search"),
    Command("search_next", "Next hit", "Go to the next hit", keys=("n",)),
    Command("search_previous", "Previous hit", "Go to the hit before", keys=("N",)),
    Command("panel_loss", "Loss", "Focus the loss chart", keys=("1",)),
    Command("panel_experts", "Experts", "Focus the expert chart", keys=("2",)),
    Command("panel_throughput", "Throughput", "Focus the throughput chart", keys=("3",)),
    Command("panel_memory", "Memory", "Focus the memory chart", keys=("4",)),
    Command("panel_controls", "Controls", "Focus or open the controls", keys=("5",)),
    Command("panel_progress", "Progress", "Focus or open the progress panel", keys=("6",)),
    Command("panel_config", "Configuration", "Focus or open the configuration", keys=("7",)),
    Command("panel_timeline", "Timeline", "Focus or open the timeline", keys=("8",)),
    Command("maximise", "Maximise", "Maximise the focused panel", keys=("z",), footer="Zoom"),
    Command("side", "Side column", "Hide or show the side column", keys=("backslash",)),
    Command("split", "Split", "Move the split between stream and charts", keys=("equals_sign",)),
    Command(
        "palette",
        "Commands",
        "Every command by name",
        keys=("ctrl+k", "ctrl+p", "colon"),
        footer="Commands",
    ),
    Command("overview", "Overview", "All runs", keys=("b", "alt+left")),
    Command("report", "Report", "The summary of an ended run", keys=("R",), when=_ran),
    Command("help", "Help", "What every key does", keys=("question_mark", "f1"), footer="Help"),
    Command("quit", "Quit", "Leave the screen; training goes on", keys=("q", "ctrl+q")),
    Command("export_log", "Export log", "Write the log to a file", keys=("x",)),
    Command("follow", "Follow", "Follow the newest line, or stay", keys=("f",), scope=Scope.STREAM),
    Command("line_up", "Up", "A line up", keys=("up",), scope=Scope.STREAM),
    Command("line_down", "Down", "A line down", keys=("down",), scope=Scope.STREAM),
    Command("five_up", "5 up", "Five lines up", keys=("K", "ctrl+up"), scope=Scope.STREAM),
    Command("five_down", "5 down", "Five lines down", keys=("J", "ctrl+down"), scope=Scope.STREAM),
    Command("page_up", "Page up", "A page up", keys=("pageup",), scope=Scope.STREAM),
    Command("page_down", "Page down", "A page down", keys=("pagedown",), scope=Scope.STREAM),
    Command("top", "Top", "The first line", keys=("home",), scope=Scope.STREAM),
    Command("end", "End", "The newest line, and follow", keys=("end",), scope=Scope.STREAM),
    Command("left", "Left", "Move long lines", keys=("left",), scope=Scope.STREAM),
    Command("right", "Right", "Move long lines", keys=("right",), scope=Scope.STREAM),
    Command("select", "Select", "Select lines with the arrows", ("space",), scope=Scope.STREAM),
    Command("copy", "Copy", "Copy what is selected", keys=("y", "ctrl+c"), scope=Scope.STREAM),
    Command("copy_all", "Copy all", "Copy the log", keys=("Y", "ctrl+a"), scope=Scope.STREAM),
    Command("leave", "Leave", "Drop selection or search", ("escape",), scope=Scope.STREAM),
    Command("wrap", "Wrap", "Wrap long lines, or cut them", keys=("w",), scope=Scope.STREAM),
    Command("clear", "Clear", "Hide what is above", keys=("ctrl+l",), scope=Scope.STREAM),
    Command("unclear", "Undo clear", "Show it again", keys=("u",), scope=Scope.STREAM),
)

BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}

VERBS: tuple[str, ...] = ("pause", "resume", "checkpoint", "validate", "stop", "recover")
"""Commands that are also verbs of the command line."""


def available(command_id: str, state: RunState) -> Availability:
    """Whether a command can be given in this state."""
    return BY_ID[command_id].when(state)


def toggle(state: RunState) -> Command:
    """Pause or resume: whichever F2 means now, on the trainer's word."""
    return BY_ID["resume" if state.status in (Status.PAUSED, Status.FROZEN) else "pause"]


def best_key(state: RunState) -> Command | None:
    """The one most useful command now, for the status bar."""
    if state.ended:
        return BY_ID["report"]
    if state.life.held_m is not None:
        return BY_ID["failure"]
    choice = toggle(state)
    return choice if available(choice.id, state).ok else None
