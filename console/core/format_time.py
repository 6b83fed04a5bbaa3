"""Times for people. Nothing here knows the clock: now and the time zone are given."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone

from console.core.format_number import UNKNOWN

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Own names, because those of the C library follow the locale."""


def duration(seconds: float | None) -> str:
    """`4.1 s`, `12 s`, `4 m 05 s`, `147 h 23 m`. Below zero, which no clock means, is `0.0 s`."""
    if (odd := _odd(seconds)) is not None or seconds is None:
        return odd or UNKNOWN
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60:02} m"


def ago(seconds: float | None) -> str:
    """`0.4 s ago`, `12 s ago`, `2 m ago`, `3 h ago`, `3 d ago`."""
    if (odd := _odd(seconds)) is not None or seconds is None:
        return odd or UNKNOWN
    if seconds < 59.5:
        return f"{duration(seconds)} ago"
    for unit, name in ((86400, "d"), (3600, "h")):
        if seconds >= unit:
            return f"{int(seconds // unit):,} {name} ago"
    return f"{max(1, int(seconds // 60))} m ago"


def clock(t: float | None, now: float, offset_seconds: float, *, with_seconds: bool = False) -> str:
    """`18:45` today, `Tue 18:45` within six days, `22 Nov 18:45`, `22 Nov 2027` in another year.

    `t` and `now` are Unix seconds, `offset_seconds` is the time zone's distance east of UTC at `t`.
    """
    when, today = _local(t, offset_seconds), _local(now, offset_seconds)
    if when is None or today is None:
        return UNKNOWN
    hour = f"{when:%H:%M:%S}" if with_seconds else f"{when:%H:%M}"
    days = abs((when.date() - today.date()).days)
    if days == 0:
        return hour
    if days <= 6:
        return f"{_DAYS[when.weekday()]} {hour}"
    date = f"{when.day} {_MONTHS[when.month - 1]}"
    return f"{date} {when.year}" if when.year != today.year and days > 180 else f"{date} {hour}"


def iso(t: float | None, offset_seconds: float) -> str | None:
    """ISO 8601 with offset and whole seconds; None for a time that is not known."""
    when = _local(t, offset_seconds)
    return None if when is None else when.isoformat(timespec="seconds")


def _local(t: float | None, offset_seconds: float) -> datetime | None:
    """The local date and time, or None for one that no calendar has."""
    if t is None or not math.isfinite(t):
        return None
    try:
        zone = timezone(timedelta(seconds=round(offset_seconds)))
        return datetime.fromtimestamp(t, zone)
    except (OverflowError, ValueError, OSError):
        return None


def _odd(seconds: float | None) -> str | None:
    """The text for what is no length of time."""
    if seconds is None:
        return UNKNOWN
    if math.isfinite(seconds) and seconds < 1e13:
        return None
    return "NaN" if math.isnan(seconds) else "∞" if seconds > 0 else UNKNOWN
