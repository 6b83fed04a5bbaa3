"""What the output reader found, as events: one function a kind of finding, in EVENTS."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

from console.core import protocol
from console.core.formats.found import (
    Evaluated,
    Fact,
    Found,
    Measured,
    MeasuredBlock,
    Saved,
    Total,
)
from console.core.protocol import Event, Source

if TYPE_CHECKING:
    from console.core.state import RunState

_Losses = tuple[float | None, ...] | None


def event_of_finding(found: Found, t: float, m: float, state: RunState) -> Event:
    """The event a finding tells of. Its source is PARSED; `state` fills in experts not named."""
    event: Event = EVENTS[type(found)](found, t, m, state)
    return event


def _measured(found: Measured, t: float, m: float, state: RunState) -> Event:
    return protocol.Measured(
        t, m, found.step, found.values, found.epoch, found.batch,
        _experts(found.expert_loss, state.experts.loss),
        _experts(found.expert_share, state.experts.share),
        source=Source.PARSED,
    )  # fmt: skip


def _experts(values: _Losses, before: tuple[float, ...]) -> tuple[float, ...]:
    if values is None:
        return ()
    known = before if len(before) == len(values) else (nan,) * len(values)
    return tuple(old if new is None else new for new, old in zip(values, known, strict=True))


def _block(found: MeasuredBlock, t: float, m: float, _state: RunState) -> Event:
    finite = {name: list(filter(isfinite, column)) for name, column in found.values.items()}
    return protocol.Measured(
        t,
        m,
        found.steps[-1],
        {name: column[-1] for name, column in found.values.items()},
        found.epochs[-1] if found.epochs else None,
        found.batches[-1] if found.batches else None,
        mm={name: (min(column), max(column)) for name, column in finite.items() if column},
        n=len(found.steps),
        source=Source.PARSED,
    )


def _fact(found: Fact | Total, t: float, m: float, _state: RunState) -> Event:
    return protocol.Facts(t, m, {found.name: found.value}, Source.PARSED)


def _saved(found: Saved, t: float, m: float, _state: RunState) -> Event:
    return protocol.Saved(t, m, found.step, found.path, source=Source.PARSED)


def _evaluated(found: Evaluated, t: float, m: float, _state: RunState) -> Event:
    values = found.values
    return protocol.Evaluated(t, m, found.step, found.split, values, source=Source.PARSED)


EVENTS: dict[type[Any], Callable[..., Event]] = {
    Measured: _measured,
    MeasuredBlock: _block,
    Total: _fact,
    Fact: _fact,
    Saved: _saved,
    Evaluated: _evaluated,
}
