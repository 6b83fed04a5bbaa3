"""What watching costs: CPU and memory of everything of ours for one run.

Guard, pump, backend and the screens that were called with the run's id; never the trainer. A
screen that was called otherwise tells its own pid (`extra`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from pathlib import Path

from console.backend import lifecycle
from console.core import format as people
from console.keeper import clock

_OURS = b"console."
LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Overhead:
    """CPU in percent of one core over the time between two readings, None before there are two;
    memory in bytes (resident, what they share counted for each); how many processes; CPU in percent
    of one core since they began."""

    cpu: float | None
    memory: int
    processes: int
    average: float | None = None


class Reader:
    """For one run. `read` may be called at any pace; CPU is since the reading before."""

    def __init__(self, run_dir: Path, extra: Iterable[int] = ()) -> None:
        """`extra`: processes that belong to it too, such as the one that asks."""
        self._marks = os.fsencode(run_dir), os.fsencode(run_dir.name)
        self._extra = frozenset(extra)
        self._spent: dict[tuple[int, int], float] = {}
        self._at: float | None = None

    def read(self) -> Overhead:
        now, memory, average = time.monotonic(), 0, 0.0
        spent: dict[tuple[int, int], float] = {}
        for pid in _pids(self._marks) | self._extra:
            found = _usage(pid)
            if found is not None:
                start, seconds, resident = found
                spent[pid, start] = seconds
                memory += resident
                age = clock.since_boot() - start / os.sysconf("SC_CLK_TCK")
                average += 100.0 * seconds / max(age, 1.0)
        known = spent.keys() & self._spent.keys()
        cpu = None
        if self._at is not None and known and now > self._at:
            used = sum(spent[one] - self._spent[one] for one in known)
            cpu = 100.0 * max(0.0, used) / (now - self._at)
        self._spent, self._at = spent, now
        return Overhead(cpu, memory, len(spent), average if spent else None)

    @property
    def age(self) -> float:
        """Seconds since the last reading."""
        return inf if self._at is None else time.monotonic() - self._at


def begun(run_dir: Path) -> Reader:
    """A reader that has read once; what takes time anyway may be done before `ended`."""
    reader = Reader(run_dir)
    reader.read()
    return reader


def ended(reader: Reader) -> Overhead | None:
    """A reading over a quarter of a second at least; None where nothing of ours runs."""
    time.sleep(max(0.0, LOOK_SECONDS - reader.age))
    found = reader.read()
    return found if found.processes else None


def lines(found: Overhead) -> list[str]:
    """For people, a line each."""
    cpu = found.average if found.cpu is None else found.cpu
    since = "since they began" if found.cpu is None else "since the last look"
    said = people.UNKNOWN if cpu is None else f"{people.percent(cpu)} of a core {since}"
    return [
        f"CPU     {said}",
        f"memory  {people.size(found.memory)} in {_counted(found.processes)}",
    ]


def _counted(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


def _pids(marks: tuple[bytes, bytes]) -> set[int]:
    """Processes of ours that name the run: its directory, or its id as `attach` does."""
    directory, name = marks
    trainer = lifecycle.trainer_of(Path(os.fsdecode(directory)))
    others = {os.getpid(), trainer.pid if trainer else 0}
    found: set[int] = set()
    try:
        entries = os.listdir("/proc")
    except OSError:
        return found
    for pid in {int(entry) for entry in entries if entry.isdigit()} - others:
        words = _read(f"/proc/{pid}/cmdline").split(b"\0")
        is_keeper = directory in words and any(word.startswith(_OURS) for word in words)
        if is_keeper or (name in words and b"attach" in words):
            found.add(pid)
    return found


def _usage(pid: int) -> tuple[int, float, int] | None:
    """(start in ticks, CPU seconds, resident bytes); fields of `stat` as in `man 5 proc`."""
    text = _read(f"/proc/{pid}/stat")
    fields = text[text.rfind(b")") + 2 :].split()
    if len(fields) < 22 or fields[0] in (b"Z", b"X"):
        return None
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return int(fields[19]), seconds, int(fields[21]) * os.sysconf("SC_PAGE_SIZE")


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(1 << 14)
    except OSError:  # it ended, or is not ours to read
        return b""
