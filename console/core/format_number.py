"""Numbers for people: one function a unit, each gives one short string.

Not known (None) is `—`, not a number `NaN`, without bound `∞`. Nothing ever reads `-0` or
`1.2000000000000002e-05`. Numbers below zero carry a real minus sign. To add a unit: a function.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

UNKNOWN = "—"
MINUS = "−"

P = ParamSpec("P")


def _known(
    form: Callable[Concatenate[float, P], str],
) -> Callable[Concatenate[float | None, P], str]:
    """Leaves only finite numbers to `form`."""

    @wraps(form)
    def formed(x: float | None, /, *args: P.args, **kwargs: P.kwargs) -> str:
        if x is None:
            return UNKNOWN
        try:
            is_finite = math.isfinite(x)
        except OverflowError:  # an int beyond every float
            x, is_finite = math.copysign(math.inf, x > 0 or -1), False
        if is_finite:
            return form(x, *args, **kwargs)
        return "NaN" if math.isnan(x) else "∞" if x > 0 else f"{MINUS}∞"

    return formed


def _sign(x: float, digits: str) -> str:
    """`digits` of abs(x) with the sign of x; what is rounded to zero has none."""
    is_zero = not any(digit in digits for digit in "123456789")
    return f"{MINUS}{digits}" if x < 0 and not is_zero else digits


@_known
def number(x: float, digits: int = 0) -> str:
    """`8,452`, with `digits` decimals; from 1e15 on `1.20e15`."""
    return scientific(x) if abs(x) >= 1e15 else _sign(x, f"{abs(x):,.{digits}f}")


@_known
def signed(x: float, digits: int = 4) -> str:
    """`+0.0003`, `−0.0003`, and `0.0000` for what is nearly zero."""
    plain = number(x, digits)
    has_sign = plain.startswith(MINUS) or not any(digit in plain for digit in "123456789")
    return plain if has_sign else f"+{plain}"


@_known
def scientific(x: float, digits: int = 2) -> str:
    """`1.20e-5`, as learning rates are read; zero is `0`."""
    if x == 0:
        return "0"
    mantissa, exponent = f"{abs(x):.{digits}e}".split("e")
    return _sign(x, f"{mantissa}e{int(exponent)}")


@_known
def setting(x: float) -> str:
    """The shortest text for a configured value, to six digits: `1e-4`, `0.999`, `2,048`."""
    if x != 0 and not 1e-3 <= abs(x) < 1e12:
        mantissa, exponent = f"{abs(x):.5e}".split("e")
        return _sign(x, f"{_trimmed(mantissa)}e{int(exponent)}")
    return _sign(x, _trimmed(f"{abs(x):,.{max(0, 5 - _exponent(x))}f}"))


@_known
def loss(x: float) -> str:
    """Four decimals where they say something, else `1.20e-5` or `3.40e8`."""
    return number(x, 4) if x == 0 or 5e-5 <= abs(x) < 1e6 else scientific(x)


@_known
def percent(x: float, digits: int = 1) -> str:
    """`94.7 %` of a number from 0 to 100."""
    return f"{number(x, digits)} %"


@_known
def rate(x: float, unit: str = "tok/s") -> str:
    """`2,847 tok/s`; slow ones get decimals: `12.5`, `0.42`."""
    digits = 0 if abs(x) >= 99.95 else 1 if abs(x) >= 9.995 else 2
    text = setting(x) if 0 < abs(x) < 0.005 else number(x, digits)
    return f"{text} {unit}"


@_known
def gigabytes(x: float, digits: int = 1) -> str:
    """Bytes as `142.3 GB` (10⁹), the unit of the memory panels."""
    return f"{number(x / 1e9, digits)} GB"


@_known
def size(x: float) -> str:
    """Bytes as `512 B`, `1.2 GB`: powers of 1000."""
    return _scaled(x, (" B", " kB", " MB", " GB", " TB", " PB"))


@_known
def si(x: float) -> str:
    """`847`, `1.2 k`, `35 M`."""
    return _scaled(x, ("", " k", " M", " G", " T", " P"))


@_known
def parameters(x: float) -> str:
    """A model's size as the field writes it: `1.3M`, `14B`."""
    return re.sub(r"\.0(?![0-9])", "", _scaled(x, ("", "K", "M", "B", "T")))


@_known
def tick(x: float, step: float) -> str:
    """The label of an axis tick, with the digits that ticks `step` apart need: `0.15`, `3k`."""
    if x == 0 or step <= 0:
        return "0" if x == 0 else setting(x)
    if step < 1e-3:
        return setting(x)
    for unit, name in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(x) >= unit and step >= unit / 100:
            return number(x / unit, _decimals(step / unit)) + name
    return number(x, _decimals(step))


def nice_ticks(lo: float, hi: float, n: int) -> list[float]:
    """At most `n` round values (1, 2 or 5 times a power of ten apart) from `lo` to `hi`.

    One value for an empty range, none where a bound is not finite.
    """
    span = hi - lo
    if not math.isfinite(span) or n < 1:
        return []
    if span <= 1e-12 * max(abs(lo), abs(hi)) or n == 1:
        return [lo]
    raw = span / (n - 1)
    power = _exponent(raw)
    if power < -300:
        return [lo]
    step = next(f * 10.0**power for f in (1, 2, 5, 10) if f * 10.0**power >= raw * (1 - 1e-9))
    first, last = math.ceil(lo / step - 1e-9), math.floor(hi / step + 1e-9)
    return [round(index * step, max(0, -power)) for index in range(first, last + 1)][:n]


def _scaled(x: float, units: tuple[str, ...]) -> str:
    """Two digits of a number below ten units, none behind the point above."""
    scaled, power = abs(x), 0
    while scaled >= 999.5 and power < len(units) - 1:
        scaled, power = scaled / 1000, power + 1
    if scaled >= 999_999.5:
        return scientific(x / 1000**power) + units[power]
    if 0 < scaled < 0.05:
        return setting(x) + units[0]
    digits = f"{scaled:,.{1 if scaled < 9.95 else 0}f}"
    return _sign(x, digits if power else _trimmed(digits)) + units[power]


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _exponent(x: float) -> int:
    return math.floor(math.log10(abs(x))) if x else 0


def _decimals(step: float) -> int:
    """Decimals that tell 1-2-5 steps apart."""
    return max(0, -_exponent(step * (1 + 1e-9)))
