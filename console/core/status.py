"""How a run is, in one word and one sentence: one function, one table, the same everywhere.

`judge` looks at the facts in the state and at the time, and changes nothing. The first rule of
RULES that applies decides. To change what a word means, change its rule.
"""

from __future__ import annotations

import signal as signals
from collections.abc import Callable

from console.core.protocol import Outcome, Phase
from console.core.state import RunState, Status

STALL_SECONDS = 30.0
STALL_STEPS = 8
"""A run is stalled after max(STALL_SECONDS, STALL_STEPS × its median step time) without a step."""

HOOKLESS_START_SECONDS = 30.0
"""A program without the hook that shows no step is *training* after this time if it works."""

_Rule = Callable[[RunState, float], "str | None"]


def judge(state: RunState, now_m: float) -> tuple[Status, str]:
    """The status and its cause at `now_m`, in seconds since boot."""
    for status, rule in RULES:
        cause = rule(state, now_m)
        if cause is not None:
            return status, cause
    return Status.TRAINING, _working(state)


def stall_threshold(state: RunState) -> float:
    """Seconds without a step after which a run counts as stalled."""
    return max(STALL_SECONDS, STALL_STEPS * (state.timing.step_seconds or 0.0))


def signal_name(number: int) -> str:
    """`9 (SIGKILL)`; the bare number when the system has no name for it."""
    try:
        return f"{number} ({signals.Signals(number).name})"
    except ValueError:
        return str(number)


def _gone(state: RunState) -> bool:
    return state.life.ended is not None


def _by_word(state: RunState) -> str | None:
    """The last word of a trainer whose end nobody could see; None when it left none."""
    life = state.life
    unseen = _gone(state) and not life.exit_known and not life.why and not life.exit_signal
    return life.bye if unseen and state.run.is_monitored else None


def _stopped(state: RunState, _now: float) -> str | None:
    if not (_gone(state) and state.life.stop_ordered):
        return None
    return f"stopped on order{_at(state)}"


def _vanished(state: RunState, _now: float) -> str | None:
    life = state.life
    if not _gone(state) or _by_word(state):
        return None
    if life.why:
        return life.why
    if life.exit_signal:
        killer = "; the kernel ran out of memory" if life.oom_kill else ""
        return f"killed by signal {signal_name(life.exit_signal)}{killer}"
    if not life.exit_known or life.exit_code is None:
        if state.run.is_monitored:
            return "it vanished without a last word; nobody of ours started it, or saw its end"
        word = f", its last word was {life.bye}" if life.bye else ""
        return f"ended unwatched: exit code unknown{word}"
    return None


def _finished(state: RunState, _now: float) -> str | None:
    if (word := _by_word(state)) and word != "exception":
        return f"{word} by its own word{_at(state)}; its exit code is not known"
    if not (_gone(state) and state.life.exit_code == 0):
        return None
    by_itself = ", stopped by itself or from outside" if state.life.bye == "stopped" else ""
    return f"finished with exit code 0{_at(state)}{by_itself}"


def _failed(state: RunState, _now: float) -> str | None:
    life = state.life
    if not _gone(state):
        return None
    if _by_word(state):
        return f"ended by its own word with an exception: {life.error or 'it did not say which'}"
    if life.exit_error:
        return life.exit_error
    code = life.exit_code or 0
    shell = f" (a child was killed by signal {signal_name(code - 128)})" if 128 < code < 160 else ""
    return f"ended with exit code {code}{shell}{': ' + life.error if life.error else ''}"


def _frozen(state: RunState, _now: float) -> str | None:
    if not state.life.frozen:
        return None
    return "all its processes are stopped by a signal; resume lets them go on"


def _stopping(state: RunState, now: float) -> str | None:
    life = state.life
    if life.stop_stage is None and life.phase is not Phase.STOPPING:
        return None
    if life.stop_stage == "ask":
        return "it did not stop, and waits for a person to decide: only SIGKILL is left"
    left = ""
    if life.stop_deadline is not None and life.stop_deadline > now:
        left = f", {life.stop_deadline - now:.0f} s left for it"
    return f"stopping: {life.stop_stage or 'order taken'}{left}"


def _held(state: RunState, _now: float) -> str | None:
    life = state.life
    if life.phase is not Phase.ERROR:
        return None
    step = "" if state.position.step is None else f" after step {state.position.step:,}"
    orders = state.control.open.values()
    recovers = any(one.cmd == "recover" and one.outcome is Outcome.RECEIVED for one in orders)
    how = "is being recovered" if recovers else "is held"
    return f"a step failed{step} and {how}: {life.error or 'no reason given'}"


_PHASE_CAUSES = {
    Phase.PAUSED: (Status.PAUSED, "paused"),
    Phase.SAVING: (Status.SAVING, "saving a checkpoint"),
    Phase.VALIDATING: (Status.VALIDATING, "validating"),
    Phase.TESTING: (Status.VALIDATING, "testing"),
}


def _in_phase(status: Status) -> _Rule:
    def rule(state: RunState, _now: float) -> str | None:
        found = _PHASE_CAUSES.get(state.life.phase) if state.life.phase else None
        if found is None or found[0] is not status:
            return None
        return f"{found[1]}{_at(state)}"

    return rule


def _starting(state: RunState, now: float) -> str | None:
    life = state.life
    if state.position.step is not None or life.started_m is None:
        return None if life.started_m is not None else "starting"
    limit = state.run.start_limit_seconds
    if not life.hook and _signs(state, now):
        limit = min(limit, HOOKLESS_START_SECONDS)
    age = now - life.started_m
    return "started, no step yet" if age <= limit else None


def _stalled(state: RunState, now: float) -> str | None:
    life = state.life
    limit = stall_threshold(state)
    if (not life.hook and _signs(state, now)) or _all_steps_made(state):
        return None
    if state.position.step is None:
        return f"no step within {state.run.start_limit_seconds:.0f} s of the start"
    since = max(life.step_seen_m or 0.0, life.phase_since_m or 0.0)
    if now - since <= limit:
        return None
    return f"no step for {now - since:.0f} s, {limit:.0f} s are usual at most"


def _signs(state: RunState, now: float) -> bool:
    """Whether it printed or computed lately."""
    sign = state.life.sign_m
    return sign is not None and now - sign <= stall_threshold(state)


def _working(state: RunState) -> str:
    if state.position.step is None:
        return "running; no step was recognised in its output"
    if _all_steps_made(state):
        return f"all steps are made{_at(state)}; the program goes on"
    return f"training{_at(state)}"


def _all_steps_made(state: RunState) -> bool:
    """What a program does after its training has no steps to be late with."""
    step, total = state.position.step, state.position.total_steps
    return state.life.hook and step is not None and total is not None and step >= total


def _at(state: RunState) -> str:
    return "" if state.position.step is None else f" at step {state.position.step:,}"


RULES: tuple[tuple[Status, _Rule], ...] = (
    (Status.STOPPED, _stopped),
    (Status.DEAD, _vanished),
    (Status.FINISHED, _finished),
    (Status.ERROR, _failed),
    (Status.FROZEN, _frozen),
    (Status.STOPPING, _stopping),
    (Status.ERROR, _held),
    (Status.PAUSED, _in_phase(Status.PAUSED)),
    (Status.SAVING, _in_phase(Status.SAVING)),
    (Status.VALIDATING, _in_phase(Status.VALIDATING)),
    (Status.STARTING, _starting),
    (Status.STALLED, _stalled),
)
