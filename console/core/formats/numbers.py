"""Numbers as programs print them. Nothing here raises; what is no number is None."""

from __future__ import annotations

# Bounded, so that no conversion can overflow or take long; thousands may be set off by commas.
NUMBER = (
    rb"[-+]?(?:(?:\d{1,3}(?:,\d{3}){1,5}|\d{1,18})(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][-+]?\d{1,4})?"
    rb"|[-+]?(?:[nN]a[nN]|NAN|[iI]nf(?:inity)?)\b"
)


def number(text: bytes, shift: int = 0) -> float | None:
    """The value to the digits printed, times 10**`shift` (-2 for percent), rounded once."""
    text = text.replace(b",", b"").lower()
    try:
        if shift and b"e" not in text and b"n" not in text:
            return float(text + b"e%d" % shift)
        return float(text) * 10.0**shift
    except ValueError:
        return None


def integer(text: bytes) -> int:
    """A whole number the caller's pattern has bounded to digits and commas."""
    return int(text.replace(b",", b""))


def byte_size(text: bytes, unit: bytes) -> float | None:
    """Bytes: `142.3` `GB` is 142.3e9, `GiB` counts 2**30."""
    power = b"KMGT".find(unit[:1]) + 1
    if unit.endswith(b"iB"):
        value = number(text)
        return None if value is None else value * 1024**power
    return number(text, 3 * power)


def count(text: bytes, suffix: bytes) -> float | None:
    """How many: `14` `B` is 14e9."""
    return number(text, 3 * (b"KMBT".find(suffix) + 1) if suffix else 0)
