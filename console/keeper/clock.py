"""The two clocks of every record: wall time for people, time since boot for rates and limits."""

from __future__ import annotations

import time


def wall() -> float:
    """Returns Unix seconds."""
    return time.time()


def since_boot() -> float:
    """Returns seconds since boot, sleep included where the system counts it (Linux)."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()
