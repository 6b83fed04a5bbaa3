"""Orders through a handle the trainer already has: sent once, then looked for in what it does.

Nobody answers here. So an order ends *done* only when the output or the file system shows it, and
*unseen* when they show nothing in time. The way of an order is noted in its values, so that a new
backend goes on looking and never sends it again: the intent is committed before it is sent.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.backend import targets, trigger
from console.backend.errands import Errands, Unanswered
from console.backend.recording import Recording, tell
from console.backend.signs import Signs
from console.backend.targets import Unreachable
from console.core.order import EXPIRES, SENT
from console.core.protocol import Ordered, Outcome
from console.keeper import identity, processes
from console.keeper.clock import since_boot, wall

if TYPE_CHECKING:
    from console.backend.lifecycle import Lifecycle
    from console.core.handles import Act, Handle
    from console.core.state import OrderView
    from console.keeper.identity import Identity

UNKNOWN_PACE_SECONDS = 600.0
"""For a trainer that looks every so many steps, whose steps nobody sees."""

_STEP = re.compile(r"checkpoint-(\d+)")


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done: `verb` and `what` say it when it is done, `carry_out` does it, or raises
    Unreachable."""

    verb: str
    what: str
    carry_out: Callable[[], None]

    @property
    def text(self) -> str:
        return f"{self.verb} {self.what}"


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of an order. `done` is False when it was only taken."""

    done: bool
    detail: str
    step: int | None = None
    values: dict[str, Any] | None = None


class Handling:
    """The handle of one run. `carry` an open order again and again until it has its end."""

    def __init__(self, lifecycle: Lifecycle, recording: Recording, handle: Handle | None) -> None:
        self.handle = handle
        self._lifecycle, self._recording = lifecycle, recording
        self._plans: dict[str, Plan] = {}
        self._signs = Signs(lifecycle.run_dir, recording)
        self._errands = Errands()
        self._folder: Path | None = None

    def offers(self, cmd: str) -> bool:
        return self.handle is not None and cmd in self.handle.acts

    def carry(self, view: OrderView) -> None:
        """Sends it, or looks whether it was obeyed."""
        planned = view.id in self._plans
        if SENT in view.values and not planned:
            self._look(view)
        elif is_late(view):
            self._plans.pop(view.id, None)
            self._end(view, Outcome.EXPIRED, "it could not be sent in time")
        elif planned:
            self._send(view)
        else:
            self._intend(view)

    def stop_plan(self, view: OrderView) -> Plan | None:
        """How the handle stops it, None when the ordinary signals must do."""
        if not self.offers("stop") or view.args.get("checkpoint") is False:
            return None
        try:
            plan = self.plan(view)
        except (Unreachable, OSError) as error:
            detail = f"its handle cannot be used: {error}; SIGINT and SIGTERM instead"
            self._tell(view, Outcome.QUEUED, detail)
            return None
        self._tell(view, Outcome.QUEUED, plan.what)
        return plan

    def plan(self, view: OrderView) -> Plan:
        """What is to be done now. Raises Unreachable, and OSError of the files it looks into."""
        act = self._act(view.cmd)
        members = self._lifecycle.members()
        if act.touch is not None:
            path = Path(self._path(act.touch, members))
            return Plan("touched", str(path), lambda: self._errands.touch(view.id, path))
        found = targets.find(members, self._lifecycle.trainer, act)
        number = signal.Signals[f"SIG{act.signal}"]
        return Plan("sent", found.text, lambda: _send(found.members, number))

    # sending

    def _intend(self, view: OrderView) -> None:
        try:
            plan = self.plan(view)
        except Unanswered:
            return  # until it expires
        except (Unreachable, OSError) as error:
            self._end(view, Outcome.REJECTED, str(error))
            return
        now = since_boot()
        since = {SENT: wall(), "sent_m": now, "m": now, **self._signs.notes()}
        notes = {**view.values, **since}
        if self._folder is not None:
            notes["folder"] = str(self._folder)
        self._plans[view.id] = plan
        maybe = f"{plan.text}, if the console was not killed just before"
        self._tell(view, Outcome.QUEUED, maybe, values=notes)
        self._send(view)

    def _send(self, view: OrderView) -> None:
        if not self._recording.commit():
            return
        plan = self._plans.pop(view.id)
        text = plan.text
        try:
            plan.carry_out()
        except Unanswered:
            text = f"{plan.text} as soon as its file system answers"
        except (Unreachable, OSError) as error:
            self._end(view, Outcome.FAILED, str(error))
            return
        self._tell(view, Outcome.QUEUED, text, values=view.values)

    # looking

    def _look(self, view: OrderView) -> None:
        if folder := view.values.get("folder"):  # what names it may be gone by now
            self._folder = Path(folder)
        act = self._act(view.cmd)
        try:
            touched = self._errands.touched(view.id)
        except (Unreachable, OSError) as error:
            self._end(view, Outcome.FAILED, str(error))
            return
        try:
            self._judge(view, act, touched)
        except (Unreachable, OSError) as error:
            self._end(view, Outcome.UNSEEN, f"{view.detail}; nobody can look: {error}")

    def _judge(self, view: OrderView, act: Act, touched: bool) -> None:
        """Raises Unreachable and OSError when there is no way to look."""
        sight = self._sight(view, act) if touched else None
        if sight is not None and sight.done:
            self._end(view, Outcome.DONE, sight.detail, step=sight.step, values=sight.values or {})
        elif sight is not None and view.outcome is Outcome.QUEUED:
            notes = {**view.values, "m": since_boot()}
            self._tell(view, Outcome.RECEIVED, f"{view.detail}; {sight.detail}", values=notes)
        elif (silent := since_boot() - float(view.values.get("m", 0.0))) > self._patience(act):
            self._end(view, Outcome.UNSEEN, f"{view.detail}; {self._nothing(view, act, silent)}")

    def _sight(self, view: OrderView, act: Act) -> Sight | None:
        waits = self._waits(view, act)
        done, taken = self._signs.look(view, act)
        if done:
            return Sight(True, f"seen in its output: {done}")
        if not act.seen and waits is False and (found := self._by_result(view, act)):
            return found
        if taken:
            return Sight(False, f"seen in its output: {taken}")
        if act.touch is None or waits is not False:
            return None
        only_sign = not (act.seen or act.appears)
        return Sight(only_sign, "it took its trigger file")

    def _by_result(self, view: OrderView, act: Act) -> Sight | None:
        """A checkpoint, new files or an evaluation since then."""
        if act.appears is not None:
            pattern = self._path(act.appears, pattern=True)
            path = self._errands.newest(view.id, pattern, view.values[SENT])
            if path is not None:
                match = _STEP.search(str(path))
                return Sight(True, f"seen: {path.parent}", int(match[1]) if match else None)
        find = _RESULTS.get(view.cmd)
        return find(self, view) if find else None

    def _waits(self, view: OrderView, act: Act) -> bool | None:
        """Whether its trigger file was not taken yet, None when the file system does not say."""
        if act.touch is None:
            return False
        return self._errands.waits(view.id, Path(self._path(act.touch)))

    def _saved(self, view: OrderView) -> Sight | None:
        saves = self._recording.state.checkpoints
        if saves.last is None or saves.last_m is None or saves.last_m <= view.values["sent_m"]:
            return None
        return Sight(True, f"seen in its output: checkpoint {saves.last.path}", saves.last.step)

    def _evaluated(self, view: OrderView) -> Sight | None:
        found = self._recording.state.evaluation
        if found.validation_t is None or found.validation_t <= view.values[SENT]:
            return None
        values = {"loss": found.validation_loss, "accuracy": found.validation_accuracy}
        known = {name: value for name, value in values.items() if value is not None}
        return Sight(True, "seen in its output", found.validation_step, known)

    # help

    def _act(self, cmd: str) -> Act:
        assert self.handle is not None
        return self.handle.acts[cmd]

    def _path(
        self, path: str, members: Sequence[Identity] | None = None, *, pattern: bool = False
    ) -> str:
        cwd = Path(self._recording.state.run.cwd or "/")
        folder = None
        if trigger.OUTPUT_DIR in path:
            folder = self._folder = self._folder or self._output_dir(cwd, members)
        return trigger.filled(path, cwd, folder, pattern=pattern)

    def _output_dir(self, cwd: Path, members: Sequence[Identity] | None) -> Path | None:
        given = self.handle.output_dir if self.handle else None
        commands = [] if given else self._commands(members)
        return self._errands.run("", "folder", lambda: trigger.output_dir(given, commands, cwd))

    def _commands(self, members: Sequence[Identity] | None) -> list[Sequence[str]]:
        run = list(self._recording.state.run.command)
        found = self._lifecycle.members() if members is None else members
        return [run, *(processes.command(member.pid) for member in found)]

    def _patience(self, act: Act) -> float:
        if not act.steps:
            return act.within
        pace = self._recording.state.timing.step_seconds
        return act.within + (1.5 * act.steps * pace if pace else UNKNOWN_PACE_SECONDS)

    def _nothing(self, view: OrderView, act: Act, silent: float) -> str:
        waits = self._waits(view, act)
        if waits is None:
            return f"nothing seen for {silent:.0f} s: {Unanswered()}"
        if waits:
            return f"it did not take the file for {silent:.0f} s, and may take it later"
        return f"nothing seen in its output for {silent:.0f} s"

    def _end(self, view: OrderView, outcome: Outcome, detail: str, **facts: Any) -> None:
        self._signs.forget(view.id)
        self._errands.forget(view.id)
        self._tell(view, outcome, detail, **facts)

    def _tell(self, view: OrderView, outcome: Outcome, detail: str, **facts: Any) -> None:
        tell(
            self._recording, Ordered, id=view.id, cmd=view.cmd, outcome=outcome, by=view.by,
            args=view.args, detail=detail, **facts,
        )  # fmt: skip


_RESULTS: dict[str, Callable[[Handling, OrderView], Sight | None]] = {
    "checkpoint": Handling._saved,
    "validate": Handling._evaluated,
}


def is_late(view: OrderView) -> bool:
    """Whether it may not be sent through a handle any more."""
    return float(view.values.get(EXPIRES, inf)) < since_boot()


def _send(members: Sequence[Identity], number: int) -> None:
    """Signals each of them. Raises Unreachable when not one of them got it."""
    try:
        reached = [member for member in members if identity.signal_exactly(member, number)]
    except PermissionError as error:
        raise Unreachable(f"may not signal its processes: {error.strerror}") from error
    if not reached:
        raise Unreachable("its process ended before the signal could be sent")
