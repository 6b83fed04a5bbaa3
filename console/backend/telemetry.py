"""Samples the machine, the trainer's processes and the GPUs. A sensor is a field of Sampled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.backend import savefolder, visible
from console.backend.machine import Machine, disk_free
from console.backend.network import Network
from console.backend.recording import Recording, tell
from console.backend.usage import Usage, Usages
from console.backend.volumes import Volumes
from console.core.telemetry import Gpu, Sampled, shortened
from console.keeper import clock

if TYPE_CHECKING:
    from console.backend.gpus import Gpus
    from console.backend.lifecycle import Lifecycle
    from console.backend.visible import Choice
    from console.keeper.identity import Identity

SAMPLE_SECONDS = 2.0
SAMPLES_A_SEARCH = 5
"""The process table is searched for new members of the run every so many samples, and what is
costly to read of them is read then."""

SAMPLES_A_FULL = 30
"""Names and limits of GPUs are recorded every so many samples."""

FEW_MEMBERS = 32
"""So many are read in full with every sample."""


class Telemetry:
    """Call `sample` every SAMPLE_SECONDS."""

    def __init__(self, recording: Recording, lifecycle: Lifecycle, gpus: Gpus) -> None:
        self._recording = recording
        self._lifecycle = lifecycle
        self._gpus = gpus
        self._machine = Machine()
        self._usages = Usages()
        self._volumes = Volumes()
        self._network = Network()
        self._members: list[Identity] = []
        self._slow: dict[str, Any] = {}
        self._choices: dict[Identity, Choice] = {}
        self._told: dict[int, Gpu] = {}
        self._count = 0

    def sample(self) -> None:
        """Records one reading of everything."""
        if self._count == 0:
            known = self._recording.state.system
            self._gpus.remember(known.gpus, known.gpu_source)
        usage = self._use()
        self._gpus.look()
        self._machine.look()
        memory, slow = self._machine.memory(), self._look_slowly()
        self._count += 1
        tell(
            self._recording, Sampled, cpu=self._machine.cpu(), cpu_limit=self._machine.cpu_limit(),
            ram_used=memory.used, ram_total=memory.total, ram_limit=memory.limit,
            swap_used=memory.swap_used, swap_total=memory.swap_total,
            trainer_cpu=usage.cpu, trainer_memory=usage.memory, trainer_processes=usage.processes,
            trainer_read=usage.read, trainer_write=usage.write,
            disk_free=disk_free(self._lifecycle.run_dir), **slow,
            gpus=self._read_gpus(), gpu_note=self._gpus.note, gpu_source=self._gpus.source,
        )  # fmt: skip

    @property
    def _is_search(self) -> bool:
        return self._count % SAMPLES_A_SEARCH == 0

    def _look_slowly(self) -> dict[str, Any]:
        """What is read with each search only: fields of Sampled."""
        if self._is_search:
            now, groups = clock.since_boot(), self._machine.groups
            disk, saves = self._volumes.read(
                self._lifecycle.run_dir, savefolder.of(self._recording.state), now
            )
            received, sent = self._network.read(now)
            self._slow = {
                "memory_pressure": groups.pressure(), "oom_kills": groups.oom_kills(),
                "disk_write": disk.write, "checkpoint_disk_free": saves.free,
                "checkpoint_disk_write": saves.write,
                "network_received": received, "network_sent": sent,
            }  # fmt: skip
        return self._slow

    def _use(self) -> Usage:
        """What the members use; those that ended are none any more."""
        if self._is_search:
            self._members = self._lifecycle.members()
            self._choices = {
                member: self._choices.get(member) or visible.choice(member.pid) or {}
                for member in self._members
            }
        deep = self._is_search or len(self._members) <= FEW_MEMBERS
        usage, self._members = self._usages.read(self._members, deep=deep)
        return usage

    def _read_gpus(self) -> tuple[Gpu, ...]:
        """What never changes is told now and then only."""
        pids = [member.pid for member in self._members]
        gpus = self._gpus.read(pids, self._choices.values())
        before = {} if self._count % SAMPLES_A_FULL == 0 else self._told
        self._told = {gpu.id: gpu for gpu in gpus}
        return shortened(gpus, before)
