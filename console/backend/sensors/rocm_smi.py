"""rocm-smi, AMD's older tool.

`rocm-smi … --json` prints `{"card0": {"GPU use (%)": "98", …}, …, "system": {…}}`: all values are
texts, and the names differ from version to version. The first name of FIELDS that has a value wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from console.backend.sensors import program
from console.backend.sensors.source import Beat, Failed, Values, number, size, text

PROGRAM = "rocm-smi"
WANTED = ("--showproductname", "--showuniqueid", "--showuse", "--showmeminfo", "vram",
          "--showtemp", "--showpower", "--showmaxpower", "--showclocks", "--showfan",
          "--json")  # fmt: skip
EVERYTHING = ("--showallinfo", "--json")
"""For versions that do not know one of the options wanted."""

_CARD = re.compile(r"card(\d+)")


def _whole(value: Any) -> int | None:
    return size(value, "b")


def _mib(value: Any) -> int | None:
    return size(value, "mib")


def _some(value: Any) -> float | None:
    """A limit of 0 is none."""
    return number(value) or None


def _name(value: Any) -> str | None:
    """Some versions give the number of the model where others give its name."""
    found = text(value)
    return None if found is None or found.startswith("0x") else found


FIELDS: dict[str, tuple[tuple[str, Callable[[Any], Any]], ...]] = {
    "name": (("card series", _name), ("device name", _name), ("card model", _name)),
    "uuid": (("unique id", text), ("guid", text), ("serial number", text), ("pci bus", text)),
    "temperature": (
        ("temperature (sensor edge) (c)", number),
        ("temperature (sensor junction) (c)", number),
        ("temperature (sensor #1) (c)", number),
        ("temperature (sensor edge)", number),
        ("temperature_hotspot (c)", number),
        ("temperature_edge (c)", number),
    ),
    "memory_used": (
        ("vram total used memory (b)", _whole),
        ("vram total used (b)", _whole),
        ("vram total used (mib)", _mib),
    ),
    "memory_total": (("vram total memory (b)", _whole), ("vram total memory (mib)", _mib)),
    "utilisation": (("gpu use (%)", number), ("average_gfx_activity (%)", number)),
    "power": (
        ("current socket graphics package power (w)", number),
        ("average graphics package power (w)", number),
        ("average package power (w)", number),
        ("current_socket_power (w)", number),
        ("average_socket_power (w)", number),
        ("average power (w)", number),
    ),
    "power_limit": (
        ("current power cap (w)", _some),
        ("max graphics package power (w)", _some),
        ("max power (w)", _some),
    ),
    "clock": (("sclk clock speed", number), ("current_gfxclk (mhz)", number)),
    "memory_clock": (("mclk clock speed", number), ("current_uclk (mhz)", number)),
    "fan": (("fan speed (%)", number), ("fan level (%)", number)),
}
"""Field → names of several versions, in lower case and without a colon, and how to read them."""


class RocmSmi:
    """One run of the program a reading."""

    name: ClassVar[str] = PROGRAM
    period: ClassVar[float] = 5.0

    def __init__(self) -> None:
        self._path = ""
        self._wanted: tuple[str, ...] = WANTED

    def available(self, beat: Beat) -> str | None:
        path = program.find(PROGRAM)
        if path is None:
            return ""
        self._path, reason = path, ""
        for self._wanted in (WANTED, EVERYTHING):
            try:
                return None if self.read(beat) else f"{PROGRAM} finds no GPU"
            except Failed as failure:
                reason = reason or str(failure)
        return reason

    def read(self, beat: Beat) -> list[Values]:
        beat()
        return cards(program.document(program.output(self._path, *self._wanted), PROGRAM))


def cards(document: Any) -> list[Values]:
    """All cards, by number. A card of which nothing is known is none."""
    if not isinstance(document, Mapping):
        return []
    found = []
    for key, row in document.items():
        match = _CARD.fullmatch(key)
        if match and isinstance(row, Mapping):
            plain = {name.lower().rstrip(": "): value for name, value in row.items()}
            values = {field: _first(plain, names) for field, names in FIELDS.items()}
            if any(value is not None for value in values.values()):
                found.append({"id": int(match[1]), "lost": False, **values})
    return sorted(found, key=lambda gpu: gpu["id"])


def _first(row: Mapping[str, Any], names: tuple[tuple[str, Callable[[Any], Any]], ...]) -> Any:
    for name, read in names:
        value = read(row.get(name))
        if value is not None:
            return value
    return None
