"""The file systems of the run's and of the checkpoints' folder: what is free, what is written.

The checkpoints' folder may be on a network that is down, where asking never returns: a thread asks.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from console.backend.rate import Rate

DISKSTATS = Path("/proc/diskstats")
SECTOR_BYTES = 512
"""The unit of diskstats, whatever the disk has (Documentation/admin-guide/iostats.rst)."""

OLD_SECONDS = 60.0
"""An answer about the checkpoints' folder that is older is none."""


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes this user may still write there, bytes a second written to its device by anybody."""

    free: int | None = None
    write: float | None = None


def disk_free(directory: Path) -> int | None:
    """Bytes this user may still write to the file system of `directory`."""
    with suppress(OSError):
        facts = os.statvfs(directory)
        return facts.f_bavail * facts.f_frsize
    return None


def nearest(path: Path) -> Path:
    """The path itself or the nearest folder above that exists: a checkpoint may be gone again."""
    return next((each for each in (path, *path.parents) if each.exists()), path)


@dataclass(frozen=True, slots=True)
class _Answer:
    path: Path
    at: float
    free: int | None
    device: int | None


class Volumes:
    """One reader a run."""

    def __init__(
        self, diskstats: Path = DISKSTATS, free: Callable[[Path], int | None] = disk_free
    ) -> None:
        self._diskstats = diskstats
        self._free = free
        self._rates: dict[int, Rate] = {}
        self._written: dict[int, float] = {}
        self._asking: threading.Thread | None = None
        self._answer: _Answer | None = None

    def read(self, run_dir: Path, checkpoint: Path | None, now: float) -> tuple[Disk, Disk]:
        """Of the run's folder and of the last checkpoint's; unknown before there is one."""
        if checkpoint is not None and (self._asking is None or not self._asking.is_alive()):
            self._ask(checkpoint, now)
        with suppress(OSError):
            device = os.stat(run_dir).st_dev
            devices = {device, *([self._answer.device] if self._answer else [])}
            rates = self._write_rates({known for known in devices if known is not None}, now)
            return Disk(self._free(run_dir), rates.get(device)), self._other(checkpoint, rates, now)
        return Disk(), Disk()

    def _other(self, path: Path | None, rates: dict[int, float | None], now: float) -> Disk:
        answer = self._answer
        if path is None or answer is None or answer.path != path or now - answer.at > OLD_SECONDS:
            return Disk()
        return Disk(answer.free, None if answer.device is None else rates.get(answer.device))

    def _ask(self, path: Path, now: float) -> None:
        def ask() -> None:
            folder = nearest(path)
            with suppress(OSError):
                self._answer = _Answer(path, now, self._free(folder), os.stat(folder).st_dev)

        self._asking = threading.Thread(target=ask, name="checkpoint-folder", daemon=True)
        self._asking.start()

    def _write_rates(self, devices: set[int], now: float) -> dict[int, float | None]:
        """Bytes a second by device; none where the file system is on no device of its own."""
        written = self._sectors(devices)
        found: dict[int, float | None] = {}
        for device in devices:
            rate = self._rates.setdefault(device, Rate())
            found[device] = rate(written.get(device), now)
        return found

    def _sectors(self, devices: set[int]) -> dict[int, int]:
        names = {(str(os.major(each)), str(os.minor(each))): each for each in devices}
        found = {}
        with suppress(OSError, ValueError):
            for line in self._diskstats.read_text().splitlines():
                words = line.split(None, 10)
                device = names.get((words[0], words[1])) if len(words) > 9 else None
                if device is not None:
                    found[device] = int(words[9]) * SECTOR_BYTES
        return found
