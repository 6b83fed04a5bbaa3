"""How a series is kept: entries of a level, levels above levels, and what appending means.

An entry of level 0 is one recorded value, an entry of level k sums up 16^k of them by their range.
Values that are not finite are kept, and marked in every level, but count in no range. Steps may
repeat or go back (a restart from a checkpoint): `stretch` keeps account of what is visible.

A new summary per entry (a mean, say) is a column of `Entries`.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from itertools import pairwise
from math import isfinite, nan
from typing import NamedTuple

CHUNK = 1024
FACTOR = 16
BLOCK = CHUNK // FACTOR
"""Entries of a block of level 1 and above; a block of level k spans 16^(k-1) chunks."""

MISSING = -(2**62)
"""Stands for a step that was not told until `number` replaces it."""

STRETCHES = 256


class Entries:
    """Values, or summaries of them, in the order of recording: six columns of one length.

    `steps` and `times` (Unix seconds) are those of the first value in an entry; `last` is the last
    finite value, or any value in level 0; `low` and `high` are NaN when no value is finite; `odd`
    is 1 where a value is not finite.
    """

    __slots__ = ("high", "last", "low", "odd", "steps", "times")

    def __init__(self) -> None:
        self.steps = array("q")
        self.times = array("d")
        self.last = array("d")
        self.low = array("d")
        self.high = array("d")
        self.odd = array("b")

    def __len__(self) -> int:
        return len(self.steps)

    def extend(self, other: Entries, first: int = 0, end: int | None = None) -> None:
        """Appends the entries first … end-1 of `other`."""
        for name in self.__slots__:
            getattr(self, name).extend(getattr(other, name)[first:end])

    def part(self, first: int, end: int | None = None) -> Entries:
        """A copy of the entries first … end-1."""
        copy = Entries()
        copy.extend(self, first, end)
        return copy


def entries_of(
    steps: array[int],
    times: array[float],
    values: array[float],
    ranges: dict[int, tuple[float, float]],
) -> Entries:
    """Level 0 from what was recorded. `ranges`: index → range of the values this one stands for."""
    made = Entries()
    made.steps, made.times, made.last = steps, times, values
    made.low, made.high = values[:], values[:]
    made.odd = _odd(values)
    for index, (low, high) in ranges.items():
        made.low[index], made.high[index] = low, high
    return made


def _odd(values: array[float]) -> array[int]:
    if isfinite(sum(values)):
        return array("b", bytes(len(values)))
    return array("b", [not isfinite(value) for value in values])


# --- levels -----------------------------------------------------------------------------------


def summarise(fine: Entries) -> Entries:
    """The next coarser level: one entry for each 16 of `fine`, whose length is a multiple of 16."""
    coarse = Entries()
    coarse.steps, coarse.times = fine.steps[::FACTOR], fine.times[::FACTOR]
    if not any(fine.odd):
        low, high = fine.low.tolist(), fine.high.tolist()
        groups = range(0, len(low), FACTOR)
        coarse.low = array("d", [min(low[i : i + FACTOR]) for i in groups])
        coarse.high = array("d", [max(high[i : i + FACTOR]) for i in groups])
        coarse.last = fine.last[FACTOR - 1 :: FACTOR]
        coarse.odd = array("b", bytes(len(groups)))
        return coarse
    for first in range(0, len(fine), FACTOR):
        low_, high_, last = spread(fine, first, first + FACTOR)
        coarse.low.append(low_)
        coarse.high.append(high_)
        coarse.last.append(last)
        coarse.odd.append(any(fine.odd[first : first + FACTOR]))
    return coarse


def spread(entries: Entries, first: int = 0, end: int | None = None) -> tuple[float, float, float]:
    """(low, high, last) over the finite values of a part; NaN where there is none."""
    low = min(filter(isfinite, entries.low[first:end]), default=nan)
    high = max(filter(isfinite, entries.high[first:end]), default=nan)
    last = next(filter(isfinite, reversed(entries.last[first:end])), high)
    return low, high, last


_HEAD = struct.Struct("<BBxxIqq")
_STEPS, _RANGES = 1, 2


def pack(entries: Entries, level: int) -> bytes:
    """Entries as bytes. Evenly spaced steps, and ranges that are the values, take no room."""
    steps, count = entries.steps, len(entries)
    first = steps[0] if count else 0
    stride = steps[1] - first if count > 1 else 0
    spaced = steps[-1] - first == stride * (count - 1) if count else True
    flags = 0 if spaced and steps == _even(first, stride, count) else _STEPS
    if level or entries.low != entries.last or entries.high != entries.last:
        flags |= _RANGES
    parts = [_HEAD.pack(level, flags, count, first, stride), entries.times.tobytes()]
    parts.append(entries.last.tobytes())
    if flags & _STEPS:
        parts.append(steps.tobytes())
    if flags & _RANGES:
        parts += [entries.low.tobytes(), entries.high.tobytes(), entries.odd.tobytes()]
    return b"".join(parts)


def unpack(data: bytes) -> Entries:
    """The entries `pack` gave. Raises ValueError or struct.error on anything else."""
    _level, flags, count, first, stride = _HEAD.unpack_from(data)
    view, entries = memoryview(data)[_HEAD.size :], Entries()

    def take(column: array[float] | array[int]) -> None:
        nonlocal view
        size = count * column.itemsize
        column.frombytes(view[:size])
        if len(column) != count:
            raise ValueError("a block of a series is too short")
        view = view[size:]

    take(entries.times)
    take(entries.last)
    if flags & _STEPS:
        take(entries.steps)
    else:
        entries.steps = _even(first, stride, count)
    if flags & _RANGES:
        take(entries.low)
        take(entries.high)
        take(entries.odd)
    else:
        entries.low, entries.high = entries.last[:], entries.last[:]
        entries.odd = _odd(entries.last)
    return entries


def _even(first: int, stride: int, count: int) -> array[int]:
    if stride == 0:
        return array("q", [first]) * count
    return array("q", range(first, first + stride * count, stride))


# --- what is appended -------------------------------------------------------------------------


def number(steps: array[int], last: int) -> None:
    """Gives each missing step the one after its forerunner; `last` is the step before the first."""
    if MISSING not in steps:
        return
    for index, step in enumerate(steps):
        last = steps[index] = last + 1 if step == MISSING else step


def straighten(times: array[float], last: float) -> array[float]:
    """The times, none smaller than the one before it; `last` is the time before the first."""
    if not times or (times[0] >= last and times.tolist() == sorted(times)):
        return times
    straight = array("d")
    for time in times:
        last = max(last, time)
        straight.append(last)
    return straight


class Stretch(NamedTuple):
    """Values start … end-1, whose steps never go back, from the step `step` on."""

    step: int
    start: int
    end: int


def stretch(known: Sequence[Stretch], steps: array[int], last: int) -> list[Stretch]:
    """What is visible on the step axis after `steps` were appended; `last` is the step before.

    In the result first steps grow; a stretch is visible up to the first step of the next one.
    Of more than STRETCHES the oldest are taken for one.
    """
    result, index = list(known), known[-1].end if known else 0
    parts = [(steps[0], len(steps))] if steps.tolist() == sorted(steps) else _rises(steps)
    for first, length in parts:
        if result and first >= last:
            result[-1] = result[-1]._replace(end=index + length)
        else:
            while result and result[-1].step >= first:
                result.pop()
            result.append(Stretch(first, index, index + length))
        index += length
        last = steps[index - (known[-1].end if known else 0) - 1]
    while len(result) > STRETCHES:
        result[:2] = [result[0]._replace(end=result[1].end)]
    return result


def _rises(steps: array[int]) -> list[tuple[int, int]]:
    """(first step, length) of every part in which steps do not go back."""
    starts = [0, *(i for i in range(1, len(steps)) if steps[i] < steps[i - 1]), len(steps)]
    return [(steps[first], end - first) for first, end in pairwise(starts)]
