"""The processes of a run, one by one, for the screen that asks for them.

The backend records sums only. GPU memory is read by a process of our own, as the backend reads it,
which lives as long as somebody looks.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from console.backend.gpus import Gpus
from console.backend.lifecycle import trainer_of
from console.backend.usage import Usage, Usages
from console.core.processes import ProcessReading, ProcessUse
from console.core.redaction import mask_arguments
from console.keeper import identity, processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from console.core.telemetry import Gpu
    from console.keeper.identity import Identity

COMMAND_CHARACTERS = 300


class ProcessList:
    """A reader; see `core.processes.ProcessReader`."""

    def __init__(self, run_dir: Path, gpus: Callable[[], Gpus] = Gpus) -> None:
        self._run_dir = run_dir
        self._make_gpus = gpus
        self._gpus: Gpus | None = None
        self._usages: dict[Identity, Usages] = {}
        self._lock, self._closed = threading.Lock(), False

    def read(self) -> ProcessReading:
        with self._lock:
            return ProcessReading() if self._closed else self._read()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._gpus is not None:
                self._gpus.close()
                self._gpus = None

    def _read(self) -> ProcessReading:
        if self._gpus is None:
            self._gpus = self._make_gpus()
        self._gpus.look()
        members = identity.members(self._run_dir.name, trainer_of(self._run_dir))
        self._usages = {one: self._usages.get(one) or Usages() for one in members}
        found = [self._use(member, usages) for member, usages in self._usages.items()]
        found.sort(key=lambda use: (-(use.memory or 0), use.pid))
        return ProcessReading(tuple(found), _host_memory())

    def _use(self, member: Identity, usages: Usages) -> ProcessUse:
        usage, _alive = usages.read([member])
        used = [gpu for gpu in self._on_gpus(member.pid) if gpu.trainer]
        told = [gpu.memory_trainer for gpu in used if gpu.memory_trainer is not None]
        return ProcessUse(
            pid=member.pid,
            command=" ".join(mask_arguments(processes.command(member.pid)))[:COMMAND_CHARACTERS],
            memory=usage.memory,
            cpu=usage.cpu if usage != Usage() else None,
            gpu_memory=sum(told) if told else None,
            gpus=tuple(gpu.called for gpu in used),
        )

    def _on_gpus(self, pid: int) -> tuple[Gpu, ...]:
        return () if self._gpus is None else self._gpus.read([pid])


def _host_memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None
