"""Readings of the machine, within the limits of the container. What is not to be had is None."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.backend.cgroup import Groups
from console.keeper import clock

_MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes; within the limits of the container, where there is one, which `limit` is."""

    used: int | None = None
    total: int | None = None
    swap_used: int | None = None
    swap_total: int | None = None
    limit: int | None = None


class Machine:
    """One reader a process: CPU shares are since the reading before. Call `look` first."""

    def __init__(self, groups: Groups | None = None) -> None:
        import psutil  # 30 ms, and only the backend needs it

        self._psutil: Any = psutil
        self.groups = groups or Groups()
        with suppress(OSError, RuntimeError):
            psutil.cpu_percent(None)

    def look(self) -> None:
        self.groups.look()

    def cpu(self) -> float | None:
        """Percent of all cores, or of the container's quota, since the reading before."""
        if self.cpu_limit() is not None:
            return self.groups.cpu(clock.since_boot())
        with suppress(OSError, RuntimeError):
            return float(self._psutil.cpu_percent(None))
        return None

    def cpu_limit(self) -> float | None:
        """Cores of the container's quota, None when that is no limit."""
        cores = self.groups.cores()
        return None if cores is None or cores >= (os.cpu_count() or 1) else cores

    def memory(self) -> Memory:
        used, total, swap_used, swap_total = _of_linux() or self._of_psutil()
        limit, inner, swap = None, self.groups.memory(), self.groups.swap()
        if inner and (total is None or inner.limit < total):
            used, total, limit = inner.used, inner.limit, inner.limit
        if swap and (swap_total is None or swap.limit < swap_total):
            swap_used, swap_total = swap.used, swap.limit
        return Memory(used, total, swap_used, swap_total, limit)

    def _of_psutil(self) -> tuple[int | None, int | None, int | None, int | None]:
        with suppress(OSError, RuntimeError):
            host, swap = self._psutil.virtual_memory(), self._psutil.swap_memory()
            return host.total - host.available, host.total, swap.used, swap.total
        return None, None, None, None


def _of_linux() -> tuple[int, int, int, int] | None:
    """Used and total, of memory and of swap; in use is what is not available (`man 5 proc`)."""
    with suppress(OSError, ValueError, KeyError):
        lines = (line.split() for line in _MEMINFO.read_text().splitlines())
        kib = {words[0]: int(words[1]) for words in lines}
        total, swap = kib["MemTotal:"], kib["SwapTotal:"]
        numbers = total - kib["MemAvailable:"], total, swap - kib["SwapFree:"], swap
        return numbers[0] << 10, numbers[1] << 10, numbers[2] << 10, numbers[3] << 10
    return None


def disk_free(directory: Path) -> int | None:
    """Bytes this user may still write to the file system of `directory`."""
    with suppress(OSError):
        facts = os.statvfs(directory)
        return facts.f_bavail * facts.f_frsize
    return None
