"""Numbers, times and text for people; the door to `format_number`, `format_time`, `format_text`.

Every function gives one short string; not known (None) is `—`.
"""

from console.core.format_number import (
    MINUS,
    UNKNOWN,
    gigabytes,
    loss,
    nice_ticks,
    number,
    parameters,
    percent,
    rate,
    scientific,
    setting,
    si,
    signed,
    size,
    tick,
)
from console.core.format_text import ELLIPSIS, cut, pad, text, width
from console.core.format_time import ago, clock, duration, iso

__all__ = [
    "ELLIPSIS",
    "MINUS",
    "UNKNOWN",
    "ago",
    "clock",
    "cut",
    "duration",
    "gigabytes",
    "iso",
    "loss",
    "nice_ticks",
    "number",
    "pad",
    "parameters",
    "percent",
    "rate",
    "scientific",
    "setting",
    "si",
    "signed",
    "size",
    "text",
    "tick",
    "width",
]
