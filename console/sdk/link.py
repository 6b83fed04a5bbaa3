"""The hook: five lines in a training loop, and the run can be watched and steered.

    link = Link(orders={"checkpoint": save}, total_steps=1000)   # save(step) writes a checkpoint
    for step in range(1, 1001):
        link.log(step=step, loss=train_one_step())
        if link.boundary(step):                                   # True: leave the loop now
            break

Where no console started the program (no GLADIUS_RUN_DIR), in ranks other than 0 and in forked
children every call does nothing. It never raises into the trainer and never waits for anybody.
A new order is a row of `Link._acts`.
"""

import json
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from console.sdk.holding import HELD, Step, free, show
from console.sdk.inbox import Inbox, Order
from console.sdk.records import now, plain
from console.sdk.reporter import (
    ALIVE_SECONDS,
    RANKS,
    VERSION,
    WORLDS,
    Reporter,
    launched,
    quiet,
    start_ticks,
)
from console.sdk.setting import Rejected, checked

POLL_SECONDS = 0.25
REMEMBERED_ORDERS = 1000
PAUSES = ("pause", "resume")
PHASES = {"checkpoint": "saving", "validate": "validating"}

Handler = Callable[[int], object]
"""Gets the step; returns None, a detail (str) or values (dict). What it raises is the failure."""


def boot_of(folder: str) -> str:
    """The boot the run was started in, as its run.json says; empty when it does not."""
    try:
        return str(json.loads(Path(folder, "run.json").read_bytes()).get("boot") or "")
    except (OSError, ValueError, AttributeError):
        return ""


