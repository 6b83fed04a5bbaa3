"""Events change the state: `reduce` is the only writer.

One handler an event kind, in HANDLERS; a handler marks the groups it changed. After each event the
status is judged anew. What of a measurement counts when hook, files and output tell says
`acceptance`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from console.core import alarm, changes, delivery, pace, summary
from console.core.alarm import AlertBegan, AlertEnded, AlertSeen
from console.core.delivery import Notified
from console.core.order import newer_values
from console.core.protocol import (
    OPEN_OUTCOMES,
    Alive,
    Answered,
    Bye,
    ConfigTouched,
    Evaluated,
    Event,
    Exited,
    Facts,
    Hello,
    Measured,
    Observed,
    Ordered,
    Outcome,
    Phase,
    Phased,
    Printed,
    Recognised,
    Sampled,
    Saved,
    Source,
    Started,
    StopStage,
    Ticked,
)
from console.core.state import Checkpoint, OrderView, RunState, Value
from console.core.status import judge
from console.core.telemetry import complete
from console.core.timeline import note

SIGN_CPU_PERCENT = 5.0
"""A trainer that uses more of a core than this is computing."""

BY_SIGNAL = ("pause", "resume", "stop")
"""What can be ordered of any program, by signals."""


def reduce(state: RunState, event: Event) -> None:
    """Applies one event."""
    note(state, event)
    HANDLERS[type(event)](state, event)
    _judge(state, event.t, event.m)


def _judge(state: RunState, t: float, m: float) -> None:
    status, cause = judge(state, m)
    life = state.life
    if status is not life.status:
        life.since, life.since_m = t, m
        if status in ("stalled", "frozen"):
            pace.interrupted(state)
        state.changed.add("life")
    if cause != life.cause:
        state.changed.add("life")
    life.status, life.cause = status, cause


def _sign(state: RunState, m: float) -> None:
    state.life.sign_m = max(m, state.life.sign_m or m)


# --- the trainer's word -----------------------------------------------------------------------


def _hello(state: RunState, event: Hello) -> None:
    state.life.hook, state.life.bye, state.life.error = True, None, None
    state.life.held_m = None
    state.position.generation = event.gen
    extra = tuple(order for order in _from_outside(state) if order not in event.orders)
    state.control.abilities = event.orders + extra
    state.control.settable = {name: dict(spec) for name, spec in event.settable.items()}
    state.control.changes = changes.voided(state.control.changes)
    _sign(state, event.m)
    state.changed |= {"life", "position", "control"}


def _from_outside(state: RunState) -> tuple[str, ...]:
    """What can be ordered without the hook: by signals, and through the handle there is."""
    return tuple(dict.fromkeys((*BY_SIGNAL, *state.run.control_orders)))


_TOTALS = {
    "total_steps": int,
    "total_epochs": int,
    "batches_per_epoch": int,
    "total_samples": int,
    "samples_per_step": float,
}


def _facts(state: RunState, event: Facts) -> None:
    for name, value in event.values.items():
        state.configuration.facts[name] = value
        state.configuration.fact_sources[name] = event.source
        if name in _TOTALS and isinstance(value, (int, float)):
            setattr(state.position, name, _TOTALS[name](value))
    checkpoints, facts = state.checkpoints, state.configuration.facts
    checkpoints.interval_steps = facts.get("checkpoint_interval_steps")
    checkpoints.interval_seconds = facts.get("checkpoint_interval_seconds")
    state.changed |= {"configuration", "position", "checkpoints"}


def _measured(state: RunState, event: Measured) -> None:
    _sign(state, event.m)
    if event.source is Source.FILE and _is_late(state, event):
        event = replace(event, step=None, epoch=None, batch=None)
    duration = None
    if event.step is not None:
        duration = pace.step_seen(state, event.step, event.m)
        state.life.step_seen_m, state.life.step_seen = event.m, event.t
        state.changed |= {"life", "timing"}
    summary.position(state, event)
    _values(state, event)
    summary.loss(state, event)
    summary.throughput(state, event, duration)
    summary.experts(state, event)


def _is_late(state: RunState, event: Measured) -> bool:
    """Whether the output has told of a later step than a file does now."""
    step = state.position.step
    return step is not None and event.step is not None and event.step < step


def _values(state: RunState, event: Measured) -> None:
    for name, value in event.values.items():
        state.metrics[name] = Value(value, state.position.step, event.t, event.source)
    if event.values:
        state.changed.add("metrics")


def _phased(state: RunState, event: Phased) -> None:
    life, timing = state.life, state.timing
    before, since = life.phase, life.phase_since_m
    _sign(state, event.m)
    if before is event.phase:
        return
    if since is not None and event.m > since:
        if before in pace.RESTING:
            timing.paused += event.m - since
        elif before in (Phase.SAVING, Phase.VALIDATING, Phase.TESTING):
            timing.busy += event.m - since
            timing.overhead = timing.busy / max(timing.elapsed - timing.busy, timing.busy)
    life.phase, life.phase_since_m = event.phase, event.m
    if event.phase is Phase.PAUSED:
        life.in_pause = True
    elif event.phase in (Phase.TRAINING, Phase.STOPPING):
        life.in_pause = False
    _hold(state, event)
    pace.interrupted(state)
    state.changed |= {"life", "timing"}


def _hold(state: RunState, event: Phased) -> None:
    """A step failed and is held, or it goes on after that."""
    life = state.life
    if event.phase is Phase.ERROR:
        life.held_m = event.m if life.held_m is None else life.held_m
        life.error = event.error or life.error
    elif event.phase is Phase.TRAINING and life.held_m is not None:
        life.held_m = life.error = None
    elif event.phase is Phase.STOPPING:
        life.held_m = None


def _saved(state: RunState, event: Saved) -> None:
    saves = state.checkpoints
    _sign(state, event.m)
    state.changed.add("checkpoints")
    if not event.ok:
        saves.failed += 1
        saves.last_failure = event.reason or "the save failed"
        return
    checkpoint = Checkpoint(event.path, event.step, event.t, event.bytes, event.seconds, event.best)
    saves.count += 1
    saves.last, saves.last_m, saves.last_failure = checkpoint, event.m, None
    pace.update(state, event.t, event.m)
    saves.last_elapsed = state.timing.elapsed
    state.changed.add("timing")
    if event.best:
        saves.best = checkpoint


def _evaluated(state: RunState, event: Evaluated) -> None:
    results = state.evaluation
    _sign(state, event.m)
    state.changed |= {"evaluation", "metrics"}
    for name, value in event.values.items():
        state.metrics[f"{event.split}/{name}"] = Value(value, event.step, event.t, event.source)
    loss, accuracy = event.values.get("loss"), event.values.get("accuracy")
    if event.split == "test":
        results.test_loss, results.test_accuracy = loss, accuracy
        return
    results.validation_loss, results.validation_accuracy = loss, accuracy
    results.validation_step, results.validation_t = event.step, event.t
    if accuracy is not None and accuracy > (results.best_accuracy or -math.inf):
        results.best_accuracy = accuracy
        results.best_accuracy_epoch = event.epoch or state.position.epoch
    if loss is not None and loss < (math.inf if results.best_loss is None else results.best_loss):
        results.best_loss = loss


def _answered(state: RunState, event: Answered) -> None:
    _sign(state, event.m)
    view = state.control.open.get(event.id)
    if view is None:
        last = state.control.last
        if event.outcome is Outcome.DUPLICATE or (last is not None and last.id == event.id):
            return
        view = OrderView(event.id, event.cmd, at=event.t)
    view.step = event.step if event.step is not None else view.step
    view.values = newer_values(view.values, event.values)
    view.old = dict(event.old)
    _advance(state, view, event.outcome, event.t, event.detail)
    if event.cmd == "stop" and event.outcome in (Outcome.RECEIVED, Outcome.DONE):
        state.life.stop_ordered = True
        state.life.stop_stage = state.life.stop_stage or "order"
        state.changed.add("life")


def _alive(state: RunState, event: Alive) -> None:
    _sign(state, event.m)


def _bye(state: RunState, event: Bye) -> None:
    state.life.bye, state.life.error = event.reason, event.error
    state.changed.add("life")


# --- what the backend sees --------------------------------------------------------------------


def _started(state: RunState, event: Started) -> None:
    state.life.started, state.life.started_m = event.t, event.m
    if not state.control.abilities:
        state.control.abilities = _from_outside(state)
    state.changed |= {"life", "control"}


def _ordered(state: RunState, event: Ordered) -> None:
    view = state.control.open.get(event.id)
    if view is None:
        view = OrderView(event.id, event.cmd, event.by, dict(event.args), at=event.t)
    if view.outcome in OPEN_OUTCOMES:
        view.step = view.step if event.step is None else event.step
        view.values = newer_values(view.values, event.values)
    _advance(state, view, event.outcome, event.t, event.detail)


def _advance(
    state: RunState, view: OrderView, outcome: Outcome, t: float, detail: str | None
) -> None:
    if view.outcome not in OPEN_OUTCOMES:
        return
    view.outcome = outcome
    view.detail = detail or view.detail
    if outcome in OPEN_OUTCOMES:
        state.control.open[view.id] = view
    else:
        view.answered = t
        state.control.open.pop(view.id, None)
        if view.cmd in changes.CMDS:
            _set(state, view)
    state.control.last = view
    state.changed.add("control")


def _set(state: RunState, view: OrderView) -> None:
    state.control.changes = changes.noted(state.control.changes, view)
    if view.outcome is Outcome.DONE:
        done = state.control.changes[-1:]
        for name, value in (done[0].new if done and done[0].id == view.id else {}).items():
            if name in state.control.settable:
                state.control.settable[name]["value"] = value


def _stopping(state: RunState, event: StopStage) -> None:
    life = state.life
    life.stop_ordered = bool(event.stage)
    life.stop_stage, life.stop_deadline = event.stage or None, event.deadline
    state.changed.add("life")


def _sampled(state: RunState, event: Sampled) -> None:
    gpus = complete(event.gpus, state.system.gpus)
    for name in state.system.__slots__:
        setattr(state.system, name, getattr(event, name))
    state.system.gpus = gpus
    if (event.trainer_cpu or 0.0) > SIGN_CPU_PERCENT:
        _sign(state, event.m)
    alarm.gpus_seen(state, event)
    state.changed.add("system")


def _printed(state: RunState, event: Printed) -> None:
    output = state.output
    if event.bytes > output.bytes:
        _sign(state, event.m)
    for name in output.__slots__:
        setattr(output, name, getattr(event, name))
    state.changed.add("output")


def _observed(state: RunState, event: Observed) -> None:
    state.life.alive, state.life.frozen = event.alive, event.stopped
    state.changed.add("life")
    if event.stopped:
        pace.interrupted(state)
        state.changed.add("timing")


def _exited(state: RunState, event: Exited) -> None:
    life = state.life
    life.ended, life.ended_m, life.alive, life.frozen = event.t, event.m, False, False
    life.held_m = None
    life.exit_code, life.exit_signal, life.exit_known = event.code, event.signal, event.known
    life.exit_error, life.oom_kill = event.error, event.oom_kill
    life.leftovers, life.why = event.leftovers, event.why
    for view in list(state.control.open.values()):
        done = view.cmd == "stop" and life.stop_ordered
        outcome = Outcome.DONE if done else Outcome.FAILED
        _advance(state, view, outcome, event.t, view.detail if done else "the trainer ended first")
    pace.update(state, event.t, event.m)
    state.changed |= {"life", "timing", "throughput"}


def _touched(state: RunState, event: ConfigTouched) -> None:
    view = state.configuration
    view.modified, view.edited, view.missing = event.modified, event.edited, event.missing
    state.changed.add("configuration")


def _recognised(state: RunState, event: Recognised) -> None:
    state.configuration.format = dict(event.summary)
    state.changed.add("configuration")


def _ticked(state: RunState, event: Ticked) -> None:
    if state.life.ended is None:
        pace.ticked(state, event.t, event.m)
        state.changed.add("timing")


HANDLERS: dict[type[Any], Callable[[RunState, Any], None]] = {
    Hello: _hello,
    Facts: _facts,
    Measured: _measured,
    Phased: _phased,
    Saved: _saved,
    Evaluated: _evaluated,
    Answered: _answered,
    Alive: _alive,
    Bye: _bye,
    Started: _started,
    Ordered: _ordered,
    StopStage: _stopping,
    Sampled: _sampled,
    Printed: _printed,
    Observed: _observed,
    Exited: _exited,
    ConfigTouched: _touched,
    Recognised: _recognised,
    Ticked: _ticked,
    AlertBegan: alarm.began,
    AlertEnded: alarm.ended,
    AlertSeen: alarm.seen,
    Notified: delivery.notified,
}
