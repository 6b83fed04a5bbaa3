"""Who is who: a process is (boot id, pid, start time), and only that may be signalled."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import invocation, processes

if TYPE_CHECKING:
    from .processes import Process

_OURS = {"console.keeper", "console.backend"}
_DEAD = {"Z", "X"}
_STOPPED = {"T", "t"}


@dataclass(frozen=True, slots=True)
class Identity:
    """One process for ever: a pid alone may belong to a stranger later."""

    boot: str
    pid: int
    start: int  # clock ticks since boot; seconds since 1970 where there is no /proc

    @classmethod
    def from_json(cls, value: Any) -> Identity | None:
        """Returns the identity in a JSON object, None when it is not one."""
        match value:
            case {"boot": str(boot), "pid": int(pid), "start": int(start)} if pid > 0:
                return cls(boot, pid, start)
        return None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def of(pid: int) -> Identity | None:
    """Returns the identity of a process (a zombie has one too), None when there is none."""
    found = processes.look(pid)
    return Identity(boot_id(), pid, found.start) if found else None


def is_alive(identity: Identity) -> bool:
    """Says whether exactly this process still runs; a zombie does not."""
    if identity.boot != boot_id():
        return False
    return _is(identity, processes.look(identity.pid))


def signal_exactly(identity: Identity, number: int) -> bool:
    """Sends a signal to exactly this process; False when it is gone. Raises PermissionError.

    Through a pidfd where the system has them: checked after opening, so that the pid cannot pass
    to a stranger between the check and the signal.
    """
    descriptor = pidfd(identity)
    try:
        if not is_alive(identity):
            return False
        if descriptor is None:
            os.kill(identity.pid, number)
        else:
            signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return True


def pidfd(identity: Identity) -> int | None:
    """Returns a descriptor that gets readable when this process ends.

    None when it is gone already or the system has no such thing.
    """
    if not hasattr(os, "pidfd_open"):
        return None
    with suppress(OSError):
        descriptor = os.pidfd_open(identity.pid)
        if is_alive(identity):
            return descriptor
        os.close(descriptor)
    return None


def members(run_id: str, trainer: Identity | None) -> list[Identity]:
    """Returns the living processes of a run: trainer, its descendants, and whoever has its id.

    The id is the entry GLADIUS_RUN_ID of the environment: workers of torchrun live in sessions of
    their own, and a daemon has lost its parents. Keepers, backends and the caller are never in it.
    """
    table = processes.table()
    found: set[int] = set()
    if trainer and trainer.boot == boot_id() and _is(trainer, table.get(trainer.pid)):
        found = {trainer.pid, *_descendants(trainer.pid, table.values())}
    entry = f"{invocation.RUN_ID}={run_id}"
    found |= {pid for pid in table.keys() - found if processes.has_in_environment(pid, entry)}
    return [
        Identity(boot_id(), pid, table[pid].start)
        for pid in sorted(found - {os.getpid()})
        if table[pid].state not in _DEAD and not _OURS.intersection(processes.command(pid))
    ]


def all_stopped(of_run: Iterable[Identity]) -> bool:
    """Says whether each of these still living processes is stopped, and there is at least one."""
    rows = [(identity, processes.look(identity.pid)) for identity in of_run]
    states = [row.state for identity, row in rows if row and _is(identity, row)]
    return bool(states) and _STOPPED.issuperset(states)


@cache
def boot_id() -> str:
    """Returns what changes with every boot of this machine, "" when it cannot be read."""
    return _first_line("/proc/sys/kernel/random/boot_id") or _sysctl("kern.bootsessionuuid")


@cache
def machine_id() -> str:
    """Returns what tells this machine from others: the system's machine id, else the host name."""
    return (
        _first_line("/etc/machine-id")
        or _first_line("/var/lib/dbus/machine-id")
        or _sysctl("kern.uuid")
        or platform.node()
    )


def _is(identity: Identity, row: Process | None) -> bool:
    return row is not None and row.start == identity.start and row.state not in _DEAD


def _descendants(root: int, rows: Iterable[Process]) -> set[int]:
    children: dict[int, list[int]] = {}
    for row in rows:
        children.setdefault(row.parent, []).append(row.pid)
    found: set[int] = set()
    left = [root]
    while left:
        new = set(children.get(left.pop(), ())) - found
        found |= new
        left.extend(new)
    return found


def _first_line(path: str) -> str:
    with suppress(OSError):
        return Path(path).read_text(errors="replace").strip()
    return ""


def _sysctl(name: str) -> str:
    if processes.LINUX:
        return ""
    with suppress(OSError):
        arguments = ["sysctl", "-n", name]
        done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        return done.stdout.strip()
    return ""
