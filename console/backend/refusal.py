"""Why an order cannot be obeyed, and what to do instead. A reason is a row of RULES.

The rules are asked in their order; the first one with a reason decides how the order ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.core.likeness import suggestion
from console.core.protocol import Outcome
from console.core.state import RunState, Status
from console.keeper import clock, identity

if TYPE_CHECKING:
    from console.backend.hookline import HookLine
    from console.core.handles import Handle
    from console.core.order import Order

COMMANDS = ("pause", "resume", "checkpoint", "validate", "stop", "set", "recover", "acknowledge")
BY_SIGNAL = ("pause", "resume", "stop")
"""What works with any trainer."""
BY_US = ("acknowledge",)
"""What the trainer has no part in."""

OPEN_ORDERS = 20
HOOK_LINES = "from console.sdk import Link; link = Link(), and in the loop link.boundary(step)"

_INSTEAD = {
    "resume": "; to go on from its last checkpoint: gladius-console train --resume {run}",
    "recover": "; a new run from its last checkpoint: gladius-console recover {run}",
    "validate": "; what it measured last: gladius-console report {run}",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides; `stage` is the rung of a stop ladder that is under way."""

    state: RunState
    hook: HookLine
    frozen: Callable[[], bool]
    stage: str | None = None
    handle: Handle | None = None

    def by_handle(self, cmd: str) -> bool:
        """Whether this order goes through a handle of the trainer, not through its hook."""
        return self.handle is not None and cmd in self.handle.acts and cmd not in self.hook.orders


def refused(order: Order, now: Situation) -> tuple[Outcome, str] | None:
    """(end, reason) of an order that cannot be, None for one that can."""
    for outcome, rule in RULES:
        if reason := rule(order, now):
            return outcome, reason
    return None


def of_ended(state: RunState, cmd: str) -> str | None:
    """The reason an ended run refuses this order."""
    if not state.ended:
        return None
    instead = _INSTEAD.get(cmd, "").format(run=state.run.id)
    return f"the run is {state.status}: {state.life.cause}{instead}"


def _nothing_open(order: Order, now: Situation) -> str | None:
    """There is an alert to acknowledge, and nobody did yet."""
    if order.cmd != "acknowledge":
        return None
    wanted, alerts = order.args.get("alert"), now.state.alerts
    if wanted is None:
        return None if alerts.unseen else "no open alert waits for anybody"
    alert = alerts.open.get(str(wanted))
    if alert is None:
        return f"no alert {wanted!r} is open"
    return None if alert.seen is None else f"{alert.seen_by or 'somebody'} acknowledged it already"


def _other_boot(order: Order, _now: Situation) -> str | None:
    elsewhere = order.boot and order.boot != identity.boot_id()
    return "given before the machine restarted" if elsewhere else None


def _too_late(order: Order, _now: Situation) -> str | None:
    late = order.exp is not None and order.exp < clock.since_boot()
    return "it came too late" if late else None


def _unknown(order: Order, _now: Situation) -> str | None:
    if order.cmd in COMMANDS:
        return None
    return f"there is no order {order.cmd!r}; there are {', '.join(COMMANDS)}"


def _stopped_already(order: Order, now: Situation) -> str | None:
    over = order.cmd == "stop" and now.state.ended
    return f"the run is {now.state.status} already" if over else None


def _ended(order: Order, now: Situation) -> str | None:
    return of_ended(now.state, order.cmd)


def _too_many(_order: Order, now: Situation) -> str | None:
    many = len(now.state.control.open) > OPEN_ORDERS
    return "too many orders are waiting" if many else None


def _stopping(order: Order, now: Situation) -> str | None:
    under_way = now.stage not in (None, "ask") and order.cmd not in ("stop", *BY_US)
    return f"the run is stopping ({now.stage})" if under_way else None


def _held(order: Order, now: Situation) -> str | None:
    """A failed step that is held can be recovered from; nothing else can."""
    held = now.state.life.held_m is not None
    if order.cmd == "recover" and not held:
        return f"there is nothing to recover from: the run is {now.state.status}"
    if order.cmd in ("pause", "resume") and held:
        return "a failed step is held: recover, or stop"
    return None


def _needs_hook(order: Order, now: Situation) -> str | None:
    if order.cmd in (*BY_SIGNAL, *BY_US) or now.hook.orders or now.by_handle(order.cmd):
        return None
    if now.handle is not None:
        return now.handle.why_not(order.cmd)
    if like := suggestion(now.state, order.cmd):
        return f"{order.cmd} needs the hook in the trainer, or a handle: {like}"
    starting = now.state.status is Status.STARTING
    wait = "it has not greeted yet; if it has no hook, add: " if starting else "add: "
    return f"{order.cmd} needs the hook in the trainer; {wait}{HOOK_LINES}"


def _unable(order: Order, now: Situation) -> str | None:
    if order.cmd in (*BY_SIGNAL, *BY_US, *now.hook.orders, "recover") or now.by_handle(order.cmd):
        return None
    return f"this trainer does not offer {order.cmd}; it obeys {', '.join(now.hook.orders)}"


def _silent(order: Order, now: Situation) -> str | None:
    if order.cmd in (*BY_SIGNAL, *BY_US) or now.hook.listens or now.by_handle(order.cmd):
        return None
    return f"the trainer has said goodbye and takes no {order.cmd} any more"


def _frozen(order: Order, now: Situation) -> str | None:
    if order.cmd in (*BY_SIGNAL, *BY_US) or not now.frozen():
        return None
    return f"the trainer's processes are stopped by a signal: resume it before {order.cmd}"


RULES: tuple[tuple[Outcome, Callable[[Order, Situation], str | None]], ...] = (
    (Outcome.EXPIRED, _other_boot),
    (Outcome.EXPIRED, _too_late),
    (Outcome.REJECTED, _unknown),
    (Outcome.DONE, _stopped_already),
    (Outcome.REJECTED, _ended),
    (Outcome.REJECTED, _nothing_open),
    (Outcome.REJECTED, _too_many),
    (Outcome.REJECTED, _stopping),
    (Outcome.REJECTED, _held),
    (Outcome.REJECTED, _needs_hook),
    (Outcome.REJECTED, _unable),
    (Outcome.REJECTED, _silent),
    (Outcome.REJECTED, _frozen),
)
