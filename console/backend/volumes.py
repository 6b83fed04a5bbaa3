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

from console.backend.machine import disk_free
from console.backend.rate import Rate

DISKSTATS = Path("/proc/diskstats")
SECTOR_BYTES = 512
"""The unit of diskstats, whatever the disk has (Documentation/admin-guide/iostats.rst)."""

ASK_SECONDS = 10.0
OLD_SECONDS = 60.0
"""An answer about the checkpoints' folder that is older is none."""


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes this user may still write there, bytes a second written to its device by anybody."""

    free: int | None = None
    write: float | None = None


def nearest(path: Path) -> Path:
    """The path itself or the nearest folder above that exists: a checkpoint may be gone again."""
    return next((each for each in (path, *path.parents) if each.exists()), path)


def device_of(path: Path) -> int:
    """The number of the file system of a path. Raises OSError."""
    return os.stat(path).st_dev


@dataclass(frozen=True, slots=True)
class _Answer:
    path: Path
    at: float
    free: int | None
    device: int


class Volumes:
    """One reader a run."""

    def __init__(
        self,
        diskstats: Path = DISKSTATS,
        free: Callable[[Path], int | None] = disk_free,
        device: Callable[[Path], int] = device_of,
    ) -> None:
        self._diskstats, self._free, self._device = diskstats, free, device
        self._rates: dict[int, Rate] = {}
        self._asking: threading.Thread | None = None
        self._asked: tuple[Path, float] | None = None
        self._answer: _Answer | None = None

    def read(self, run_dir: Path, checkpoint: Path | None, now: float) -> tuple[Disk, Disk]:
        """Of the run's folder, and of the last checkpoint's if that is another file system."""
        if checkpoint is not None:
            self._ask(checkpoint, now)
        try:
            device = self._device(run_dir)
        except OSError:
            return Disk(), Disk()
        other = self._other(checkpoint, device, now)
        rates = self._write_rates({device, *([other.device] if other else [])}, now)
        saves = Disk(other.free, rates[other.device]) if other else Disk()
        return Disk(self._free(run_dir), rates[device]), saves

    def _other(self, path: Path | None, device: int, now: float) -> _Answer | None:
        answer = self._answer
        if path is None or answer is None or answer.path != path or now - answer.at > OLD_SECONDS:
            return None
        return None if answer.device == device else answer

    def _ask(self, path: Path, now: float) -> None:
        is_new = self._asked is None or self._asked[0] != path
        is_due = is_new or (self._asked is not None and now - self._asked[1] >= ASK_SECONDS)
        if not is_due or (self._asking is not None and self._asking.is_alive()):
            return

        def ask() -> None:
            with suppress(OSError):
                folder = nearest(path)
                self._answer = _Answer(path, now, self._free(folder), self._device(folder))

        self._asked = path, now
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
