"""What a metric is counted in, by its name; a name nobody here knows is a plain number."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from console.core import format as fmt

Say = Callable[[float], str]


def _percent(value: float) -> str:
    return fmt.percent(value)


def _share(value: float) -> str:
    """A share from 0 to 1 as percent."""
    return fmt.percent(100.0 * value)


def _degrees(value: float) -> str:
    return f"{fmt.number(value, 1)} °C"


def _watts(value: float) -> str:
    return f"{fmt.number(value)} W"


def _bytes(value: float) -> str:
    """Gigabytes with a digit behind the point; less in its own unit."""
    return fmt.gigabytes(value) if abs(value) >= 1e9 else fmt.size(value)


def _bytes_a_second(value: float) -> str:
    return f"{fmt.size(value)}/s"


_BY_NAME: tuple[tuple[re.Pattern[str], Say], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"(.*/)?loss(_\w+)?|expert_loss/.*", fmt.loss),
        (r"(.*/)?accuracy|expert_share/.*", _share),
        (r"cpu|trainer/cpu|gpu\d+/utilisation", _percent),
        (r"gpu\d+/temperature", _degrees),
        (r"gpu\d+/power", _watts),
        (r"gpu\d+/memory|memory/used|swap/used|trainer/memory", fmt.gigabytes),
        (r"trainer/(read|write)|network/(received|sent)", _bytes_a_second),
        (r"(.*[/_.])?bytes", _bytes),
        (r"throughput", lambda value: fmt.rate(value, "").strip()),
    )
)


def unit_of(name: str) -> Say:
    """The way a value of this metric is told."""
    return next((say for known, say in _BY_NAME if known.fullmatch(name)), fmt.setting)


NOISE = 1e-12
"""Parts of the larger value: what differs by less was rounded otherwise, no more."""


def difference(name: str, a: float | None, b: float | None) -> str:
    """`b` minus `a` with its sign, in the unit of the metric: `+0.0003`, `−28,608`, `+4.4 GB`.

    `0` is said of equal values only, `≈ 0` of what is too small to be said; shares differ in
    percentage points.
    """
    if a is None or b is None:
        return fmt.UNKNOWN
    delta = b - a
    if not math.isfinite(delta):
        return fmt.number(delta)
    if delta == 0:
        return "0"
    say = unit_of(name)
    size = abs(delta) if say is not fmt.setting else _rounded(abs(delta))
    said = say(size).replace(" %", " pp")
    if size < NOISE * max(abs(a), abs(b)) or not any(digit in said for digit in "123456789"):
        return "≈ 0"
    return f"{fmt.MINUS if delta < 0 else '+'}{said}"


def _rounded(value: float) -> float:
    """Four digits; a larger number is told in full, without what is behind its point."""
    return float(f"{value:.4g}") if value < 1e4 and not value.is_integer() else float(round(value))
