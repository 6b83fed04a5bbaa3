"""What is worth remembering of a run's life: events to lines of the timeline, and to rows of ours.

To add a mark: a function in NOTES that gives (mark, text) or None for an event kind. `own_row`
gives the text of a line of ours in the stream. Both look at the state as it was before the event.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from console.core import changes, delivery
from console.core import format as people
from console.core.alarm import AlertBegan, AlertEnded
from console.core.delivery import Notified
from console.core.likeness import freezing
from console.core.protocol import (
    OPEN_OUTCOMES,
    Answered,
    Bye,
    ConfigTouched,
    Evaluated,
    Event,
    Exited,
    Measured,
    Observed,
    Ordered,
    Outcome,
    Phase,
    Phased,
    Saved,
    Started,
    StopStage,
)
from console.core.state import TIMELINE_LENGTH, Entry, RunState
from console.core.status import signal_name

MARKS = ("start", "save", "failure", "eval", "epoch", "change", "config", "pause", "resume", "stop",
         "end", "alert", "over", "order")  # fmt: skip
"""Kinds of timeline entries; a widget has a sign and a colour for each."""

EPOCH_REST_SECONDS = 10.0
"""Epochs that pass faster than that must not fill the timeline."""

ORDER = "order"
"""The mark of an order that did what was wanted: the trainer's own word (saved, paused) tells of
that already, so it stands in the audit list only."""

_Note = tuple[str, str]
_REFUSED = (Outcome.FAILED, Outcome.REJECTED, Outcome.EXPIRED)


def note(state: RunState, event: Event) -> None:
    """Adds an entry for an event that deserves one. Call before the event is applied."""
    find = NOTES.get(type(event))
    found = find(state, event) if find else None
    if found is None:
        return
    line = state.timeline
    line.count += 1
    step = getattr(event, "step", None)
    entry = Entry(
        id=f"{type(event).__name__.lower()}-{line.count}",
        t=event.t,
        mark=found[0],
        text=found[1],
        step=state.position.step if step is None else step,
        row=state.output.rows,
        by=_by(state, event),
        cmd=getattr(event, "cmd", ""),
        outcome=str(getattr(event, "outcome", "")),
        changes=changes.changed_by(state, event) if isinstance(event, Answered) else {},
        about=event.id if isinstance(event, (AlertBegan, AlertEnded)) else "",
    )
    line.entries = (*line.entries[-(TIMELINE_LENGTH - 1) :], entry)
    state.changed.add("timeline")


def own_row(event: Event, state: RunState) -> str | None:
    """The text of a line of ours in the stream for an event, e.g. `PAUSED at step 8,450 by ana`."""
    find = ROWS.get(type(event))
    return find(state, event) if find else None


def _by(state: RunState, event: Any) -> str:
    if getattr(event, "by", ""):
        return str(event.by)
    order = state.control.open.get(getattr(event, "order", None) or getattr(event, "id", "") or "")
    return order.by if order else ""


def _at(step: int | None) -> str:
    return "" if step is None else f" at step {step:,}"


def _who(state: RunState, event: Any) -> str:
    by = _by(state, event)
    return f" by {by}" if by else ""


def _saved(_state: RunState, event: Saved) -> _Note:
    if not event.ok:
        return "failure", f"checkpoint failed: {event.reason or 'no reason given'}"
    size = "" if event.bytes is None else f" · {people.size(event.bytes)}"
    took = "" if event.seconds is None else f" · {people.duration(event.seconds)}"
    return "save", f"saved{_at(event.step)}{size}{took}"


def _evaluated(_state: RunState, event: Evaluated) -> _Note:
    accuracy, loss = event.values.get("accuracy"), event.values.get("loss")
    parts = [] if accuracy is None else [people.percent(100 * accuracy)]
    if loss is not None:
        parts.append(f"loss {people.loss(loss)}")
    return "eval", f"{event.split} {', '.join(parts) or 'done'}"


def _measured(state: RunState, event: Measured) -> _Note | None:
    """Every so many epochs a mark; not when it goes on in the middle, or back."""
    before, now, every = state.position.epoch, event.epoch, state.run.notices.epochs
    if before is None or now is None or not every or not math.isfinite(now - before):
        return None
    if now <= before or now // every == before // every or _had_epoch(state, event.t):
        return None
    total, loss = state.position.total_epochs, event.values.get("loss")
    of = "" if total is None else f" of {people.number(total)}"
    told = "" if loss is None else f" · loss {people.loss(loss)}"
    return "epoch", f"epoch {people.number(now // every * every)}{of}{told}"


def _had_epoch(state: RunState, t: float) -> bool:
    entries = reversed(state.timeline.entries)
    last = next((entry.t for entry in entries if entry.mark == "epoch"), None)
    return last is not None and 0.0 <= t - last < EPOCH_REST_SECONDS


def _touched(state: RunState, event: ConfigTouched) -> _Note | None:
    known, name = state.configuration, state.configuration.filename or "its file"
    if event.missing:
        return None if known.missing else ("config", f"configuration {name} is gone")
    if event.edited and (event.modified != known.modified or not known.edited):
        again = " again" if known.edited and not known.missing else ""
        return "config", f"configuration {name} edited{again}; this run keeps what it began with"
    if known.edited and not event.edited:
        return "config", f"configuration {name} says again what this run began with"
    return None


def _phased(state: RunState, event: Phased) -> _Note | None:
    if event.phase is Phase.ERROR and state.life.held_m is None:
        return "failure", f"a step failed and is held: {event.error or 'no reason given'}"
    if event.phase is Phase.TRAINING and state.life.held_m is not None:
        return "resume", f"recovered{_at(event.step)}"
    if event.phase is Phase.PAUSED and not state.life.in_pause:
        return "pause", f"paused{_at(event.step)}"
    if _resumes(state, event):
        return "resume", f"resumed{_at(event.step)}"
    return None


def _resumes(state: RunState, event: Phased) -> bool:
    return event.phase is Phase.TRAINING and state.life.in_pause


def _answered(state: RunState, event: Answered) -> _Note | None:
    if event.outcome in _REFUSED:
        return "failure", f"{event.cmd} {event.outcome}: {event.detail or 'no reason given'}"
    if changed := changes.changed_by(state, event):
        order = state.control.open.get(event.id)
        undone = "undone: " if order and order.args.get("undo") else ""
        new = {name: pair[1] for name, pair in changed.items()}
        return "change", undone + changes.told(
            new, {name: pair[0] for name, pair in changed.items()}
        )
    if event.cmd == "set" and event.outcome is Outcome.DONE:
        return "change", event.detail or "a value was set"
    return _order_end(state, event)


def _ordered(state: RunState, event: Ordered) -> _Note | None:
    if event.outcome in (*_REFUSED, Outcome.UNSEEN):
        return "failure", f"{event.cmd} {event.outcome}: {event.detail or 'no reason given'}"
    return _order_end(state, event)


def _order_end(state: RunState, event: Answered | Ordered) -> _Note | None:
    """An order that was open came to a good end."""
    if event.id not in state.control.open or event.outcome in OPEN_OUTCOMES:
        return None
    if event.outcome is Outcome.DUPLICATE:
        return None
    why = f": {event.detail}" if event.detail else ""
    return ORDER, f"{event.cmd} {event.outcome}{why}"


def _observed(state: RunState, event: Observed) -> _Note | None:
    if event.stopped and not state.life.frozen:
        return "pause", "frozen: all processes stopped by a signal"
    if state.life.frozen and event.alive and not event.stopped:
        return "resume", "goes on after being frozen"
    return None


def _exited(state: RunState, event: Exited) -> _Note:
    if state.run.is_monitored and not event.known and state.life.bye and not event.why:
        return ("failure" if state.life.error else "end"), f"ended: {state.life.bye}"
    if event.why:
        return "end", event.why
    if event.error:
        return "failure", event.error
    if event.signal:
        return "failure", f"killed by signal {signal_name(event.signal)}"
    if not event.known or event.code is None:
        return "end", "ended unwatched: exit code unknown"
    return ("end" if event.code == 0 else "failure"), f"ended with exit code {event.code}"


def _stop_stage(_state: RunState, event: StopStage) -> _Note:
    if not event.stage:
        return "failure", "the trainer did not stop and goes on"
    return "stop", f"stopping: {event.stage}"


def _bye(_state: RunState, event: Bye) -> _Note | None:
    return ("failure", f"exception: {event.error}") if event.error else None


def _alert(state: RunState, event: AlertBegan) -> _Note | None:
    if event.id in state.alerts.open:
        return None
    then = f"; ordered: {event.then}" if event.order else ""
    return "alert", f"{event.text}{then}"


def _alert_over(state: RunState, event: AlertEnded) -> _Note | None:
    return ("over", event.text) if event.id in state.alerts.open else None


NOTES: dict[type[Any], Callable[[RunState, Any], _Note | None]] = {
    Started: lambda _state, _event: ("start", "started"),
    Measured: _measured,
    Saved: _saved,
    Evaluated: _evaluated,
    ConfigTouched: _touched,
    Phased: _phased,
    Answered: _answered,
    Ordered: _ordered,
    StopStage: _stop_stage,
    Observed: _observed,
    Exited: _exited,
    Bye: _bye,
    AlertBegan: _alert,
    AlertEnded: _alert_over,
    Notified: delivery.note,
}


def _phase_row(state: RunState, event: Phased) -> str | None:
    if event.phase is Phase.ERROR and state.life.held_m is None:
        return f"HELD{_at(event.step)}: {event.error or 'no reason given'}"
    if event.phase is Phase.TRAINING and state.life.held_m is not None:
        return f"RECOVERED{_at(event.step)}{_who(state, event)}"
    if event.phase is Phase.PAUSED and not state.life.in_pause:
        return f"PAUSED{_at(event.step)}{_who(state, event)}"
    if _resumes(state, event):
        return f"RESUMED{_at(event.step)}{_who(state, event)}"
    return None


def _observed_row(state: RunState, event: Observed) -> str | None:
    if event.stopped and not state.life.frozen:
        return f"FROZEN: all processes are stopped by a signal; {freezing(state)}"
    if state.life.frozen and event.alive and not event.stopped:
        return "RESUMED: the processes go on"
    return None


def _stop_row(state: RunState, event: StopStage) -> str:
    if not event.stage:
        return "NOT STOPPED: the trainer goes on"
    return f"STOPPING ({event.stage}){_who(state, event)}"


def _exit_row(state: RunState, event: Exited) -> str | None:
    found = _exited(state, event)
    return f"{'STOPPED' if state.life.stop_ordered else 'ENDED'}: {found[1]}"


def _started_row(state: RunState, _event: Started) -> str | None:
    if not state.run.is_monitored:
        return None
    return "STARTED by somebody else: what it prints stays on its own terminal"


ROWS: dict[type[Any], Callable[[RunState, Any], str | None]] = {
    Started: _started_row,
    Phased: _phase_row,
    Observed: _observed_row,
    StopStage: _stop_row,
    Exited: _exit_row,
}
