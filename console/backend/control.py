"""The life of orders: taken in, journalled, passed on, ended. Every order gets exactly one end.

`take` admits an order; what is to be done about the open ones is decided anew at each `tick` from
the state, so a backend that was killed in the middle goes on where the old one was. How an order
is carried out is a row of `_ACTS`, why it is refused a row in refusal.py.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from console.backend import past
from console.backend.acknowledging import acknowledge
from console.backend.ear import Ear
from console.backend.freeze import Freezer, Progress
from console.backend.handling import Handling, is_late
from console.backend.hookline import HookLine, TooLong
from console.backend.ladder import ASK, HANDLE, ORDER, Ladder
from console.backend.origin import handle
from console.backend.recording import Recording, tell
from console.backend.refusal import Situation, refused
from console.backend.sender import DELIVERY_SECONDS
from console.core.codec import encode
from console.core.likeness import freezing
from console.core.order import EXPIRES, SENT, Order, parse_order, with_defaults
from console.core.protocol import OPEN_OUTCOMES, Answered, Event, Ordered, Outcome, Phase
from console.keeper import clock

if TYPE_CHECKING:
    from console.backend.lifecycle import Lifecycle
    from console.core.state import OrderView

FIFO = "control.fifo"
REMEMBERED_ORDERS = 1000
_OPPOSITES = {"pause": "resume", "resume": "pause"}
_SO = {"pause": "already paused", "resume": "not paused"}
_REFUSED = (Outcome.FAILED, Outcome.REJECTED, Outcome.EXPIRED)


class Control:
    """Orders of one run. `retell` passes a record on to those who watch, without journalling it."""

    def __init__(
        self,
        recording: Recording,
        lifecycle: Lifecycle,
        retell: Callable[[dict[str, Any]], None] = lambda _record: None,
    ) -> None:
        self.ear = Ear()
        self.handling = Handling(lifecycle, recording, handle(lifecycle.run_dir))
        self.ladder = Ladder(lifecycle, recording, self.handling.handle)
        self.hook = HookLine(lifecycle.run_dir, silent=recording.state.life.bye is not None)
        self._recording = recording
        self._retell = retell
        self._freezer = Freezer(lifecycle, lambda: freezing(recording.state))
        self._frozen = lifecycle.frozen
        self._expires: dict[str, float] = {}
        self._ended: dict[str, OrderView] = {}
        self._begun: set[str] = set()
        """Stop orders the ladder knows."""
        self._stop_id: str | None = None
        """The stop order that goes to the hook."""
        self._go_on(past.orders(lifecycle.run_dir))

    def _go_on(self, known: dict[str, OrderView]) -> None:
        """What an earlier backend left."""
        opened = self._recording.state.control.open
        self._ended = {i: view for i, view in known.items() if i not in opened}
        for order_id in opened:
            self.hook.doubt(order_id)
        stops = self._open("stop")
        if self.ladder.stage is None:
            return
        self._begun = {view.id for view in stops}
        if stops and self._recording.state.life.phase is not Phase.STOPPING:
            self._stop_id = stops[0].id
        if latest := [view for view in (*known.values(), *stops) if view.cmd == "stop"]:
            self.ladder.go_on(latest[-1].args, latest[-1].by)

    @property
    def busy(self) -> bool:
        """Whether an open order is carried out by us, so that `tick` should come soon."""
        return any(not self._is_waited_for(view) for view in self._open())

    def _is_waited_for(self, view: OrderView) -> bool:
        """Whether the trainer has it, and only it can go on."""
        in_handle = SENT in view.values or (view.cmd == "stop" and self.ladder.stage == HANDLE)
        return in_handle or self.hook.delivered(view.id)

    # taking orders in

    def take_bytes(self, data: bytes, *, waiting: bool = False) -> None:
        """What arrived in control.fifo; `waiting` when it lay there before anybody listened."""
        self.take(map(parse_order, self.ear.lines(data)), waiting=waiting)

    def take_object(self, fields: dict[str, Any], by: str) -> None:
        """An order that came over the socket."""
        order = parse_order(json.dumps(fields).encode())
        self.take([order if order is None or order.by else replace(order, by=by)])

    def take(self, orders: Iterable[Order | None], *, waiting: bool = False) -> None:
        """Admits orders (None: what was none), commits them, and only then acts."""
        admitted = 0
        for given in orders:
            if given is None:
                self.ear.skipped += 1
                continue
            order = with_defaults(given, self._recording.state.run)
            admitted += self._admit(order) if order.id else self._admit_word(order, waiting)
        if admitted:
            self._recording.commit()
            self.tick()

    def _admit_word(self, word: Order, waiting: bool) -> bool:
        order = replace(word, id=uuid.uuid4().hex[:12], by=FIFO)
        if not waiting:
            return self._admit(order)
        self._journal(order, Outcome.QUEUED)
        self._journal(order, Outcome.EXPIRED, "it lay there before anybody listened")
        return True

    def _admit(self, order: Order) -> bool:
        """True when it is new; one that came before is answered with what became of it."""
        if order.id in self._recording.state.control.open:
            return False
        if order.id in self._ended:
            view = encode(self._ended[order.id])
            self._retell({"k": "order", "t": clock.wall(), "m": clock.since_boot(), **view})
            return False
        situation = Situation(
            self._recording.state, self.hook, self._frozen, self.ladder.stage, self.handling.handle
        )
        expires = order.exp or clock.since_boot() + DELIVERY_SECONDS
        kept = {EXPIRES: expires} if situation.by_handle(order.cmd) else {}
        self._journal(order, Outcome.QUEUED, values=kept)
        if found := refused(order, situation):
            self._journal(order, *found)
            return True
        self._expires[order.id] = expires
        if not self._supersedes(order) and self._is_so(order.cmd):
            self._journal(order, Outcome.DONE, _SO[order.cmd])
        return True

    def _supersedes(self, order: Order) -> bool:
        """A newer order ends the opposite ones that did not get to the trainer yet."""
        opposite = self._open(_OPPOSITES.get(order.cmd, ""))
        waiting = [view for view in opposite if not self.hook.has(view.id)]
        for view in waiting:
            self._journal(view, Outcome.SUPERSEDED, f"by {order.cmd} of {order.by or 'somebody'}")
        return bool(waiting)

    def _is_so(self, cmd: str) -> bool:
        """Whether it is as the order wants it, and no order under way changes that."""
        if cmd not in _OPPOSITES or self._open(_OPPOSITES[cmd]):
            return False
        paused = self._recording.state.life.phase is Phase.PAUSED or self._frozen()
        return paused is (cmd == "pause")

    # acting

    def hear(self, event: Event) -> None:
        """Every event of the run, after it changed the state."""
        self.hook.hear(event)
        if isinstance(event, (Ordered, Answered)) and event.outcome not in OPEN_OUTCOMES:
            self._remember(event.id)
        if isinstance(event, Answered) and event.cmd == "stop" and event.outcome in _REFUSED:
            self._stop_refused(event)

    def _remember(self, order_id: str) -> None:
        last = self._recording.state.control.last
        if last is not None and last.id == order_id:
            self._ended[order_id] = last
        self._expires.pop(order_id, None)
        if len(self._ended) > REMEMBERED_ORDERS:
            del self._ended[next(iter(self._ended))]

    def _stop_refused(self, answer: Answered) -> None:
        """The trainer goes on, e.g. because its final checkpoint failed: a person decides."""
        if self.ladder.stage != ORDER:
            return
        self.ladder.leave()
        for view in self._open("stop"):
            self._journal(view, answer.outcome, answer.detail)

    def tick(self) -> None:
        """Does what the open orders want, as far as it is not done."""
        if self.hook.died():
            self._abandon()
        for view in self._open():
            _ACTS.get(view.cmd, Control._by_any)(self, view)
        self.ladder.tick()
        if self.ladder.stage == ASK:
            run = self._recording.state.run.id
            only = f"only SIGKILL is left: gladius-console stop {run} --kill"
            for view in self._open("stop"):
                self._journal(view, Outcome.FAILED, f"it goes on after SIGINT and SIGTERM; {only}")

    def run_ended(self) -> None:
        """Ends what is open because the trainer is gone."""
        stage = self.ladder.stage
        for view in self._open():
            if view.cmd == "stop":
                way = f"its handle ({view.detail})" if stage == HANDLE else stage
                self._journal(
                    view, Outcome.DONE, f"the trainer ended{f' after {way}' if way else ''}"
                )
            else:
                self._journal(view, Outcome.FAILED, "the trainer ended first")

    def _stop(self, view: OrderView) -> None:
        hook = self._obeyed_by_hook(view)
        if view.id not in self._begun and is_late(view):
            self._journal(view, Outcome.EXPIRED, "it could not be sent in time")
        elif view.id not in self._begun:
            self._begun.add(view.id)
            plan = None
            if self.ladder.stage in (None, ASK):
                self._stop_id = view.id
                plan = None if hook else self.handling.stop_plan(view)
            self.ladder.begin(view.args, view.by, hook=hook, plan=plan)
        if hook and view.id == self._stop_id and self.ladder.stage == ORDER:
            self._by_hook(view)

    def _pause(self, view: OrderView) -> None:
        if self._obeyed_by_hook(view):
            self._by_hook(view)
        else:
            self._by_signal(view, self._freezer.pause(view.id))

    def _resume(self, view: OrderView) -> None:
        if self._obeyed_by_hook(view) and not self._frozen():
            self._by_hook(view)
        else:
            self._by_signal(view, self._freezer.resume(view.id))

    def _by_signal(self, view: OrderView, progress: Progress) -> None:
        paused = self._recording.state.life.phase is Phase.PAUSED
        if view.cmd == "resume" and paused and self._obeyed_by_hook(view):
            return  # it runs again, and in its pause: the next tick tells the hook
        if progress.outcome is not None:
            self._journal(view, progress.outcome, progress.detail)

    def _obeyed_by_hook(self, view: OrderView) -> bool:
        return self.hook.listens and view.cmd in self.hook.orders

    def _by_any(self, view: OrderView) -> None:
        """By the hook when it obeys this order, else by the trainer's handle."""
        if view.cmd not in self.hook.orders and self.handling.offers(view.cmd):
            self.handling.carry(view)
        else:
            self._by_hook(view)

    def _by_hook(self, view: OrderView) -> None:
        """Passes it on unless that was done; the rest is the trainer's answer."""
        if view.outcome is not Outcome.QUEUED or self.hook.delivered(view.id):
            return
        if not self.hook.listens:
            self._journal(view, Outcome.REJECTED, "the trainer takes no orders any more")
            return
        try:
            self.hook.deliver(view)
        except TooLong as error:
            self._journal(view, Outcome.REJECTED, str(error))
            return
        late = self._expires.get(view.id, float("inf")) < clock.since_boot()
        if late and not self.hook.delivered(view.id):
            self._journal(view, Outcome.EXPIRED, "the trainer does not read its orders")

    def _abandon(self) -> None:
        """The hook's process died, its orders with it; another one may greet."""
        for view in self._open():
            if view.cmd != "stop":
                self._journal(view, Outcome.FAILED, "the trainer's process ended first")

    # journal

    def _open(self, cmd: str | None = None) -> list[OrderView]:
        views = self._recording.state.control.open.values()
        return [view for view in views if cmd is None or view.cmd == cmd]

    def _journal(
        self, order: Order | OrderView, outcome: Outcome, detail: str | None = None, **facts: Any
    ) -> None:
        tell(
            self._recording, Ordered, id=order.id, cmd=order.cmd, outcome=outcome, by=order.by,
            args=order.args, detail=detail, **facts,
        )  # fmt: skip


_ACTS: dict[str, Callable[[Control, OrderView], None]] = {
    "stop": Control._stop,
    "pause": Control._pause,
    "resume": Control._resume,
    "acknowledge": lambda control, view: control._journal(
        view, Outcome.DONE, acknowledge(control._recording, view)
    ),
}
