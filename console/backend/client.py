"""The viewer's side of a run: its state as it changes, and orders with their answers.

`Follower` keeps one live connection, comes back by itself, and wakes what died. Without a backend
(read-only, another machine's run, a finished one) it shows what was recorded.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.backend import past, refusal
from console.backend.address import reachable
from console.backend.committed import read_rows, read_state
from console.backend.healer import Healer
from console.backend.outlet import held_open
from console.backend.sender import OrderNotSent, new_order, send_order, whoami
from console.core import watching
from console.core.protocol import OPEN_OUTCOMES, Outcome
from console.core.state import GROUPS, OrderView, RunState, apply
from console.keeper import clock, start
from console.keeper.rundir import FINAL

if TYPE_CHECKING:
    from console.core.order import Order
    from console.core.watching import Watcher

__all__ = ["Follower", "OrderNotSent", "Update", "ask", "read_state", "send_order"]

FIRST_RETRY_SECONDS = 0.1
LAST_RETRY_SECONDS = 2.0
RESEND_SECONDS = 1.0
SILENCE_SECONDS = 5.0
"""The backend says something each second; after this time without it is as good as dead."""

READ_BYTES = 1 << 18


@dataclass(slots=True)
class Update:
    """What changed since the update before."""

    groups: frozenset[str] = frozenset()
    rows: bool = False
    live: bool = False
    events: tuple[dict[str, Any], ...] = ()
    connection: bool = False

    def __bool__(self) -> bool:
        return bool(self.groups or self.rows or self.live or self.events or self.connection)


class Follower:
    """One viewer's view of one run. Iterate `updates`; read the rest between two of them.

    With `heal` a missing keeper or backend is started; without, nothing is. Runs of another
    machine are only read. `watches` says what shows the run to a person (`core.watching.KINDS`);
    others are told of that, and whether it is `read_only`.
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        events: bool = False,
        heal: bool = True,
        by: str | None = None,
        watches: str = "",
        read_only: bool = False,
    ) -> None:
        self.run_dir = run_dir
        self.by = whoami() if by is None else by
        self.state = RunState()
        self.rows = 0
        self.live: list[bytes] = []
        self.connected = False
        self.lost_since: float | None = None
        """Seconds since boot; None while connected or when there never was a connection."""
        self.final = False
        self.viewers: tuple[Watcher, ...] | None = None
        """Who watches, this one included; None without a backend."""
        self.number: int | None = None
        """This one's number among them."""
        self._hello = {"watches": watches, "read_only": read_only} if watches else {}
        self.local = start.is_local(run_dir)
        self._events = events
        self._healer = Healer(run_dir) if heal and self.local else None
        self._known = False
        self._sent: dict[str, OrderView] = {}
        self._deliveries: set[asyncio.Task[None]] = set()

    async def updates(self) -> AsyncGenerator[Update, None]:
        """The first one names every group; the last one comes when the run is final."""
        hold = held_open(self.run_dir) if self._healer else nullcontext()
        with hold:
            async with aclosing(self._follow()) as followed:
                async for update in followed:
                    yield update

    async def _follow(self) -> AsyncGenerator[Update]:
        retry = FIRST_RETRY_SECONDS
        try:
            while not self.final:
                async with aclosing(self._listen()) as heard:
                    async for update in heard:
                        retry = FIRST_RETRY_SECONDS
                        yield update
                if self.final:
                    return
                if update := self._unconnected():
                    yield update
                if self.final:
                    return
                if self._healer:
                    self._healer.ask()
                await asyncio.sleep(retry)
                retry = min(2 * retry, LAST_RETRY_SECONDS)
        finally:
            for task in self._deliveries:
                task.cancel()

    async def order(self, cmd: str, args: dict[str, Any] | None = None) -> str:
        """Sends an order, again and again until it is taken in; returns its id.

        Raises OrderNotSent when it cannot be sent and waiting does not help.
        """
        order = new_order(cmd, args, self.by)
        try:
            send_order(self.run_dir, order)
        except OrderNotSent:
            if self._healer is None:
                raise
            self._healer.ask()
        self._sent[order.id] = OrderView(
            order.id, cmd, self.by, order.args, outcome=Outcome.SENT, at=clock.wall()
        )
        task = asyncio.create_task(self._deliver(order))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)
        return order.id

    def sent(self, order_id: str) -> OrderView:
        """What became of an order given through this follower. Raises KeyError for another."""
        return self._sent[order_id]

    # connected

    async def _listen(self) -> AsyncGenerator[Update, None]:
        """Updates of one connection until it breaks; none when there is none to be had."""
        writer: asyncio.StreamWriter | None = None
        try:
            reader, writer = await self._connect()
            rest = b""
            while not self.final:
                async with asyncio.timeout(SILENCE_SECONDS):
                    data = await reader.read(READ_BYTES)
                if not data:
                    return
                *lines, rest = (rest + data).split(b"\n")
                if update := self._take(lines):
                    yield update
        except (OSError, ValueError):  # TimeoutError is an OSError
            return
        finally:
            if writer is not None:
                writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not self.local:
            raise ConnectionRefusedError("another machine's socket")
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.setblocking(False)
            with reachable(self.run_dir) as address:
                await asyncio.get_running_loop().sock_connect(link, address)
            reader, writer = await asyncio.open_unix_connection(sock=link)
        except BaseException:
            link.close()
            raise
        hello = {"hello": 1, "events": self._events, "by": self.by, **self._hello}
        writer.write(json.dumps(hello).encode() + b"\n")
        return reader, writer

    def _take(self, lines: Iterable[bytes]) -> Update:
        """Applies the messages of one read; many of them are one update."""
        update = Update()
        for text in lines:
            message = json.loads(text)
            for name, hear in _MESSAGES.items():
                if name in message:
                    hear(self, message, update)
        self._note_orders(update)
        return update

    def _snapshot(self, message: dict[str, Any], update: Update) -> None:
        self._patch({"patch": message["snapshot"]}, update)
        self._known = self.connected = update.connection = True
        self.lost_since = None

    def _patch(self, message: dict[str, Any], update: Update) -> None:
        update.groups |= apply(self.state, message["patch"])

    def _rows(self, message: dict[str, Any], update: Update) -> None:
        update.rows |= message["rows"] != self.rows
        self.rows = message["rows"]
        if "live" in message:
            live = [row.encode() for row in message["live"]]
            update.live |= live != self.live
            self.live = live

    def _records(self, message: dict[str, Any], update: Update) -> None:
        update.events += tuple(message["events"])

    def _gap(self, message: dict[str, Any], update: Update) -> None:
        update.events += ({"k": "gap", "n": message["gap"]},)

    def _audience(self, message: dict[str, Any], _update: Update) -> None:
        self.viewers, self.number = watching.from_json(message["viewers"]), message.get("you")

    def _goodbye(self, _message: dict[str, Any], update: Update) -> None:
        self.final = update.connection = True
        self.connected, self.viewers = False, None

    # not connected

    def _unconnected(self) -> Update:
        """What can be said without a backend; the last known state stays."""
        update = Update()
        self.viewers = None
        if self.connected:
            self.connected = False
            self.lost_since = clock.since_boot()
            update.connection = True
        final = (self.run_dir / FINAL).exists()
        if final or self._healer is None or not self._known:
            self._read(update)
        if final:
            self.final = update.connection = True
            self.lost_since = None
        return update

    def _read(self, update: Update) -> None:
        with suppress(OSError):
            newer = read_state(self.run_dir)
            changed = (name for name in GROUPS if not self._known or _differ(self, newer, name))
            update.groups = frozenset(changed)
            rows, live = read_rows(self.run_dir)
            update.rows, update.live = rows != self.rows, live != self.live
            self.state, self.rows, self.live = newer, rows, live
            self._known = True

    # orders

    async def _deliver(self, order: Order) -> None:
        """The same line again until the backend has it: a killed one may have lost the first."""
        while clock.since_boot() < (order.exp or 0.0) and not self.final:
            await asyncio.sleep(RESEND_SECONDS)
            if self._sent[order.id].outcome is not Outcome.SENT:
                return
            with suppress(OrderNotSent):
                send_order(self.run_dir, order)

    def _note_orders(self, update: Update) -> None:
        if not self._sent:
            return
        control = self.state.control
        views = [*control.open.values(), *([control.last] if control.last else [])]
        for view in views if "control" in update.groups else ():
            if view.id in self._sent and self._sent[view.id].outcome in OPEN_OUTCOMES:
                self._sent[view.id] = view
        for record in update.events:
            view_id = str(record.get("id"))
            if record.get("k") in ("order", "answer") and view_id in self._sent:
                past.advance(self._sent[view_id], record)


