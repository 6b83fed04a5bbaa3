"""Whether a command can be given in a state of the run, and if not, why.

The table is there before the first paint; what a rule asks is imported when it is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from console.commands.command import READY, Availability, Readiness
from console.core.words import Status

if TYPE_CHECKING:
    from console.core.state import RunState

FAILED = frozenset({Status.ERROR, Status.DEAD})
"""What nobody wished for, a held error included."""


def acts(order: str) -> Callable[[RunState], Availability]:
    """Whether the trainer can take this order now."""

    def when(state: RunState) -> Availability:
        if state.ended:
            return Availability(Readiness.DISABLED, f"the run is {state.status}")
        if order == "stop" and state.life.stop_stage == "ask":
            return READY
        waiting = [view for view in state.control.open.values() if view.cmd in TWINS[order]]
        if waiting:
            return Availability(Readiness.WAITING, f"{waiting[0].cmd} {waiting[0].outcome}")
        if order not in (*state.control.abilities, "recover"):
            return _unable(state, order)
        if state.status is Status.STOPPING and order != "stop":
            return Availability(Readiness.DISABLED, "the run is stopping")
        if state.life.held_m is not None and order in TWINS["pause"]:
            return Availability(Readiness.DISABLED, "a failed step is held: recover, or stop")
        return replace(READY, note=note) if (note := _how(state, order)) else READY

    return when


TWINS = {
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
        from console.core.likeness import freezing

        whose = f"{state.run.control} has no pause; " if state.run.control else ""
        return f"{whose}it is frozen (SIGSTOP): {freezing(state)}"
    if order in state.run.control_orders:
        return f"by its handle {state.run.control}: {state.run.control_notes.get(order, '')}"
    return ""


def _unable(state: RunState, order: str) -> Availability:
    """The trainer does not offer this order, or has not said yet what it offers."""
    from console.core.likeness import suggestion

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


def ran(state: RunState) -> Availability:
    """The run has ended."""
    return READY if state.ended else Availability(Readiness.DISABLED, "the run goes on")


def has_file(state: RunState) -> Availability:
    """The run was started with a configuration file."""
    if state.configuration.filename is not None:
        return READY
    return Availability(Readiness.IMPOSSIBLE, "this run has no configuration file")


def recoverable(state: RunState) -> Availability:
    """Something failed, and there is a way on."""
    if state.status not in FAILED:
        return Availability(Readiness.DISABLED, "nothing has failed")
    if not state.ended:
        return acts("recover")(state)
    nothing = Availability(Readiness.DISABLED, "nothing was saved to go on from")
    return nothing if state.checkpoints.last is None else READY


def mappable(state: RunState) -> Availability:
    """The run records what a heatmap is made of."""
    from console.core import heatmap

    if heatmap.has_family(heatmap.recorded(state)):
        return READY
    return Availability(Readiness.IMPOSSIBLE, heatmap.NEEDED)


def failed(state: RunState) -> Availability:
    """Something failed."""
    if state.status in FAILED:
        return READY
    return Availability(Readiness.DISABLED, f"the run is {state.status}")


def alarmed(state: RunState) -> Availability:
    """An alert is open that nobody has acknowledged."""
    if state.ended:
        return Availability(Readiness.DISABLED, f"the run is {state.status}")
    if state.alerts.unseen:
        return READY
    return Availability(Readiness.DISABLED, "no open alert waits for anybody")


def settable(state: RunState) -> Availability:
    """The trainer lets something be changed now."""
    found = acts("set")(state)
    if found.ok and not state.control.settable:
        return Availability(Readiness.IMPOSSIBLE, "this trainer lets nothing be changed")
    return found


def undoable(state: RunState) -> Availability:
    """A change of a value still stands."""
    from console.core import changes

    found = acts("set")(state)
    if found.ok and changes.undoable(state) is None:
        return Availability(Readiness.DISABLED, changes.why_nothing(state))
    return found
