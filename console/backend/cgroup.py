"""The limits of the control groups around this process: of a container, a slice, a batch job.

Version 2 (`memory.max`, `cpu.max`, …), else version 1; as documented in the kernel's
Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/. Groups are nested: the tightest limit on the
way from our own group to the root is the one that counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from console.backend.rate import Rate

ROOT = Path("/sys/fs/cgroup")
ME = Path("/proc/self/cgroup")
PRESSURE = Path("/proc/pressure/memory")

LOOK_AGAIN = 30
"""Which group is the tightest is looked up every so many readings."""

NO_LIMIT = 1 << 60
"""Version 1 has a number of this size where there is no limit."""

_V2 = ("memory.max", "memory.current", "inactive_file")
_V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_Names = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Limited:
    """Bytes used and allowed of something, within a group."""

    used: int
    limit: int


class Groups:
    """Reads the groups around this process; None where nothing is limited."""

    def __init__(self, root: Path = ROOT, me: Path = ME, pressure: Path = PRESSURE) -> None:
        self._root, self._me, self._pressure = root, me, pressure
        self._count = 0
        self._memory: tuple[Path, _Names] | None = None
        self._swap: Path | None = None
        self._cpu: tuple[Path, float] | None = None
        self._spent = Rate()

    def look(self) -> None:
        """Call it before each reading of the others."""
        if self._count % LOOK_AGAIN == 0:
            self._memory = _tightest(self._root, self._me)
            self._swap = _tightest_swap(self._root, self._me)
            self._cpu = _tightest_quota(self._root, self._me)
        self._count += 1

    def memory(self) -> Limited | None:
        """What the kernel would give back at once, the inactive file cache, is not used."""
        return _limited(*self._memory) if self._memory else None

    def swap(self) -> Limited | None:
        """Version 2 only: version 1 knows a sum of memory and swap."""
        if self._swap is None:
            return None
        used, limit = (_number(self._swap / f"memory.swap.{name}") for name in ("current", "max"))
        return None if used is None or limit is None else Limited(used, limit)

    def cores(self) -> float | None:
        """How many cores the CPU quota is worth."""
        return self._cpu[1] if self._cpu else None

    def cpu(self, now: float) -> float | None:
        """Percent of the CPU quota since the reading before, by all in the group."""
        if self._cpu is None:
            return None
        folder, cores = self._cpu
        spent = self._spent(_cpu_seconds(folder, self._root), now)
        return None if spent is None else min(100.0, 100.0 * spent / cores)

    def pressure(self) -> float | None:
        """Percent of the last 10 s in which something waited for memory (PSI, `some avg10`)."""
        own = self._memory[0] / "memory.pressure" if self._memory else None
        for path in (own, self._pressure):
            with suppress(OSError, ValueError, IndexError):
                if path is not None:
                    return float(path.read_text().split("avg10=", 1)[1].split()[0])
        return None

    def oom_kills(self) -> int | None:
        """How many processes of the limited group the kernel killed for want of memory."""
        if self._memory is None:
            return None
        folder, names = self._memory
        return _entry(folder / ("memory.events" if names is _V2 else "memory.oom_control"),
                      "oom_kill")  # fmt: skip


def _folders(root: Path, me: Path, controller: str) -> Iterator[tuple[Path, bool]]:
    """Groups from our own to the root, and whether they are of version 2."""
    with suppress(OSError):
        for line in me.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            inner = Path(path.lstrip("/"))
            if not controllers:
                yield from ((root / part, True) for part in (inner, *inner.parents))
            elif controller in controllers.split(","):
                yield from ((root / controller / part, False) for part in (inner, *inner.parents))


def _tightest(root: Path, me: Path) -> tuple[Path, _Names] | None:
    found: list[tuple[int, int, Path, _Names]] = []
    for folder, is_second in _folders(root, me, "memory"):
        names = _V2 if is_second else _V1
        limited = _limited(folder, names)
        if limited and limited.limit < NO_LIMIT:
            found.append((limited.limit, len(found), folder, names))
    return min(found)[2:] if found else None


def _limited(folder: Path, names: _Names) -> Limited | None:
    limit, used = _number(folder / names[0]), _number(folder / names[1])
    if limit is None or used is None:
        return None
    idle = _entry(folder / "memory.stat", names[2]) or 0
    return Limited(max(0, used - idle), limit)


def _tightest_swap(root: Path, me: Path) -> Path | None:
    limits = [
        (limit, number, folder)
        for number, (folder, is_second) in enumerate(_folders(root, me, "memory"))
        if is_second and (limit := _number(folder / "memory.swap.max")) is not None
    ]
    return min(limits)[2] if limits else None


def _tightest_quota(root: Path, me: Path) -> tuple[Path, float] | None:
    quotas = [
        (cores, number, folder)
        for number, (folder, is_second) in enumerate(_folders(root, me, "cpu"))
        if (cores := _cores(folder, is_second)) is not None
    ]
    return (min(quotas)[2], min(quotas)[0]) if quotas else None


def _cores(folder: Path, is_second: bool) -> float | None:
    with suppress(OSError, ValueError, ZeroDivisionError):
        if is_second:
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text()
            period = (folder / "cpu.cfs_period_us").read_text()
        cores = int(quota) / int(period)  # "max" is no number, -1 is no limit
        return cores if cores > 0 else None
    return None


def _cpu_seconds(folder: Path, root: Path) -> float | None:
    spent = _entry(folder / "cpu.stat", "usage_usec")
    if spent is not None:
        return spent / 1e6
    with suppress(ValueError):
        inner = folder.relative_to(root / "cpu")
        nanoseconds = _number(root / "cpuacct" / inner / "cpuacct.usage")
        return None if nanoseconds is None else nanoseconds / 1e9
    return None


def _number(path: Path) -> int | None:
    """`max` is none: no limit."""
    with suppress(OSError, ValueError):
        return int(path.read_text())
    return None


def _entry(path: Path, name: str) -> int | None:
    """The number behind a name, in a file of one name a line."""
    with suppress(OSError, ValueError):
        for line in path.read_text().splitlines():
            word, _, value = line.partition(" ")
            if word == name:
                return int(value)
    return None