class Link(Reporter):
    """A trainer's line to whoever watches and steers it.

    `orders` are handlers for "checkpoint" and "validate", and for "recover", which goes back to the
    last good checkpoint after a step failed (see `step`). `settable` describes what "set" may
    change: name → {"value", "type" (float, int, bool, str), "min", "max", "unit", "applies" (now or
    restart), "set": function of the new value, which may refuse it with a ValueError}. Everything
    else is told as facts of the run, e.g. total_steps=1000, model="…", batch_size=32.
    """

    def __init__(
        self,
        orders: Mapping[str, Handler] | None = None,
        settable: Mapping[str, Mapping[str, Any]] | None = None,
        **info: object,
    ) -> None:
        folder = os.environ.get("GLADIUS_RUN_DIR", "")
        self._inbox = Inbox(f"{folder}/inbox.fifo")
        super().__init__(folder)
        self._handlers = dict(orders or {})
        self._settable = dict(settable or {})
        acts: dict[str, Callable[[Order, int], object]] = {
            "pause": self._pause,
            "resume": self._resume,
            "checkpoint": self._call,
            "validate": self._call,
            "stop": self._stop,
            "set": lambda order, _: self._set(order.args),
            "recover": self._recover,
        }
        able = {"pause", "resume", "stop", *self._handlers, *(["set"] if self._settable else [])}
        self._acts = {name: act for name, act in acts.items() if name in able}
        self._queue: deque[Order] = deque()
        self._seen: dict[str, None] = {}
        self._paused = self._held = False
        self._greet(info)

    def boundary(self, step: int) -> bool:
        """Call it between two steps: obeys all waiting orders, and waits here while paused.

        Returns True when the trainer should stop now; a final checkpoint is written by then if the
        order wanted one.
        """
        self._obey_all(step)
        return self.stopping

    def step(self, step: int | None = None) -> Step:
        """Around the work of one step: what it raises does not end the training.

            with link.step(step) as tried:
                loss = train(batch)
            if tried.failed:
                continue            # recovered: the same step once more, or the next batch

        After an exception the memory of its frames is freed and the training waits here, held in
        error, until it is ordered to recover; a stop raises the exception as it was. Without a
        console it is raised at once.
        """
        return Step(lambda error: self._hold(error, step))

    @quiet
    def close(self, reason: str = "", error: str | None = None) -> None:
        """The last word: finished, stopped or exception; without it, it is said at exit."""
        self._take()
        while self._queue:
            self._answer(self._queue.popleft(), "rejected", "the trainer has ended")
        super().close(reason, error)

    def _release(self) -> None:
        super()._release()
        self._inbox.release()

    @quiet
    def _greet(self, info: Mapping[str, object]) -> None:
        self._boot = boot_of(self._folder)
        waiting = self._inbox.take()
        settable = {
            name: {key: plain(value) for key, value in spec.items() if key != "set"}
            for name, spec in self._settable.items()
        }
        self._write(
            "hello", pid=self._pid, start=start_ticks(), gen=self.generation, sdk=VERSION,
            orders=list(self._acts), settable=settable,
            rank=launched(RANKS, 0), world=launched(WORLDS, 1),
        )  # fmt: skip
        self.info(**info)
        for order in waiting:
            self._admit(order, waited=True)

    @quiet
    def _obey_all(self, step: int) -> None:
        self._begin(int(step))
        self._take()
        if not (self._queue or self._paused or self._held or self.stopping):
            return
        signed = time.monotonic()
        while not self.stopping and (self._queue or self._paused or self._held):
            if self._queue:
                self._obey(self._queue.popleft(), int(step))
                continue
            self._inbox.wait(POLL_SECONDS)
            self._take()
            if time.monotonic() - signed >= ALIVE_SECONDS:
                signed = time.monotonic()
                self._write("alive", step=int(step))
        if self.stopping:
            self.phase("stopping", step)

    def _take(self) -> None:
        for order in self._inbox.take():
            self._admit(order)

    def _admit(self, order: Order, waited: bool = False) -> None:
        """Queues the order, or answers why not."""
        elsewhere = bool(self._boot) and order.boot not in ("", self._boot)
        judged = (
            (order.id in self._seen, "duplicate", "obeyed before"),
            (elsewhere, "expired", "given before the machine restarted"),
            (order.exp is not None and order.exp < now(), "expired", "it came too late"),
            (waited and not order.id, "expired", "given before the trainer was listening"),
            (self._held and order.cmd in PAUSES, "rejected", "a step failed: recover, or stop"),
            (order.cmd not in self._acts, "rejected", f"it obeys {', '.join(self._acts)}"),
            (True, "received", None),
        )
        outcome, why = next((outcome, why) for applies, outcome, why in judged if applies)
        if outcome == "received":
            self._queue.append(order)
        if order.id:
            self._seen[order.id] = None
        if len(self._seen) > REMEMBERED_ORDERS:
            del self._seen[next(iter(self._seen))]
        self._answer(order, outcome, why)

    def _answer(self, order: Order, outcome: str, said: object = None) -> None:
        detail = said if isinstance(said, str) else None
        values = plain(said) if isinstance(said, Mapping) else None
        self._write(
            "answer", id=order.id, cmd=order.cmd, outcome=outcome, step=self._step, detail=detail,
            values=values,
        )  # fmt: skip

    def _obey(self, order: Order, step: int) -> None:
        try:
            self._answer(order, "done", self._acts[order.cmd](order, step))
        except Rejected as reason:
            self._answer(order, "rejected", str(reason))
        except Exception as error:
            self._answer(order, "failed", f"{type(error).__name__}: {error}")

    def _call(self, order: Order, step: int, name: str = "", then: str = "") -> object:
        """Runs the trainer's handler in its phase, and tells of the result if that does not."""
        name = name or order.cmd
        self._told, started = False, time.monotonic()
        with self.during(PHASES[name], step, order.id, then):
            try:
                said = self._handlers[name](step)
            except Exception as error:
                if not self._told and name == "checkpoint":
                    self.saved(step, ok=False, reason=f"{type(error).__name__}: {error}")
                raise
        seconds = time.monotonic() - started
        values = dict(said) if isinstance(said, Mapping) else {}
        if not self._told and name == "checkpoint":
            path = said if isinstance(said, (str, os.PathLike)) else values.get("path", "")
            self.saved(step, path, seconds=seconds)
        elif not self._told and values:
            self.evaluated(step, seconds=seconds, **values)
        return said

    def _hold(self, error: Exception, step: int | None) -> bool:
        """Waits at the failed step; whether it was recovered from."""
        if not self.active or self.stopping:
            return False
        here = int(self._step or 0) if step is None else step
        self._held, self._acts["recover"] = True, self._recover
        try:
            show(error)
            free(error)
            self.phase(HELD, here, error=f"{type(error).__name__}: {error}")
            self._obey_all(here)
        except Exception:
            self.errors += 1
        recovered, self._held = not self._held, False
        return recovered and not self.stopping

    def _recover(self, order: Order, step: int) -> object:
        if not self._held:
            raise Rejected("no step has failed")
        wanted, said = self._wanted(order.args.get("set") or {}), None
        if order.args.get("from") == "checkpoint":
            if "recover" not in self._handlers:
                raise Rejected("this trainer cannot go back to a checkpoint by itself")
            with self.living(step):
                said = self._handlers["recover"](step)
        self._apply(wanted)
        self._held = self._paused = False
        self.phase("training", step, order.id)
        return said or wanted or None

    def _pause(self, order: Order, step: int) -> object:
        if self._paused:
            return "already paused"
        said: object = None
        if order.args.get("checkpoint", True) and "checkpoint" in self._handlers:
            try:
                said = self._call(order, step, "checkpoint", then="paused")
            except Exception as error:
                said = f"paused, but the checkpoint failed: {error}"
        self._paused = True
        self.phase("paused", step, order.id)
        return said

    def _resume(self, order: Order, step: int) -> object:
        if not self._paused:
            return "not paused"
        self._paused = False
        self.phase("training", step, order.id)
        return None

    def _stop(self, order: Order, step: int) -> object:
        before = self._phase
        said: object = "nothing was saved: a step had failed half-way" if self._held else None
        self.phase("stopping", step, order.id)
        wants = order.args.get("checkpoint", True) and not self._held
        if wants and "checkpoint" in self._handlers:
            try:
                said = self._call(order, step, "checkpoint")
            except Exception:
                self.phase(before, step, order.id)
                raise
        self.stopping = True
        return said

    def _set(self, values: Mapping[str, Any]) -> object:
        return self._apply(self._wanted(values)) or "nothing to set"

    def _wanted(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as their settings want them. Raises Rejected, and nothing is changed then."""
        specs = self._settable
        return {name: checked(name, specs.get(name), value) for name, value in values.items()}

    def _apply(self, wanted: dict[str, Any]) -> dict[str, Any]:
        for name, value in wanted.items():
            try:
                self._settable[name]["set"](value)
            except ValueError as error:
                raise Rejected(str(error)) from error
        return wanted
