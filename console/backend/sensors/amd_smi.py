"""amd-smi, AMD's tool since ROCm 6.

`amd-smi metric --json` prints a list of GPUs, newer versions `{"gpu_data": […]}`. A number is
`{"value": 45, "unit": "C"}`, in old versions the bare number, and `"N/A"` where there is none; MB
are 2^20 bytes. Limits and names come from `amd-smi static --json`: `limit.socket_power` or, since
7.2, `limit.ppt0.socket_power_limit`. Forms as in ROCm's amdsmi_cli and its change log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from console.backend.sensors import program
from console.backend.sensors.source import Beat, Failed, Values, either, number, size, text
from console.core.telemetry import POWER_CAP, UNNAMED

PROGRAM = "amd-smi"
STATIC_READINGS = 60
PROCESS_READINGS = 3
"""Limits and names, and processes, are asked for every so many readings."""

THROTTLES = {
    "prochot": "too hot (hardware)",
    "ppt": POWER_CAP,
    "socket_thermal": "too hot",
    "vr_thermal": "too hot (voltage regulator)",
    "hbm_thermal": "too hot (memory)",
}
"""Names of `throttle.NAME_violation_status` → what slows the GPU down."""


class AmdSmi:
    """One or two runs of the program a reading."""

    name: ClassVar[str] = PROGRAM
    period: ClassVar[float] = 5.0

    def __init__(self) -> None:
        self._path = ""
        self._count = 0
        self._static: dict[int, Values] = {}
        self._processes: dict[int, dict[str, int | None]] = {}

    def available(self, beat: Beat) -> str | None:
        path = program.find(PROGRAM)
        if path is None:
            return ""
        self._path = path
        try:
            self._static = self._fixed(beat)
            found = self._ask(beat, "metric")
        except Failed as failure:
            return str(failure)
        return None if found else f"{PROGRAM} finds no GPU"

    def read(self, beat: Beat) -> list[Values]:
        if self._count % STATIC_READINGS == STATIC_READINGS - 1:
            self._static = self._fixed(beat)
        if self._count % PROCESS_READINGS == 0:
            self._processes = self._users(beat)
        self._count += 1
        return [
            {**metric(at, row, self._static.get(at, {})), "processes": self._processes.get(at)}
            for at, row in self._ask(beat, "metric").items()
        ]

    def _ask(self, beat: Beat, verb: str) -> dict[int, Mapping[str, Any]]:
        """What it tells of each GPU."""
        beat()
        return rows(program.document(program.output(self._path, verb, "--json"), PROGRAM))

    def _fixed(self, beat: Beat) -> dict[int, Values]:
        ids = self._ask(beat, "list")
        found = self._ask(beat, "static")
        return {at: static({**ids.get(at, {}), **row}) for at, row in found.items()}

    def _users(self, beat: Beat) -> dict[int, dict[str, int | None]]:
        try:
            found = self._ask(beat, "process")
        except Failed:  # needs rights that not everybody has
            return {}
        return {at: users(row) for at, row in found.items()}


def rows(document: Any) -> dict[int, Mapping[str, Any]]:
    """GPU number → what is said of it, in any of the forms."""
    if isinstance(document, Mapping):
        document = document.get("gpu_data", [document])
    if not isinstance(document, list):
        return {}
    found = [row for row in document if isinstance(row, Mapping)]
    numbers = [(number(row.get("gpu")), row) for row in found]
    return {int(at): row for at, row in numbers if at is not None}


def part(row: Any, *path: str) -> Any:
    """A value deep in objects, None where the way ends."""
    for name in path:
        if not isinstance(row, Mapping):
            return None
        row = row.get(name)
    return row


def static(row: Mapping[str, Any]) -> Values:
    """Name, identity and limits."""
    limit = row.get("limit")
    caps = (part(limit, "ppt0", "socket_power_limit"), part(limit, "socket_power"),
            part(limit, "current_power"), part(limit, "max_power"))  # fmt: skip
    return {
        "name": either(text(part(row, "asic", "market_name")),
                       text(part(row, "board", "product_name"))),
        "uuid": either(text(row.get("uuid")), text(part(row, "asic", "asic_serial")),
                       text(row.get("bdf"))),
        "memory_total": size(part(row, "vram", "size"), "mb"),
        "power_limit": either(*(number(cap) or None for cap in caps)),
        "edge": number(part(limit, "slowdown_edge_temperature")),
        "hotspot": number(part(limit, "slowdown_hotspot_temperature")),
    }  # fmt: skip


def metric(at: int, row: Mapping[str, Any], fixed: Values) -> Values:
    """One GPU. The limit of the temperature is that of the sensor that is shown."""
    heats = {name: number(part(row, "temperature", name)) for name in ("edge", "hotspot")}
    sensor = next((name for name, heat in heats.items() if heat is not None), "edge")
    power, memory, clock = row.get("power"), row.get("mem_usage"), row.get("clock")
    graphics = either(part(clock, "gfx_0"), part(clock, "gfx"))
    vram = either(part(clock, "mem_0"), part(clock, "mem"))
    return {
        "id": at,
        "name": fixed.get("name"),
        "uuid": fixed.get("uuid"),
        "lost": False,
        "temperature": heats[sensor],
        "temperature_limit": fixed.get(sensor),
        "memory_used": size(part(memory, "used_vram"), "mb"),
        "memory_total": either(size(part(memory, "total_vram"), "mb"), fixed.get("memory_total")),
        "utilisation": number(part(row, "usage", "gfx_activity")),
        "power": either(*(number(part(power, name)) for name in
                          ("socket_power", "current_socket_power", "average_socket_power"))),
        "power_limit": fixed.get("power_limit"),
        "clock": number(either(part(graphics, "clk"), part(graphics, "cur_clk"))),
        "clock_max": number(part(graphics, "max_clk")) or None,
        "memory_clock": number(either(part(vram, "clk"), part(vram, "cur_clk"))),
        "memory_clock_max": number(part(vram, "max_clk")) or None,
        "throttled": throttled(row),
        "fan": number(part(row, "fan", "usage")),
        "ecc_errors": either(number(part(row, "ecc", "total_uncorrectable_count")),
                             number(part(row, "ecc", "total_uncorrect"))),
    }  # fmt: skip


def throttled(row: Mapping[str, Any]) -> str | None:
    """Reasons in words, empty for none, None where it is not told.

    `power.throttle_status`, the only one of older GPUs, gives no reason.
    """
    states = {name: part(row, "throttle", f"{name}_violation_status") for name in THROTTLES}
    told = {name: state for name, state in states.items() if _is_active(state) is not None}
    if told:
        return ", ".join(word for name, word in THROTTLES.items() if _is_active(told.get(name)))
    overall = _is_active(part(row, "power", "throttle_status"))
    return None if overall is None else UNNAMED if overall else ""


_ACTIVE = {"ACTIVE": True, "THROTTLED": True, "NOT ACTIVE": False, "UNTHROTTLED": False}


def _is_active(state: Any) -> bool | None:
    if isinstance(state, bool):
        return state
    return _ACTIVE.get(state.upper()) if isinstance(state, str) else None


def users(row: Mapping[str, Any]) -> dict[str, int | None]:
    """Bytes by process id. `process_list` holds `{"process_info": {"pid": …}}`, or it itself."""
    found: dict[str, int | None] = {}
    for entry in _list(row.get("process_list")):
        info = part(entry, "process_info") or entry
        pid = number(part(info, "pid"))
        if pid is not None:
            used = either(part(info, "memory_usage", "vram_mem"), part(info, "mem_usage"))
            found[str(int(pid))] = size(used)
    return found


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()
