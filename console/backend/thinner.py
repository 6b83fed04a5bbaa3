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
            return _summed(held, event)
        held.event = event
        held.count += 1
        for name, value in event.values.items():
            if isfinite(value):
                low, high = held.ranges.get(name, (value, value))
                held.ranges[name] = (min(low, value), max(high, value))
        return None

    def rest(self) -> list[Measured]:
        """What was held back last of each set of names; nothing is held back after that."""
        rest = []
        for held in self._held.values():
            if held.event is not None:
                held.count -= 1
                rest.append(_summed(held, held.event))
        return rest


def _summed(held: _Held, event: Measured) -> Measured:
    count, ranges = held.count, held.ranges
    held.event, held.count, held.ranges = None, 0, {}
    return replace(event, n=event.n + count, mm=ranges) if count else event
