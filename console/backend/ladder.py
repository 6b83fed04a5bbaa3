"""The stop ladder: the order to the hook or to a handle, SIGINT, SIGTERM, then a person is asked.

Each rung is journalled before it is taken, so a new backend goes on from it. SIGKILL comes only
when a person ordered it. No rung is taken past a save in progress, unless the save is older than
its limit. A rung is a row of RUNGS.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from console.backend import signals
from console.backend.errands import Unanswered
from console.backend.recording import Recording, tell
from console.backend.targets import Unreachable
from console.core.protocol import Phase, StopStage
from console.core.status import stall_threshold
from console.keeper import clock

if TYPE_CHECKING:
    from console.backend.handling import Plan
    from console.backend.lifecycle import Lifecycle
    from console.core.handles import Handle

ORDER, INTERRUPT, TERMINATE, ASK, KILL = "order", "SIGINT", "SIGTERM", "ask", "SIGKILL"
HANDLE = "handle"
"""The trainer's own way to be stopped from outside, which may take as long as the order."""

LEFT = ""
"""The stage of a ladder that was left: the trainer refused, and goes on."""

RUNGS: dict[str, str] = {
    ORDER: INTERRUPT,
    HANDLE: INTERRUPT,
    INTERRUPT: TERMINATE,
    TERMINATE: ASK,
}
"""Rung → the next one when its time is over."""

SIGNALS = {INTERRUPT: signal.SIGINT, TERMINATE: signal.SIGTERM, KILL: signal.SIGKILL}
SAVE_SECONDS = 600.0
EXIT_SECONDS = 30.0
"""What is left to a trainer after its final save, whatever the deadline was."""

STALLED_SECONDS = 30.0
"""A trainer that makes no steps is not waited for longer than this to take the order."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds a rung may take."""

    order: float = 600.0
    interrupt: float = 30.0
    terminate: float = 30.0
    kill: bool = False

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> Patience:
        """From the arguments of a stop order: `timeout` for the trainer to obey, `grace` for
        each signal (and for the trainer, without a timeout), `kill` to end with SIGKILL."""
        grace, timeout = _seconds(args.get("grace")), _seconds(args.get("timeout"))
        patience = cls(kill=args.get("kill") is True)
        if grace is not None:
            patience = replace(patience, order=grace, interrupt=grace, terminate=grace)
        return patience if timeout is None else replace(patience, order=timeout)

    def seconds(self, stage: str) -> float | None:
        known = {
            ORDER: self.order,
            HANDLE: self.order,
            INTERRUPT: self.interrupt,
            TERMINATE: self.terminate,
        }
        return known.get(stage)


def _seconds(value: Any) -> float | None:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e6
    return float(value) if fits else None


class Ladder:
    """The way down of one run. `begin` on a stop order, `tick` twice a second or more."""

    def __init__(
        self, lifecycle: Lifecycle, recording: Recording, handle: Handle | None = None
    ) -> None:
        act = handle.acts.get("stop") if handle else None
        self._handle_signal = act.signal if act else None
        self._lifecycle = lifecycle
        self._recording = recording
        self._patience = Patience()
        self._by = ""
        self._not_before = 0.0
        self._others_at: float | None = None
        self._kill_now = False

    @property
    def stage(self) -> str | None:
        return self._recording.state.life.stop_stage or None

    def begin(
        self, args: Mapping[str, Any], by: str, *, hook: bool, plan: Plan | None = None
    ) -> None:
        """A person wants it to stop; `hook` when the trainer itself obeys that order, `plan` what
        its handle does.

        On a ladder under way only its patience changes; a kill comes at once when the signals had
        their turn.
        """
        self._patience = Patience.of(args)
        self._by = by
        signalled = self.stage in (TERMINATE, ASK)
        self._kill_now = self._patience.kill and signalled
        if self.stage is None or (self.stage == ASK and not self._kill_now):
            self._begin(hook, plan)

    def _begin(self, hook: bool, plan: Plan | None) -> None:
        if hook or plan is None:
            self._enter(ORDER if hook else INTERRUPT)
            return
        self._enter(HANDLE)
        try:
            plan.carry_out()
        except Unanswered:
            pass  # it may still be touched: its time runs
        except Unreachable:
            self._enter(INTERRUPT)

    def go_on(self, args: Mapping[str, Any], by: str) -> None:
        """After a restart of the backend: the stage is recorded, the patience is in the order."""
        self._patience = Patience.of(args)
        self._by = by

    def leave(self) -> None:
        """The trainer refused to stop, or could not save before it, and goes on."""
        if self.stage == ORDER:
            self._enter(LEFT)

    def tick(self) -> None:
        """Takes the next rung when it is time."""
        life, now = self._recording.state.life, clock.since_boot()
        if self.stage == KILL:
            self._kill()
        elif self.stage is None or life.ended is not None or not self._lifecycle.alive:
            return
        elif self._saving(now):
            self._not_before = now + min(EXIT_SECONDS, self._patience.terminate)
        elif self._kill_now or (self.stage == ASK and self._patience.kill):
            self._enter(KILL)
        elif self.stage != ASK and now >= max(self._deadline(now), self._not_before):
            self._climb()
        elif self._others_at is not None and now >= self._others_at:
            self._others_at = None
            self._signal_others()

    def _climb(self) -> None:
        following = RUNGS[self.stage or ORDER]
        if self.stage == HANDLE and self._handle_signal == "INT":
            following = TERMINATE  # twice SIGINT breaks off what the first one began to save
        self._enter(KILL if following == ASK and self._patience.kill else following)

    def _enter(self, stage: str) -> None:
        """Journals the rung, then takes it."""
        seconds = self._patience.seconds(stage)
        now = clock.since_boot()
        deadline = None if seconds is None else now + seconds
        tell(self._recording, StopStage, stage=stage, deadline=deadline, by=self._by)
        self._recording.commit()
        self._others_at = None
        if stage in (LEFT, ASK):
            return
        members = self._lifecycle.members()
        if stage in SIGNALS:
            inside, others = signals.group_first(members, self._lifecycle.trainer)
            signals.send(inside, SIGNALS[stage])
            self._others_at = now + (seconds or 0.0) / 2 if others else None
        signals.let_go_on(members)

    def _signal_others(self) -> None:
        """Workers in groups of their own that the trainer did not end by itself."""
        number = SIGNALS.get(self.stage or "")
        members = self._lifecycle.members()
        if number is not None:
            signals.send(signals.group_first(members, self._lifecycle.trainer)[1], number)

    def _kill(self) -> None:
        """Again and again: a process may fork while it is being killed."""
        members = self._lifecycle.members()
        inside, others = signals.group_first(members, self._lifecycle.trainer)
        signals.send([*inside, *others], signal.SIGKILL)

    def _saving(self, now: float) -> bool:
        life = self._recording.state.life
        since = life.phase_since_m
        return life.phase is Phase.SAVING and since is not None and now - since < SAVE_SECONDS

    def _deadline(self, now: float) -> float:
        """When the rung is over; sooner for an order the trainer cannot hear."""
        state = self._recording.state
        life = state.life
        deadline = life.stop_deadline if life.stop_deadline is not None else now
        received = any(
            view.cmd == "stop" and view.outcome == "received"
            for view in (*state.control.open.values(), state.control.last)
            if view
        )
        silent = life.step_seen_m is not None and now - life.step_seen_m > stall_threshold(state)
        if self.stage != ORDER or received or not silent:
            return deadline
        return min(deadline, deadline - self._patience.order + STALLED_SECONDS)
