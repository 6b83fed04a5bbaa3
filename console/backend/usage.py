"""What a run's processes use: CPU, memory, reads and writes.

Memory is what each has for itself plus the largest part they share (files and shared memory); what
a fork has in common with its parent counts for both. The exact measure (PSS) is not read: for it
the kernel walks through all pages of a process, a second for 100 GB, and may hold up its calls.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from console.keeper import clock, processes

if TYPE_CHECKING:
    from console.keeper.identity import Identity

_DEAD = (b"Z", b"X")
_READ_BYTES = 1 << 12


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU in percent of one core, memory in bytes, reads and writes of storage in bytes/s."""

    cpu: float | None = None
    memory: int | None = None
    processes: int | None = None
    read: float | None = None
    write: float | None = None


@dataclass(frozen=True, slots=True)
class _Process:
    """One process: CPU seconds so far, resident bytes."""

    cpu: float
    resident: int


class Usages:
    """One reader for all members of a run: CPU and rates are since the reading before."""

    def __init__(self) -> None:
        import psutil

        self._psutil: Any = psutil
        self._ticks = os.sysconf("SC_CLK_TCK")
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._spent: dict[Identity, float] = {}
        self._moved: dict[Identity, tuple[int, int]] = {}
        self._at: float | None = None
        self._moved_at: float | None = None
        self._last = Usage()

    def read(
        self, members: Iterable[Identity], *, deep: bool = True
    ) -> tuple[Usage, list[Identity]]:
        """What they use, and which of them live. Memory and rates are read only when `deep`."""
        now = clock.since_boot()
        look = self._of_linux if processes.LINUX else self._of_psutil
        found = {member: known for member in members if (known := look(member))}
        alive = list(found)
        usage = replace(self._last, cpu=self._cpu(found, now), processes=len(alive))
        if deep:
            read, write = self._rates(alive, now)
            usage = replace(usage, memory=self._memory(found), read=read, write=write)
        self._last = usage
        return usage, alive

    def _cpu(self, found: dict[Identity, _Process], now: float) -> float | None:
        spent = {member: process.cpu for member, process in found.items()}
        known = spent.keys() & self._spent.keys()
        seconds = None if self._at is None else now - self._at
        used = sum(spent[member] - self._spent[member] for member in known)
        self._spent, self._at = spent, now
        return 100.0 * max(used, 0.0) / seconds if seconds and known else None

    def _memory(self, found: dict[Identity, _Process]) -> int | None:
        own = shared = 0
        for member, process in found.items():
            common = self._shared(member.pid)
            own += max(0, process.resident - common)
            shared = max(shared, common)
        return own + shared if found else None

    def _rates(self, alive: list[Identity], now: float) -> tuple[float | None, float | None]:
        """Of the processes that lived at the reading before."""
        moved = {member: total for member in alive if (total := _moved(member.pid))}
        known = moved.keys() & self._moved.keys()
        seconds = None if self._moved_at is None else now - self._moved_at
        grown = [
            sum(max(0, moved[member][way] - self._moved[member][way]) for member in known)
            for way in (0, 1)
        ]
        self._moved, self._moved_at = moved, now
        return (grown[0] / seconds, grown[1] / seconds) if seconds and known else (None, None)

    def _of_linux(self, member: Identity) -> _Process | None:
        """None when it is gone; fields of `stat` as in `man 5 proc`."""
        text = _proc(member.pid, "stat")
        fields = text[text.rfind(b")") + 2 :].split()
        if len(fields) < 22 or int(fields[19]) != member.start or fields[0] in _DEAD:
            return None
        cpu = (int(fields[11]) + int(fields[12])) / self._ticks
        return _Process(cpu, int(fields[21]) * self._page)

    def _of_psutil(self, member: Identity) -> _Process | None:
        with suppress(self._psutil.Error, OSError):
            process = self._psutil.Process(member.pid)
            times = process.cpu_times()
            return _Process(times.user + times.system, process.memory_info().rss)
        return None

    def _shared(self, pid: int) -> int:
        words = _proc(pid, "statm").split()
        return int(words[2]) * self._page if len(words) > 2 else 0


def _moved(pid: int) -> tuple[int, int] | None:
    """Bytes read from and written to storage so far; None where that may not be read."""
    lines = dict(line.partition(b": ")[::2] for line in _proc(pid, "io").splitlines())
    with suppress(KeyError, ValueError):
        return int(lines[b"read_bytes"]), int(lines[b"write_bytes"])
    return None


def _proc(pid: int, name: str) -> bytes:
    try:
        descriptor = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, _READ_BYTES)
    except OSError:  # it ended meanwhile
        return b""
    finally:
        os.close(descriptor)
