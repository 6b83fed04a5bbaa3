"""The way to the trainer's hook: what it obeys, whether it listens, orders into `inbox.fifo`."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import termios
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.core.order import Order, order_line
from console.core.protocol import Bye, Event, Hello, event_of
from console.keeper import clock, fifo, identity, record
from console.keeper.identity import Identity
from console.keeper.rundir import INBOX_FIFO

if TYPE_CHECKING:
    from console.core.state import OrderView

BOUNDARY_SECONDS = 3600.0
"""A delivered order waits this long for a boundary: saves and validations take their time."""

SETTLE_SECONDS = 1.0
_FIRST_FILE = re.compile(r"hook-(\d+)-000\.jsonl")
_FIRST_LINE_BYTES = 1 << 20


class TooLong(ValueError):
    """The order does not fit into one write."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the newest hook said of itself."""

    orders: tuple[str, ...]
    process: Identity | None


class HookLine:
    """Delivers each order once, as far as that can be known after a crash of ours.

    Call `hear` with every event and `died` twice a second.
    """

    def __init__(self, run_dir: Path, *, silent: bool) -> None:
        self._run_dir = run_dir
        self._silent = silent
        self._greeting = newest_greeting(run_dir)
        self._delivered: set[str] = set()
        self._doubtful: set[str] = set()
        self._empty_since: float | None = None

    @property
    def orders(self) -> tuple[str, ...]:
        """What the hook obeys; empty without a hook."""
        return self._greeting.orders if self._greeting else ()

    @property
    def listens(self) -> bool:
        return self._greeting is not None and not self._silent

    def hear(self, event: Event) -> None:
        if isinstance(event, Hello):
            self._greeting, self._silent = newest_greeting(self._run_dir), False
        elif isinstance(event, Bye):
            self._silent = True

    def doubt(self, order_id: str) -> None:
        """An earlier backend may have delivered it; it may even lie in the pipe still."""
        self._doubtful.add(order_id)

    def delivered(self, order_id: str) -> bool:
        """Whether this backend wrote it to the inbox."""
        return order_id in self._delivered

    def has(self, order_id: str) -> bool:
        """Whether the hook has it, or may have it."""
        return order_id in self._delivered or order_id in self._doubtful

    def deliver(self, view: OrderView) -> None:
        """Writes the order to the inbox unless that was done; tries again with the next call.

        Raises TooLong.
        """
        if view.id in self._delivered or (view.id in self._doubtful and not self._settled()):
            return
        order = Order(
            view.id, view.cmd, view.args, boot=identity.boot_id(),
            exp=round(clock.since_boot() + BOUNDARY_SECONDS, 1),
        )  # fmt: skip
        try:
            line = order_line(order)
        except ValueError as error:
            raise TooLong(str(error)) from error
        with suppress(OSError):
            fifo.send(self._run_dir, INBOX_FIFO, line)
            self._delivered.add(view.id)

    def died(self) -> bool:
        """True once when the hook's process has died: its orders are void and out of the pipe."""
        process = self._greeting.process if self._greeting else None
        if self._silent or process is None or identity.is_alive(process):
            return False
        self._silent = True
        self._drain()
        self._delivered.clear()
        self._doubtful.clear()
        return True

    def _settled(self) -> bool:
        """Whether the pipe has been empty for long enough that the hook has said *received*."""
        now = clock.since_boot()
        if self._waiting_bytes():
            self._empty_since = None
            return False
        self._empty_since = self._empty_since or now
        return now - self._empty_since > SETTLE_SECONDS

    def _waiting_bytes(self) -> int:
        with suppress(OSError):
            descriptor = fifo.open_rw(self._run_dir, INBOX_FIFO)
            try:
                answer = fcntl.ioctl(descriptor, termios.FIONREAD, struct.pack("i", 0))
                return int(struct.unpack("i", answer)[0])
            finally:
                os.close(descriptor)
        return 0

    def _drain(self) -> None:
        with suppress(OSError):
            descriptor = fifo.open_rw(self._run_dir, INBOX_FIFO)
            try:
                while os.read(descriptor, 65536):
                    pass
            finally:
                os.close(descriptor)


def newest_greeting(run_dir: Path) -> Greeting | None:
    """The first record of the newest generation's file, None when there is no hook."""
    names = (_FIRST_FILE.fullmatch(name) for name in os.listdir(run_dir))
    newest = max((match for match in names if match), key=lambda m: int(m[1]), default=None)
    if newest is None:
        return None
    with suppress(OSError), (run_dir / newest[0]).open("rb") as file:
        fields = record.decode(file.readline(_FIRST_LINE_BYTES)) or {}
        hello = event_of(fields)
        if isinstance(hello, Hello):
            return Greeting(hello.orders, _process(hello.pid, fields.get("start")))
    return None


def _process(pid: int, start: object) -> Identity | None:
    if isinstance(start, int):
        return Identity(identity.boot_id(), pid, start)
    return identity.of(pid)
