"""What the families of one line a step share: names and numbers as printed → findings.

A family is a module with `read_line`: a strict pattern finds its line and where the run is, a loose
one the `name: value` pairs after it, and a table says what its names mean. A name the table lacks
keeps its own, so that whatever a line carries is there; None in the table leaves one out.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from console.core.formats.found import Evaluated, Found, Measured
from console.core.formats.names import COUNTERS, POSITIONS, canonical, plain
from console.core.formats.numbers import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from console.core.formats.memory import Memory

    Convert = Callable[[bytes], float | None]
    Names = Mapping[bytes, tuple[str, Convert] | None]

HEAD = 400
"""A line's own pattern is looked for in so many bytes: before it there is a logger's prefix."""

_STEP_LIMIT = 10**15
_VALUES_LIMIT = 64


milliseconds = partial(number, shift=-3)
"""Milliseconds → seconds."""

gigabytes = partial(number, shift=9)
"""GB = 1e9 → bytes."""

percent = partial(number, shift=-2)
"""Percent → a share from 0 to 1."""


def gibibytes(text: bytes) -> float | None:
    """GiB = 2**30 → bytes."""
    value = number(text)
    return None if value is None else value * 2**30


def positive(text: bytes) -> float | None:
    """A value that the program prints as -1 or -100 when it does not know it."""
    value = number(text)
    return None if value is None or value < 0 else value


def whole(text: bytes | None) -> int | None:
    """A number of steps or epochs, however it is printed; None when it can not be one."""
    value = number(text) if text else None
    return int(value) if value is not None and 0 <= value < _STEP_LIMIT else None


def values(pairs: Iterable[tuple[bytes, bytes]], names: Names) -> dict[str, float]:
    """(printed name, printed number) → values by their names in the metrics database."""
    found: dict[str, float] = {}
    for printed, text in pairs:
        known = names.get(printed, ()) if len(found) < _VALUES_LIMIT else None
        if known is None:
            continue
        name, convert = known or (_own_name(printed), number)
        value = convert(text) if name else None
        if value is not None:
            found.setdefault(name, value)
    return found


def measured(
    row: int,
    memory: Memory,
    told: dict[str, float],
    step: int | None,
    epoch: float | None = None,
    batch: int | None = None,
) -> list[Found]:
    """Values of a moment of training; the step is from now on the current one."""
    step = None if step is None or step >= _STEP_LIMIT else step
    if step is not None:
        memory.step = step
    return [Measured(row, step, epoch, batch, told)]


def evaluated(
    row: int, told: dict[str, float], step: int | None, split: str = "validation"
) -> list[Found]:
    """The result of an evaluation; nothing when no value was told."""
    step = None if step is None or step >= _STEP_LIMIT else step
    return [Evaluated(row, split, told, step)] if told else []


@lru_cache(1024)
def _own_name(printed: bytes) -> str:
    """What a name no table has is called; "" for counters and clocks."""
    name = plain(printed)
    return "" if name in COUNTERS or name in POSITIONS else canonical(name)
