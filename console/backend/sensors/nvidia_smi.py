"""nvidia-smi, for where NVIDIA's library cannot be loaded.

`nvidia-smi --query-gpu=… --format=csv,noheader,nounits` prints one line a GPU; what is not known is
`[N/A]`, `[Not Supported]` or the like; memory is in MiB (`nvidia-smi --help-query-gpu`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

from console.backend.sensors import program
from console.backend.sensors.nvml import words
from console.backend.sensors.source import Beat, Failed, Values, number, size, text

PROGRAM = "nvidia-smi"
PROCESS_READINGS = 3
"""Processes are asked for every so many readings."""

_INVALID = re.compile(r'Field "([^"]+)" is not a valid field')
_LOST = "gpu is lost"
_FORMAT = "--format=csv,noheader,nounits"


def _mib(value: str) -> int | None:
    return size(value, "mib")


def _bits(value: str) -> str | None:
    return words(int(value, 16)) if re.fullmatch(r"0x[0-9a-fA-F]+", value) else None


FIELDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "index": ("id", number),
    "uuid": ("uuid", text),
    "temperature.gpu": ("temperature", number),
    "temperature.gpu.tlimit": ("margin", number),
    "memory.used": ("memory_used", _mib),
    "memory.total": ("memory_total", _mib),
    "utilization.gpu": ("utilisation", number),
    "power.draw": ("power", number),
    "enforced.power.limit": ("power_limit", number),
    "clocks.sm": ("clock", number),
    "clocks.max.sm": ("clock_max", number),
    "clocks.mem": ("memory_clock", number),
    "clocks.max.mem": ("memory_clock_max", number),
    "fan.speed": ("fan", number),
    "clocks_throttle_reasons.active": ("throttled", _bits),
    "ecc.errors.uncorrected.volatile.total": ("ecc_errors", number),
    "name": ("name", text),
}
"""What is asked for → our field and how to read it. The name is last: it may hold commas."""


class NvidiaSmi:
    """One run of the program a reading."""

    name: ClassVar[str] = PROGRAM
    period: ClassVar[float] = 5.0

    def __init__(self) -> None:
        self._path = ""
        self._fields = list(FIELDS)
        self._count = 0
        self._processes: dict[str, dict[str, int | None]] = {}

    def available(self, beat: Beat) -> str | None:
        path = program.find(PROGRAM)
        if path is None:
            return ""
        self._path = path
        beat()
        try:
            found = self._query(beat)
        except Failed as failure:
            return str(failure)
        return None if found else f"{PROGRAM} finds no GPU"

    def read(self, beat: Beat) -> list[Values]:
        found = self._query(beat)
        if self._count % PROCESS_READINGS == 0:
            beat()
            self._processes = self._apps()
        self._count += 1
        for gpu in found:
            gpu["processes"] = self._processes.get(gpu["uuid"] or "")
        return found

    def _query(self, beat: Beat) -> list[Values]:
        """Older programs do not know every field: those are left out from then on."""
        while True:
            beat()
            asked = ",".join(self._fields)
            # A lost GPU makes it end with 15, the lines of the others may be there all the same.
            printed = program.output(self._path, f"--query-gpu={asked}", _FORMAT, codes=range(256))
            unknown = _INVALID.search(printed)
            if unknown is None or unknown[1] not in self._fields:
                break
            self._fields.remove(unknown[1])
        lines = [line.split(", ", len(self._fields) - 1) for line in printed.splitlines()]
        found = [self._gpu(line) for line in lines if len(line) == len(self._fields)]
        gpus = [gpu for gpu in found if gpu["id"] is not None]
        if not gpus:
            raise Failed(f"{PROGRAM}: {printed.strip().splitlines()[0][:120] if printed else '—'}")
        return gpus

    def _gpu(self, parts: list[str]) -> Values:
        values: Values = {"lost": any(_LOST in part.lower() for part in parts)}
        for field, part in zip(self._fields, parts, strict=True):
            name, read = FIELDS[field]
            values[name] = read(part.strip())
        margin, heat = values.pop("margin", None), values.get("temperature")
        if margin is not None and heat is not None:
            values["temperature_limit"] = heat + margin
        return values

    def _apps(self) -> dict[str, dict[str, int | None]]:
        """Bytes by GPU and process id."""
        found: dict[str, dict[str, int | None]] = {}
        query = "--query-compute-apps=gpu_uuid,pid,used_gpu_memory"
        for line in program.output(self._path, query, _FORMAT, codes=range(256)).splitlines():
            parts = line.split(", ")
            if len(parts) == 3 and parts[1].isdigit():
                found.setdefault(parts[0], {})[parts[1]] = _mib(parts[2])
        return found
