"""What the processes of a trainer use, one by one: read only while somebody looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """One process. CPU in percent of one core, memory in bytes; None for what is not known."""

    pid: int
    command: str
    """Its command line, secrets masked; foreign text."""
    memory: int | None = None
    cpu: float | None = None
    gpu_memory: int | None = None
    """On all GPUs together."""
    gpus: tuple[str, ...] = ()
    """The GPUs it uses, as they are called."""


@dataclass(frozen=True, slots=True)
class ProcessReading:
    """All processes of a trainer, those with the most memory first."""

    processes: tuple[ProcessUse, ...] = ()
    host_memory: int | None = None
    """All memory of the host, in bytes, whatever limits the trainer."""


class ProcessReader(Protocol):
    """Reads in a thread, as often as it is asked."""

    def read(self) -> ProcessReading:
        """What the processes use now; CPU since the reading before. Raises OSError."""
        ...

    def close(self) -> None:
        """Ends what reads the GPUs."""
        ...
