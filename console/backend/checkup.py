"""What `doctor` looks at of the machine: Python, GPUs, limits, logout, folders, the clock."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from console.backend import mounts, runs, savefolder
from console.backend.cgroup import Groups
from console.backend.machine import disk_free
from console.backend.sensors import program
from console.backend.volumes import nearest
from console.core import format as people
from console.core.checkup import Finding
from console.keeper import logout, rundir

LEAST_FREE = 2 << 30
LEAST_WATCHES = 8192
EARLIEST = 1_735_689_600.0
"""2025: a clock before that was never set."""

PACKAGES = {"textual": (8, 2), "textual-plotext": (1, 0), "psutil": (6,), "watchfiles": (1,),
            "nvidia-ml-py": (12,), "pyyaml": (6,), "numpy": (1, 26)}  # fmt: skip


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    remedy = "" if sys.version_info >= (3, 11) else "Python 3.11 or newer"
    return Finding("Python", f"{version}, {sys.executable}", remedy)


def packages() -> Finding:
    found, wrong = [], []
    for name, least in PACKAGES.items():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(name)
            continue
        found.append(f"{name} {version}")
        if _numbers(version) < least:
            wrong.append(name)
    remedy = f"pip install --upgrade {' '.join(wrong)}" if wrong else ""
    shown = [*found[:2], f"{len(found) - 2} more"] if len(found) > 2 else found
    return Finding("packages", ", ".join(shown), remedy)


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")[:3]
    return tuple(int(part) for part in parts if part.isdecimal())


def gpus() -> Finding:
    """By NVML, else by a tool of the driver."""
    import pynvml as found

    pynvml: Any = found

    try:
        pynvml.nvmlInit()
        try:
            count = pynvml.nvmlDeviceGetCount()
            driver = pynvml.nvmlSystemGetDriverVersion()
        finally:
            pynvml.nvmlShutdown()
    except pynvml.NVMLError as error:
        return _other_gpus(str(error))
    return Finding("GPUs", f"{count} by NVML, driver {driver}")


def _other_gpus(why: str) -> Finding:
    for name in ("amd-smi", "rocm-smi", "nvidia-smi"):
        if (path := program.find(name)) is not None:
            return Finding("GPUs", f"read by {path}")
    if Path("/dev/nvidia0").exists() or Path("/dev/kfd").exists():
        return Finding("GPUs", f"there, not readable: {why}", "install NVML or amd-smi here too")
    return Finding("GPUs", "none found")


def limits() -> Finding:
    groups = Groups()
    groups.look()
    parts = []
    if memory := groups.memory():
        used = 100 * memory.used / memory.limit if memory.limit else 100.0
        parts.append(f"memory {people.size(memory.limit)}, {people.percent(used)} used")
        if used > 95:
            return Finding("cgroup", parts[0], "give the container or job more memory")
    if cores := groups.cores():
        parts.append(f"{cores:g} cores")
    return Finding("cgroup", ", ".join(parts) or "no limits")


def outlives_logout() -> Finding:
    found = logout.shelter()
    if found.warning:
        return Finding("logout", "it would end your runs", "loginctl enable-linger")
    return Finding("logout", "runs go on" + (" in a scope of their own" if found.prefix else ""))


def state_folder() -> Finding:
    return _folder("state folder", rundir.home())


def checkpoint_folder() -> Finding:
    """Of the newest run, where it says one."""
    from console.backend.client import read_state

    records = runs.records()
    if not records:
        return Finding("checkpoint folder", "no run yet")
    folder = savefolder.of(read_state(max(records, key=lambda one: one.id).dir))
    if folder is None:
        return Finding("checkpoint folder", "the newest run does not say")
    return _folder("checkpoint folder", folder)


def _folder(name: str, path: Path) -> Finding:
    place = nearest(path)
    free = disk_free(place)
    network = mounts.is_network(place)
    kind = "network file system" if network else "local file system"
    found = f"{path}: {people.size(free)} free, {kind}"
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding(name, found, f"give yourself the right to write in {place}")
    if free is not None and free < LEAST_FREE:
        return Finding(name, found, "make room: gladius-console prune, or older checkpoints")
    if network and name == "state folder":
        remedy = "slower, and only one machine may write: export GLADIUS_HOME=/some/local/folder"
        return Finding(name, found, remedy)
    return Finding(name, found)


def inotify() -> Finding:
    """Edits of the configuration are noticed by it."""
    try:
        most = int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
    except (OSError, ValueError):
        return Finding("inotify", "not known here")
    low = most < LEAST_WATCHES
    remedy = f"sysctl fs.inotify.max_user_watches={LEAST_WATCHES * 8}" if low else ""
    return Finding("inotify", f"{people.number(most)} watches", remedy)


def fifos() -> Finding:
    """Orders and the output go through them."""
    place = nearest(rundir.home())
    folder = tempfile.mkdtemp(prefix=".gladius-doctor-", dir=place)
    try:
        os.mkfifo(Path(folder) / "fifo", 0o600)
    except OSError as error:
        remedy = "export GLADIUS_HOME=/some/local/folder"
        return Finding("FIFOs", f"{place}: {error.strerror}", remedy)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Finding("FIFOs", f"work in {place}")


def clock() -> Finding:
    """Against the file system of the state folder, which a server may keep."""
    now = time.time()
    if now < EARLIEST:
        return Finding("clock", time.strftime("%Y-%m-%d", time.gmtime(now)), "set the clock (NTP)")
    with suppress(OSError), tempfile.TemporaryFile(dir=nearest(rundir.home())) as file:
        off = os.fstat(file.fileno()).st_mtime - now
        if abs(off) > 5:
            found = f"the file system is {off:+.0f} s off"
            return Finding("clock", found, "set both clocks (NTP): ages are told by them")
    return Finding("clock", time.strftime("%Y-%m-%d %H:%M:%S %Z"))


CHECKS: dict[str, Callable[[], Finding]] = {
    "Python": python,
    "packages": packages,
    "GPUs": gpus,
    "cgroup": limits,
    "logout": outlives_logout,
    "state folder": state_folder,
    "checkpoint folder": checkpoint_folder,
    "inotify": inotify,
    "FIFOs": fifos,
    "clock": clock,
}
