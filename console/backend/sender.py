"""Giving an order: one line into the run's `control.fifo`."""

from __future__ import annotations

import getpass
import os
import platform
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from console.core.order import Order, order_line
from console.keeper import clock, fifo, identity
from console.keeper.rundir import CONTROL_FIFO

DELIVERY_SECONDS = 30.0
"""An order that nobody took in within this time is void."""

_BY_LENGTH = 64

_ADVICE: dict[type[OSError], str] = {
    fifo.Missing: "the run has no open ear: gladius-console attach starts its backend",
    fifo.NobodyReads: "nothing of the run listens: gladius-console attach starts its backend",
    fifo.Full: "the backend does not read its orders: try again in a moment",
    fifo.Unsafe: "remove it; the backend makes a new one within a second",
}


class OrderNotSent(Exception):
    """The order did not get on its way; the text says why and what to do."""


def whoami() -> str:
    """`user@host:tty` of this process, for the journal."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    terminal = ""
    for descriptor in (0, 1, 2):
        with suppress(OSError):
            terminal = ":" + os.ttyname(descriptor).removeprefix("/dev/")
            break
    return f"{user}@{platform.node()}{terminal}"[:_BY_LENGTH]


def new_order(cmd: str, args: dict[str, Any] | None = None, by: str | None = None) -> Order:
    """An order with an id of its own, void unless it is taken in within DELIVERY_SECONDS."""
    return Order(
        id=uuid.uuid4().hex[:12],
        cmd=cmd,
        args=args or {},
        by=whoami() if by is None else by,
        boot=identity.boot_id(),
        exp=clock.since_boot() + DELIVERY_SECONDS,
    )


def send_order(run_dir: Path, order: Order) -> None:
    """Writes the order to `control.fifo`; never waits. Raises OrderNotSent."""
    try:
        fifo.send(run_dir, CONTROL_FIFO, order_line(order))
    except ValueError as error:
        raise OrderNotSent(str(error)) from error
    except fifo.FifoError as error:
        advice = _ADVICE.get(type(error), "")
        raise OrderNotSent(f"{error}; {advice}") from error
    except OSError as error:
        raise OrderNotSent(f"{run_dir / CONTROL_FIFO}: {error.strerror}") from error
