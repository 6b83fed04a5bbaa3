"""The hook: five lines in a training loop, and the run can be watched and steered.

    link = Link(orders={"checkpoint": save}, total_steps=1000)   # save(step) writes a checkpoint
    for step in range(1, 1001):
        link.log(step=step, loss=train_one_step())
        if link.boundary(step):                                   # True: leave the loop now
            break

Where no console started the program (no GLADIUS_RUN_DIR), in ranks other than 0 and in forked
children every call does nothing. It never raises into the trainer and never waits for anybody.
With `distributed=True`, said in every rank after torch.distributed is initialised, rank 0 reports
and all ranks obey: at the same step, and none waits on the group that trains.
What an order does is in `acting.py`.
"""

import json
import os
import time
from collections.abc import Mapping
from typing import Any

from console.sdk.acting import Actor, Handler
from console.sdk.holding import HELD, Step, free, show
from console.sdk.inbox import Order
from console.sdk.ranks import TICK_SECONDS, Ranks, initialised, join
from console.sdk.reporter import ALIVE_SECONDS, quiet

POLL_SECONDS = 0.25


class Link(Actor):
    """A trainer's line to whoever watches and steers it.

    `orders` are handlers for "checkpoint" and "validate", and for "recover", which goes back to the
    last good checkpoint after a step failed (see `step`). `settable` describes what "set" may
    change: name → {"value", "type" (float, int, bool, str), "min", "max", "choices", "unit",
    "applies" (now or restart), "set": function of the new value, "check": function of it that
    raises ValueError where it does not fit, before anything is saved or set, "get": function of
    nothing that returns the value in use}. Everything else is told as facts of the run, e.g.
    total_steps=1000, model="…", batch_size=32.
    """

    def __init__(
        self,
        orders: Mapping[str, Handler] | None = None,
        settable: Mapping[str, Mapping[str, Any]] | None = None,
        distributed: bool = False,
        **info: object,
    ) -> None:
        dist = initialised() if distributed else None
        super().__init__(
            os.environ.get("GLADIUS_RUN_DIR", ""), None if dist is None else dist.get_rank()
        )
        self._handlers = dict(orders or {})
        self._settable = {
            name: dict(spec) for name, spec in (settable or {}).items() if isinstance(spec, Mapping)
        }
        able = {"pause", "resume", "stop", *self._handlers, *(["set"] if self._settable else [])}
        self._acts = {name: act for name, act in self._known().items() if name in able}
        self._signed = 0.0
        self._ranks = self._joined(dist)
        self._greet(info, dist.get_world_size() if dist is not None else None)

    def boundary(self, step: int) -> bool:
        """Call it between two steps: obeys all waiting orders, and waits here while paused.

        Returns True when the trainer should stop now; a final checkpoint is written by then if the
        order wanted one. Among several ranks it is the same on all of them.
        """
        if self._ranks is not None:
            if not self._left and self._ranks.due():
                self._together(int(step))
            return self._left
        self._obey_all(step)
        return self.stopping

    def done(self, step: int, said: object = None) -> bool:
        """What a handler returned LATER for has come to its end, with what it would have returned.

        Goes on with the boundary it was ordered at; returns the same as that."""
        order, self._later = self._later, None
        if order is not None:
            self._reply(order, said)
        if self._ranks is None:
            return self.boundary(step)
        if not self._left:
            self._together(int(step))
        return self._left

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

    def close(self, reason: str = "", error: str | None = None) -> None:
        """The last word: finished, stopped or exception; without it, it is said at exit."""
        super().close(reason, error)
        self._part()

    @quiet
    def _obey_all(self, step: int) -> None:
        self._begin(int(step))
        self._take()
        self._missed()
        if not (self._queue or self._paused or self._held or self.stopping):
            return
        self._signed = time.monotonic()
        while not (self.stopping or self._later) and (self._queue or self._paused or self._held):
            if self._queue:
                self._obey(self._queue.popleft(), int(step))
            else:
                self._wait(step)
        if self.stopping:
            self.phase("stopping", step)

    def _wait(self, step: int) -> None:
        """Waits for an order, not long."""
        self._inbox.wait(POLL_SECONDS)
        self._take()
        if time.monotonic() - self._signed >= ALIVE_SECONDS:
            self._signed = time.monotonic()
            self._write("alive", step=int(step))

    # several ranks

    def _joined(self, dist: Any) -> Ranks | None:
        """The ranks together; without them no rank obeys anything."""
        try:
            ranks = join(dist, self.active) if dist is not None else None
        except Exception:  # torch.distributed raises several kinds, also of its own
            self.errors += 1
            ranks = None
        if dist is not None and ranks is None:
            self._acts = {}
        return ranks

    def _together(self, step: int) -> None:
        """The boundary of all ranks: what rank 0 has read, all of them obey here."""
        self._signed = time.monotonic()
        try:
            self._missed()
            while self._agreed(step) and not self._left:
                pass
            if self._left:
                self.stopping = True
                self.phase("stopping", step)
        except Exception as error:
            self.errors += 1
            self._alone(f"{type(error).__name__}: {error}", step)

    def _agreed(self, step: int) -> bool:
        """One word of rank 0 to all, and what it says done; whether another will follow."""
        assert self._ranks is not None
        order, hold = self._next(step) if self.active else (None, False)
        line = json.dumps(order[:3]).encode() if order else b""
        agreed = self._ranks.agree(line, hold, self.stopping)
        if agreed.order:
            self._obey(order or Order(*json.loads(agreed.order)), step)
        self._left |= agreed.stop
        return (bool(agreed.order) or agreed.hold) and not self._later

    def _next(self, step: int) -> tuple[Order | None, bool]:
        """What this rank, the first, has read, and whether all wait for another word."""
        self._begin(step)
        self._take()
        until = time.monotonic() + TICK_SECONDS
        while self._paused and not (self._queue or self.stopping) and time.monotonic() < until:
            self._wait(step)
        return (self._queue.popleft() if self._queue else None), self._paused

    def _alone(self, why: str, step: int) -> None:
        """A rank is gone: this one hears no more orders, and goes on with the training."""
        self._part()
        self._acts, self._paused, self._later = {}, False, None
        self._refusal = f"the ranks no longer agree: {why}"
        self.info(hook_error=self._refusal)
        self._tell_alone(step)

    @quiet
    def _tell_alone(self, step: int) -> None:
        self._introduce()
        self.phase("training", step)

    def _part(self) -> None:
        ranks, self._ranks = self._ranks, None
        if ranks is not None:
            ranks.leave()

    def _hold(self, error: Exception, step: int | None) -> bool:
        """Waits at the failed step; whether it was recovered from."""
        if not self.active or self.stopping or self._ranks is not None:
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
