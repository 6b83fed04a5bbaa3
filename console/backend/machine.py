"""Readings of the machine and of a run's processes. A reading that is not to be had is None."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.keeper import clock

if TYPE_CHECKING:
    from console.keeper.identity import Identity

_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes; within the limits of the container, where there is one."""

    used: int | None = None
    total: int | None = None
    swap_used: int | None = None
    swap_total: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run's processes use: CPU in percent of one core, memory in bytes."""

    cpu: float | None = None
    memory: int | None = None
    processes: int | None = None


class Machine:
    """One reader a process: CPU shares are since the reading before."""

    def __init__(self) -> None:
        import psutil  # 30 ms, and only the backend needs it

        self._psutil: Any = psutil
        self._spent: dict[Identity, float] = {}
        self._at: float | None = None
        with suppress(OSError, RuntimeError):
            psutil.cpu_percent(None)

    def cpu(self) -> float | None:
        """Percent of all cores since the reading before."""
        with suppress(OSError, RuntimeError):
            return float(self._psutil.cpu_percent(None))
        return None

    def memory(self) -> Memory:
        try:
            host, swap = self._psutil.virtual_memory(), self._psutil.swap_memory()
        except (OSError, RuntimeError):
            return Memory()
        used, total = host.total - host.available, host.total
        if (limit := container_limit()) and limit[1] < total:
            used, total = limit
        return Memory(used, total, swap.used, swap.total)

    def usage(self, members: Iterable[Identity]) -> Usage:
        """What these processes use; memory they share counts once."""
        now, spent = clock.since_boot(), dict[Any, float]()
        own = shared = 0
        for member in members:
            with suppress(self._psutil.Error, OSError):
                process = self._psutil.Process(member.pid)
                with process.oneshot():
                    times, memory = process.cpu_times(), process.memory_info()
                spent[member] = times.user + times.system
                common = getattr(memory, "shared", 0)
                own += memory.rss - common
                shared = max(shared, common)
        known = spent.keys() & self._spent.keys()
        seconds = None if self._at is None else now - self._at
        used = sum(spent[member] - self._spent[member] for member in known)
        self._spent, self._at = spent, now
        if not spent:
            return Usage(processes=0)
        cpu = 100.0 * max(used, 0.0) / seconds if seconds and known else None
        return Usage(cpu, own + shared, len(spent))


def disk_free(directory: Path) -> int | None:
    """Bytes this user may still write to the file system of `directory`."""
    with suppress(OSError):
        facts = os.statvfs(directory)
        return facts.f_bavail * facts.f_frsize
    return None


def container_limit(root: Path = _CGROUPS, me: Path = Path("/proc/self/cgroup")) -> (
    tuple[int, int] | None
):  # fmt: skip
    """(used, limit) in bytes of the tightest memory limit around this process, None without one.

    Control groups of version 2, else of version 1; memory the kernel would give back at once (the
    inactive file cache) is not counted as used.
    """
    found = [_limit(folder, names) for folder, names in _groups(root, me)]
    return min((each for each in found if each), key=lambda each: each[1], default=None)


_V2 = ("memory.max", "memory.current", "inactive_file")
_V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def _groups(root: Path, me: Path) -> Iterable[tuple[Path, tuple[str, str, str]]]:
    with suppress(OSError):
        for line in me.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            inner = Path(path.lstrip("/"))
            if not controllers:
                for part in (inner, *inner.parents):
                    yield root / part, _V2
            elif "memory" in controllers.split(","):
                for part in (inner, *inner.parents):
                    yield root / "memory" / part, _V1


def _limit(folder: Path, names: tuple[str, str, str]) -> tuple[int, int] | None:
    limit, current, cache = names
    with suppress(OSError, ValueError):
        most = int((folder / limit).read_text())  # "max" is no number: no limit
        used = int((folder / current).read_text())
        words = (line.split() for line in (folder / "memory.stat").read_text().splitlines())
        idle = next((int(word[1]) for word in words if word[0] == cache), 0)
        return max(0, used - idle), most
    return None
