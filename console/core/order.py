"""Orders people give a trainer, and their form on a FIFO: one JSON object a line, or one word."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from console.core.codec import decode, encode

if TYPE_CHECKING:
    from console.core.state import Run

MAX_ORDER_BYTES = 512
"""The smallest PIPE_BUF POSIX allows: a write up to this size is never torn."""

SENT = "sent"
"""The name of the value that says when an order was sent through a handle."""

EXPIRES = "exp"
"""The name of the value that says until when an order may be sent through a handle, in seconds
since boot."""

WORDS = ("pause", "resume", "checkpoint", "validate", "stop", "recover")
"""Orders that make sense without arguments: `echo pause > control.fifo`."""


@dataclass(frozen=True, slots=True)
class Order:
    """Something a person wants the trainer to do. `exp` is in seconds since boot."""

    id: str
    cmd: str
    args: dict[str, Any] = field(default_factory=dict)
    by: str = ""
    boot: str = ""
    exp: float | None = None


def newer_values(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The values of an order after a record. Those of a handle are notes of its way: they are void
    when something follows."""
    return dict(new) if new or SENT in old or EXPIRES in old else old


def order_line(order: Order) -> bytes:
    """One line of JSON for a FIFO. Raises ValueError when it would not fit in one write."""
    body = {"v": 1, **encode(order)}
    line = json.dumps(body, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    if len(line) > MAX_ORDER_BYTES:
        raise ValueError(f"the order {order.cmd} has {len(line)} bytes, {MAX_ORDER_BYTES} fit")
    return line


def parse_order(line: bytes) -> Order | None:
    """The order in a line: one of WORDS (then without an id), or a JSON object. None = neither."""
    text = line.strip()
    if text.decode("ascii", "replace") in WORDS:
        return Order(id="", cmd=text.decode("ascii"))
    try:
        fields = json.loads(text)
        fields.pop("v", None)
        order: Order = decode(Order, fields)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    fits = order.id and len(order.id) <= 40 and order.cmd
    return order if fits else None


def with_defaults(order: Order, run: Run) -> Order:
    """The order with what the configuration says where the person said nothing."""
    defaults: dict[str, Any] = {}
    if order.cmd == "stop" and "grace" not in order.args:
        defaults["timeout"] = run.stop_timeout_seconds
    if order.cmd == "pause":
        defaults["checkpoint"] = run.pause_checkpoint
    return replace(order, args={**defaults, **order.args})
