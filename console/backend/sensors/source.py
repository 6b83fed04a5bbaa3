"""What a source of GPU readings is, and how texts of drivers become numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

CALL_SECONDS = 3.0
"""How long one call of a driver, or one program, may take."""

Values = dict[str, Any]
"""One GPU: fields of `core.protocol.Gpu`, `processes` as {process id: bytes}, None for unknown."""

Beat = Callable[[], None]
"""Called before each call that may hang: a sign of life."""


class Failed(Exception):
    """The source gave nothing this time; the text says why."""


class Source(Protocol):
    """A way to read GPUs. It may raise Failed, and hang or crash: its process is expendable."""

    name: ClassVar[str]
    period: ClassVar[float]
    """Seconds between two readings."""

    def available(self, beat: Beat) -> str | None:
        """None when it can be read here; else why not, "" when there is nothing to say."""
        ...

    def read(self, beat: Beat) -> list[Values]:
        """All GPUs. Raises Failed."""
        ...


_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_FACTORS: Mapping[str, int] = {
    "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30, "kib": 1 << 10, "mib": 1 << 20,
    "gib": 1 << 30,
}  # fmt: skip
"""What the tools call MB is 2^20 bytes, with AMD as with NVIDIA."""


def number(value: Any) -> float | None:
    """The number in `45`, `"45.0"`, `"(2100Mhz)"` or `{"value": 45, "unit": "W"}`; else None.

    `N/A`, `[Not Supported]` and what else stands in place of a number is not known.
    """
    if isinstance(value, Mapping):
        value = value.get("value")
    if isinstance(value, str):
        found = _NUMBER.search(value)
        if found is None or value.startswith("0x"):
            return None
        value = found[0]
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    result = float(value)
    return result if math.isfinite(result) else None


def size(value: Any, unit: str = "b") -> int | None:
    """Bytes of an amount with its own unit (`{"value": 64, "unit": "MB"}`), else in `unit`."""
    amount = number(value)
    if isinstance(value, Mapping):
        unit = str(value.get("unit", unit))
    factor = _FACTORS.get(unit.lower())
    return None if amount is None or factor is None else int(amount * factor)


def text(value: Any) -> str | None:
    """A name, None for what only stands in its place."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if not isinstance(value, str) or value.strip().upper() in ("", "N/A", "[N/A]", "UNKNOWN"):
        return None
    return value.strip()


def either(*values: Any) -> Any:
    """The first that is known."""
    return next((value for value in values if value is not None), None)
