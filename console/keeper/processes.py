"""What the system says about processes: /proc on Linux, ``ps`` elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LINUX = sys.platform == "linux"
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One row of the process table. `start` counts clock ticks since boot (seconds off Linux)."""

    pid: int
    parent: int
    state: str  # first letter as in ps: R S D T t Z X …
    start: int


def look(pid: int) -> Process | None:
    """Returns the process with this pid, None when there is none."""
    if LINUX:
        return _look_proc(pid)
    return next(iter(_ps("-p", str(pid))), None)


def table() -> dict[int, Process]:
    """Returns every process that can be seen, by pid."""
    if not LINUX:
        return {process.pid: process for process in _ps("-ax")}
    found = (_look_proc(int(name)) for name in os.listdir(_PROC) if name.isdigit())
    return {process.pid: process for process in found if process}


def has_in_environment(pid: int, entry: str) -> bool:
    """Says whether the process was started with `entry` ("NAME=value") in its environment."""
    if LINUX:
        return entry.encode() in _read(pid, "environ").split(b"\0")
    return entry in _output("ps", "eww", "-o", "command=", "-p", str(pid)).split()


def variable(pid: int, name: str) -> str | None:
    """Returns a variable of the environment a process was started with, None without it."""
    if LINUX:
        entries = _read(pid, "environ").decode(errors="replace").split("\0")
    else:
        entries = _output("ps", "eww", "-o", "command=", "-p", str(pid)).split()
    found = [entry for entry in entries if entry.startswith(f"{name}=")]
    return found[0].partition("=")[2] if found else None


def catches(pid: int, number: int) -> bool | None:
    """Says whether a process has a handler of its own for a signal; None where nobody tells."""
    for line in _read(pid, "status").splitlines() if LINUX else ():
        name, _, mask = line.partition(b":")
        if name == b"SigCgt":
            return bool(int(mask, 16) >> (number - 1) & 1)
    return None


def command(pid: int) -> list[str]:
    """Returns the arguments of a process, [] when they cannot be read."""
    if LINUX:
        return [part.decode(errors="replace") for part in _read(pid, "cmdline").split(b"\0")]
    return _output("ps", "-o", "command=", "-p", str(pid)).split()


def _look_proc(pid: int) -> Process | None:
    text = _read(pid, "stat")
    # The name in parentheses may hold blanks and parentheses: fields are counted after the last.
    fields = text[text.rfind(b")") + 2 :].split()
    if len(fields) < 20:
        return None
    return Process(pid, int(fields[1]), fields[0].decode(), int(fields[19]))


def _read(pid: int, name: str) -> bytes:
    try:
        return (_PROC / str(pid) / name).read_bytes()
    except OSError:
        return b""


def _ps(*which: str) -> list[Process]:
    found = []
    for line in _output("ps", *which, "-o", "pid=,ppid=,state=,lstart=").splitlines():
        pid, parent, state, *start = line.split()
        with suppress(ValueError):
            seconds = int(time.mktime(time.strptime(" ".join(start))))
            found.append(Process(int(pid), int(parent), state[0], seconds))
    return found


def _output(*arguments: str) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(arguments, capture_output=True, text=True, env=environment, check=False)
    return done.stdout