def _differ(follower: Follower, newer: RunState, name: str) -> bool:
    return bool(getattr(follower.state, name) != getattr(newer, name))


_MESSAGES: dict[str, Callable[[Follower, dict[str, Any], Update], None]] = {
    "snapshot": Follower._snapshot,
    "patch": Follower._patch,
    "rows": Follower._rows,
    "events": Follower._records,
    "gap": Follower._gap,
    "viewers": Follower._audience,
    "final": Follower._goodbye,
}


async def ask(
    run_dir: Path,
    cmd: str,
    args: dict[str, Any] | None = None,
    timeout: float = 60.0,  # noqa: ASYNC109  # the time a person is ready to wait
) -> OrderView:
    """Gives an order and returns it with its end: done, failed, rejected, expired, superseded.

    Raises TimeoutError without an end in `timeout` seconds, OrderNotSent.
    """
    follower = Follower(run_dir, events=True)
    order_id = ""
    async with asyncio.timeout(timeout), aclosing(follower.updates()) as updates:
        async for _ in updates:
            if follower.connected and not order_id:
                order_id = await follower.order(cmd, args)
            if order_id and follower.sent(order_id).outcome not in OPEN_OUTCOMES:
                return follower.sent(order_id)
    view = follower.sent(order_id) if order_id else OrderView("", cmd, follower.by, args or {})
    view.outcome = Outcome.DONE if cmd == "stop" else Outcome.REJECTED
    view.detail = refusal.of_ended(follower.state, cmd) or "the run is over"
    return view
