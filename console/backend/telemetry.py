"""Samples the machine, the trainer's processes and the GPUs. A sensor is a field of Sampled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.backend.machine import Machine, disk_free
from console.backend.recording import Recording, tell
from console.backend.savedisk import SaveDisk
from console.core.protocol import Sampled
from console.keeper import identity

if TYPE_CHECKING:
    from console.backend.gpus import Gpus
    from console.backend.lifecycle import Lifecycle
    from console.keeper.identity import Identity

SAMPLE_SECONDS = 2.0
SAMPLES_A_SEARCH = 5
"""The process table is searched for new members of the run every so many samples."""


class Telemetry:
    """Call `sample` every SAMPLE_SECONDS."""

    def __init__(self, recording: Recording, lifecycle: Lifecycle, gpus: Gpus) -> None:
        self._recording = recording
        self._lifecycle = lifecycle
        self._gpus = gpus
        self._machine = Machine()
        self._saves = SaveDisk(lifecycle.run_dir)
        self._members: list[Identity] = []
        self._count = 0

    def sample(self) -> None:
        """Records one reading of everything."""
        if self._count % SAMPLES_A_SEARCH == 0:
            self._members = self._lifecycle.members()
        self._count += 1
        self._members = [member for member in self._members if identity.is_alive(member)]
        self._gpus.look()
        memory, usage = self._machine.memory(), self._machine.usage(self._members)
        tell(
            self._recording, Sampled, cpu=self._machine.cpu(),
            ram_used=memory.used, ram_total=memory.total,
            swap_used=memory.swap_used, swap_total=memory.swap_total,
            trainer_cpu=usage.cpu, trainer_memory=usage.memory, trainer_processes=usage.processes,
            disk_free=disk_free(self._lifecycle.run_dir),
            checkpoint_disk_free=self._saves.free(self._recording.state),
            gpus=self._gpus.read([member.pid for member in self._members]),
            gpu_note=self._gpus.note,
        )  # fmt: skip
