"""What was seen of a run of late, as far as alerts need it and the state does not keep it.

`see` takes note of an event; what it looks at is a row of _SEEN. A backend starts with an empty
memory, which fills up by itself; `remember` gives it what open alerts need to come to an end.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from console.core import format as fmt
from console.core.protocol import Measured, Sampled, Saved

if TYPE_CHECKING:
    from console.core.protocol import Event
    from console.core.state import RunState

LOSSES, ENOUGH_LOSSES = 64, 24
"""A spike is judged by the latest losses, as soon as there are enough of them."""

CALM_STEPS = 10
"""So many usual values in a row make a spike, or a value that was no number, over."""

NORMAL_MAD = 1.4826
"""Standard deviations of a normal distribution in one median absolute deviation."""

LEAST_SPREAD = 0.01
"""A loss that hardly moves is taken to move by this part of itself."""

SPIKE_DEVIATIONS = 8.0
"""What is worth being judged at once."""

DISK_SECONDS = 600.0
"""How long readings of the free disk are kept."""

PARTIAL_SHARE = 0.5
"""A checkpoint smaller than this part of the usual size is partial."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value at the time `at` of its record, in Unix seconds; `subject` is what it is about."""

    value: float
    at: float
    subject: str = ""
    detail: str = ""
    step: int | None = None


@dataclass(slots=True)
class Odd:
    """A metric that was no finite number at a step, and how many finite values came after that."""

    last: float
    """Unix seconds of its latest value."""
    step: int | None = None
    calm: int = 0


@dataclass(slots=True)
class Memory:
    """What was seen of late. Starts empty with each backend, and fills up by itself."""

    losses: deque[float] = field(default_factory=lambda: deque(maxlen=LOSSES))
    deviations: deque[Reading] = field(default_factory=lambda: deque(maxlen=CALM_STEPS))
    odd: dict[str, Odd] = field(default_factory=dict)
    sizes: deque[int] = field(default_factory=lambda: deque(maxlen=8))
    partial: Reading | None = None
    disk: deque[tuple[float, int]] = field(default_factory=deque)
    """(t, free bytes)"""
    saves_disk: deque[tuple[float, int]] = field(default_factory=deque)
    """The same where the trainer saves, if that is another file system."""
    watched: tuple[tuple[str, str], ...] = ()
    """(rule, metric) of the rules over metrics of the trainer, not over gauges."""
    measured: int = 0
    """Steps that were measured."""
    measured_t: tuple[float, float] | None = None
    """Times of the first and of the last of them."""
    pending: dict[str, float] = field(default_factory=dict)
    """Id of an alert that has not lasted long enough → since when."""


def see(memory: Memory, event: Event) -> bool:
    """Takes note of an event; True when it must be judged now, because it may be gone soon."""
    look = _SEEN.get(type(event))
    return look is not None and look(memory, event)


def remember(memory: Memory, state: RunState) -> None:
    """What a new backend takes over: metrics whose alert is open have to prove themselves."""
    for alert in state.alerts.open.values():
        if alert.rule in ("nonfinite_loss", "nonfinite_metric"):
            name = alert.id.partition("/")[2] or "loss"
            memory.odd.setdefault(name, Odd(alert.t, alert.step))


def _see_measured(memory: Memory, event: Measured) -> bool:
    memory.measured += event.n
    first = memory.measured_t[0] if memory.measured_t else event.t
    memory.measured_t = min(first, event.t), event.t
    return _see_odd(memory, event) | _see_loss(memory, event)


def _see_odd(memory: Memory, event: Measured) -> bool:
    if not memory.odd and math.isfinite(sum(event.values.values())):
        return False
    is_new = False
    for name, value in event.values.items():
        known = memory.odd.get(name)
        if math.isfinite(value):
            if known is not None:
                known.calm, known.last = known.calm + 1, event.t
        elif known is None or known.calm >= CALM_STEPS:
            memory.odd[name] = Odd(event.t, event.step)
            is_new = True
        else:
            known.calm, known.last = 0, event.t
    return is_new


def _see_loss(memory: Memory, event: Measured) -> bool:
    loss = event.values.get("loss")
    if loss is None or not math.isfinite(loss):
        return False
    highest = max((loss, *(high for high in event.mm.get("loss", ()) if math.isfinite(high))))
    above = 0.0
    if len(memory.losses) >= ENOUGH_LOSSES:
        middle = median(memory.losses)
        spread = NORMAL_MAD * median(abs(value - middle) for value in memory.losses)
        above = (highest - middle) / max(spread, LEAST_SPREAD * abs(middle), 1e-12)
        detail = f"{fmt.loss(highest)}, usual {fmt.loss(middle)}"
        if math.isfinite(above):  # else the losses themselves are beyond what can be judged
            memory.deviations.append(Reading(above, event.t, "", detail, event.step))
    memory.losses.append(loss)
    return above > SPIKE_DEVIATIONS


def _see_saved(memory: Memory, event: Saved) -> bool:
    if not event.ok:
        return True
    if event.bytes is None:
        return False
    usual = median(memory.sizes) if memory.sizes else None
    is_partial = event.bytes == 0 or (usual is not None and event.bytes < PARTIAL_SHARE * usual)
    detail = f"{fmt.size(event.bytes)}, usual {fmt.size(usual)}"
    memory.partial = Reading(float(is_partial), event.t, "", detail, event.step)
    if not is_partial:
        memory.sizes.append(event.bytes)
    return is_partial


def _see_sampled(memory: Memory, event: Sampled) -> bool:
    for seen, free in (
        (memory.disk, event.disk_free),
        (memory.saves_disk, event.checkpoint_disk_free),
    ):
        if free is not None:
            seen.append((event.t, free))
            while seen[0][0] < event.t - DISK_SECONDS:
                seen.popleft()
    return False


_SEEN: dict[type[Any], Callable[[Memory, Any], bool]] = {
    Measured: _see_measured,
    Saved: _see_saved,
    Sampled: _see_sampled,
}
