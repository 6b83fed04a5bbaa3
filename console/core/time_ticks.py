"""Round moments along an axis of time, with labels that say no more than is needed. Pure."""

from __future__ import annotations

from math import ceil, isfinite

from console.core.format_time import clock

MINUTE, HOUR, DAY = 60, 3600, 86_400
STEPS = (
    1, 2, 5, 10, 15, 30,
    MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
    HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
    DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 365 * DAY,
)  # fmt: skip
"""Seconds from one tick to the next."""


def time_ticks(
    left: float, right: float, most: int, offset_seconds: float
) -> tuple[tuple[float, str], ...]:
    """At most `most` moments between two (Unix seconds) with their labels: `14:04`, `14:04:15`
    where they are closer than a minute, `Tue 14:00` or `27 Apr` where a day is not enough.

    `offset_seconds` is the time zone's distance east of UTC.
    """
    span = right - left
    if not isfinite(span) or span <= 0 or most < 1:
        return ()
    step = next((step for step in STEPS if span / step <= most), STEPS[-1])
    step *= max(1, ceil(span / step / most))
    first = ceil((left + offset_seconds) / step) * step - offset_seconds
    count = int((right - first) // step) + 1
    moments = [first + number * step for number in range(max(0, count))][:most]
    return tuple((t, _label(t, right, offset_seconds, step)) for t in moments)


def unit_of_time(seconds: float) -> tuple[float, str]:
    """What an axis from 0 to so many seconds is counted in: the seconds of one, and its name."""
    if seconds < 3 * MINUTE:
        return 1.0, "seconds"
    return (60.0, "minutes") if seconds < 3 * HOUR else (3600.0, "hours")


def _label(t: float, last: float, offset_seconds: float, step: float) -> str:
    if step >= DAY:
        return clock(t, t + 30 * DAY, offset_seconds).rpartition(" ")[0]
    return clock(t, last, offset_seconds, with_seconds=step < MINUTE)
