"""How warm the GPUs are, and whether that is well, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core.format_text import text
from console.core.telemetry import POWER_CAP

if TYPE_CHECKING:
    from console.core.telemetry import Gpu, System


def temperatures(system: System) -> str:
    """`67 / 73 °C` for two GPUs, `61–73 °C` for many; unknown without a reading."""
    found = [gpu.temperature for gpu in system.gpus if gpu.temperature is not None]
    if not found:
        return fmt.UNKNOWN
    numbers = [fmt.number(value) for value in found]
    if len(found) > 3:
        numbers = [f"{fmt.number(min(found))}–{fmt.number(max(found))}"]
    return f"{' / '.join(numbers)} °C"


WORD_CELLS = 12
"""A longer reason is told as "throttled" in the panel, in full in the tip and in the chart."""


def health(gpus: tuple[Gpu, ...]) -> Content:
    """One word for all GPUs: the worst thing there is to say."""
    for gpu in gpus:
        if gpu.lost:
            return Content.styled(f"✗ GPU {gpu.called} lost", "bold $error")
    for gpu in gpus:
        if gpu.alarms:
            return Content.styled(f"▲ GPU {gpu.called} {_in_short(gpu.alarms[0])}", "bold $warning")
    for gpu in gpus:
        heat, limit = gpu.temperature, gpu.temperature_limit
        if heat is not None and limit is not None and heat >= limit:
            return Content.styled(f"▲ GPU {gpu.called} above {fmt.number(limit)} °C", "bold $error")
    if any(POWER_CAP in gpu.reasons for gpu in gpus):
        return Content.styled("✓ at power cap", "$success")
    if any(gpu.temperature is not None for gpu in gpus):
        return Content.styled("✓ within limits", "$success")
    return Content("")


def _in_short(reason: str) -> str:
    plain = reason.partition(" (")[0]
    return plain if len(plain) <= WORD_CELLS else "throttled"


def tip(system: System) -> str | None:
    """Why there are no GPUs, or what each is slowed down by."""
    if system.gpu_note is not None:
        return f"GPU: {text(system.gpu_note)}"
    slowed = [f"GPU {gpu.called}: {', '.join(gpu.reasons)}" for gpu in system.gpus if gpu.reasons]
    return "\n".join(slowed) or None


def without(system: System) -> str:
    """Why no GPU is shown, in two words."""
    note = system.gpu_note or ""
    if note.startswith("no "):
        return "no driver" if "driver not" in note else "no GPU"
    return "no reading" if note else ""
