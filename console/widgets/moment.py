"""Now, as widgets are told it: they never look at a clock themselves."""

from __future__ import annotations

import time
from typing import NamedTuple


class Now(NamedTuple):
    """A moment: Unix seconds, seconds since boot, and the time zone's seconds east of UTC.

    `m` is None for a run of another machine or of an earlier boot, whose clock says nothing here.
    """

    t: float
    m: float | None
    offset: float = 0.0

    def age(self, t: float | None, m: float | None) -> float | None:
        """Seconds since a moment; by the clock that never jumps where both have it."""
        if self.m is not None and m is not None:
            return max(0.0, self.m - m)
        return None if t is None else max(0.0, self.t - t)


def read() -> Now:
    """The moment it is on this machine."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    m = time.monotonic() if boot is None else time.clock_gettime(boot)
    t = time.time()
    return Now(t, m, float(time.localtime(t).tm_gmtoff))


def offset_at(t: float) -> float:
    """The time zone's seconds east of UTC at a moment; 0 for one that no calendar has."""
    try:
        return float(time.localtime(t).tm_gmtoff)
    except (OverflowError, ValueError, OSError):
        return 0.0
