"""What goes over the network: bytes a second, received and sent by this machine or container."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from console.backend.rate import Rate

DEV = Path("/proc/net/dev")
CLASS = Path("/sys/class/net")


class Network:
    """One reader a process. Real devices count, else (in a container) all but the loopback."""

    def __init__(self, dev: Path = DEV, devices: Path = CLASS) -> None:
        self._dev, self._devices = dev, devices
        self._real: dict[str, bool] = {}
        self._received, self._sent = Rate(), Rate()

    def read(self, now: float) -> tuple[float | None, float | None]:
        """(received, sent)"""
        totals = self._totals()
        received, sent = (None, None) if totals is None else totals
        return self._received(received, now), self._sent(sent, now)

    def _totals(self) -> tuple[int, int] | None:
        counters = self._counters()
        real = [counters[name] for name in counters if self._is_real(name)]
        counted = real or list(counters.values())
        if not counted:
            return None
        return sum(each[0] for each in counted), sum(each[1] for each in counted)

    def _counters(self) -> dict[str, tuple[int, int]]:
        found = {}
        with suppress(OSError, ValueError, IndexError):
            for line in self._dev.read_text().splitlines()[2:]:
                name, _, rest = line.partition(":")
                words = rest.split()
                if name.strip() != "lo":
                    found[name.strip()] = int(words[0]), int(words[8])
        return found

    def _is_real(self, name: str) -> bool:
        """Bridges and tunnels carry again what a real device carries."""
        if name not in self._real:
            self._real[name] = (self._devices / name / "device").exists()
        return self._real[name]
