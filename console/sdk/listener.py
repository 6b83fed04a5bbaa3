"""What hears orders: takes them out of the inbox, admits or refuses them, and answers.

How an order is obeyed is in `link.py`.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from console.sdk.inbox import Inbox, Order
from console.sdk.records import now, plain
from console.sdk.reporter import (
    RANKS,
    VERSION,
    WORLDS,
    Reporter,
    launched,
    quiet,
    start_ticks,
)
from console.sdk.setting import told

REMEMBERED_ORDERS = 1000
REFUSING_SECONDS = 0.5
PAUSES = ("pause", "resume")

_RETIRED: list["Listener"] = []
"""Lines of this process that still report, but whose training is over."""


def boot_of(folder: str) -> str:
    """The boot the run was started in, as its run.json says; empty when it does not."""
    try:
        return str(json.loads(Path(folder, "run.json").read_bytes()).get("boot") or "")
    except (OSError, ValueError, AttributeError):
        return ""


class Listener(Reporter):
    """A reporter that hears orders. `_acts` are those it obeys: name → what is done."""

    def __init__(self, folder: str, rank: int | None = None) -> None:
        self._inbox = Inbox(f"{folder}/inbox.fifo")
        self._acts: dict[str, Callable[[Order, int], object]] = {}
        self._settable: dict[str, dict[str, Any]] = {}
        self._queue: deque[Order] = deque()
        self._seen: dict[str, None] = {}
        self._held = False
        """Whether it waits at a step that failed."""
        self._boot = ""
        self._world = 1
        self._refusal = ""
        """Why nothing is obeyed, when nothing is."""
        self._over = threading.Event()
        while _RETIRED:  # the training before this one: the next line is the only one again
            _RETIRED.pop().close()
        super().__init__(folder, rank)

    @quiet
    def close(self, reason: str = "", error: str | None = None) -> None:
        """The last word: finished, stopped or exception; without it, it is said at exit."""
        self._take()
        while self._queue:
            self._answer(self._queue.popleft(), "rejected", "the trainer has ended")
        super().close(reason, error)

    @quiet
    def retire(self, why: str) -> None:
        """No boundary follows: orders are answered with `why` from now on, by a thread.

        Reporting goes on until `close`.
        """
        self._acts, self._refusal = {}, why
        _RETIRED.append(self)

        def refuse() -> None:
            while not self._over.wait(REFUSING_SECONDS):
                self._refuse(why)

        self._refuse(why)
        self._introduce()
        threading.Thread(target=refuse, name="gladius-refusing", daemon=True).start()

    @quiet
    def _refuse(self, why: str) -> None:
        self._take()
        while self._queue:
            self._answer(self._queue.popleft(), "rejected", why)

    def _release(self) -> None:
        self._over.set()
        super()._release()
        self._inbox.release()

    @quiet
    def _greet(self, info: Mapping[str, object], world: int | None = None) -> None:
        self._boot = boot_of(self._folder)
        waiting = self._inbox.take()
        self._world = launched(WORLDS, 1) if world is None else world
        self._introduce()
        self.info(**info)
        for order in waiting:
            self._admit(order, waited=True)

    def _introduce(self) -> None:
        settable = {
            name: {key: plain(value) for key, value in told(spec).items()}
            for name, spec in (self._settable.items() if "set" in self._acts else ())
        }
        self._write(
            "hello", pid=self._pid, start=start_ticks(), gen=self.generation, sdk=VERSION,
            orders=list(self._acts), settable=settable, rank=launched(RANKS, 0), world=self._world,
        )  # fmt: skip

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
            (order.cmd not in self._acts, "rejected", self._refusal or self._offer()),
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

    def _offer(self) -> str:
        return f"it obeys {', '.join(self._acts)}"

    def _answer(self, order: Order, outcome: str, said: object = None) -> None:
        detail = said if isinstance(said, str) else None
        values = plain(said) if isinstance(said, Mapping) else None
        old = getattr(said, "old", None)
        self._write(
            "answer", id=order.id, cmd=order.cmd, outcome=outcome, step=self._step, detail=detail,
            values=values, old=None if old is None else plain(old),
        )  # fmt: skip
