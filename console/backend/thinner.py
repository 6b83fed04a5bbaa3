"""Lets at most so many measurements a second pass; the others are summed up in the next one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.core.protocol import Measured

PER_SECOND = 20.0


@dataclass(slots=True)
class _Held:
    room: float = PER_SECOND
    at: float | None = None
    odd: bool = False
    count: int = 0
    event: Measured | None = None
    ranges: dict[str, tuple[float, ...]] = field(default_factory=dict)


class Thinner:
    """One measure for each set of names: lines of different kinds do not push each other out."""

    def __init__(self) -> None:
        self._held: dict[tuple[object, ...], _Held] = {}

    def passes(self, event: Measured) -> Measured | None:
        """The event, with the ranges of those held back before it; None when it is held back.

        The first value that is not finite always passes.
        """
        names = (*event.values, bool(event.expert_loss), bool(event.expert_share))
        held = self._held.setdefault(names, _Held())
        if held.at is not None:
            held.room = min(held.room + (event.m - held.at) * PER_SECOND, PER_SECOND)
        held.at = event.m
        odd = not all(map(isfinite, event.values.values()))
        passes, held.odd = held.room >= 1 or (odd and not held.odd), odd
        if passes:
            held.room = max(0.0, held.room - 1)
            return _summed(held, event, event.n)
        held.event = event
        held.count += event.n
        for name, value in event.values.items():
            if isfinite(value):
                _widen(held.ranges, name, (value,))
        for name, span in event.mm.items():
            _widen(held.ranges, name, span)
        return None

    def rest(self) -> list[Measured]:
        """What was held back last of each set of names; nothing is held back after that."""
        return [
            _summed(held, held.event, 0) for held in self._held.values() if held.event is not None
        ]


def _summed(held: _Held, event: Measured, count: int) -> Measured:
    """The event for all held back, which counts for `count` more itself."""
    count, ranges = held.count + count, held.ranges
    was_held, held.event, held.count, held.ranges = held.event, None, 0, {}
    if was_held is None:
        return event
    for name, span in event.mm.items():
        _widen(ranges, name, span)
    return replace(event, n=count, mm=ranges)


def _widen(ranges: dict[str, tuple[float, ...]], name: str, span: tuple[float, ...]) -> None:
    known = (*ranges.get(name, ()), *span)
    if known:
        ranges[name] = (min(known), max(known))
