"""How warm the GPUs are, and whether that is well, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt

if TYPE_CHECKING:
    from console.core.protocol import Gpu
    from console.core.state import System


def temperatures(system: System) -> str:
    """`67 / 73 °C` for two GPUs, `61–73 °C` for many; unknown without a reading."""
    found = [gpu.temperature for gpu in system.gpus if gpu.temperature is not None]
    if not found:
        return fmt.UNKNOWN
    numbers = [fmt.number(value) for value in found]
    if len(found) > 3:
        numbers = [f"{fmt.number(min(found))}–{fmt.number(max(found))}"]
    return f"{' / '.join(numbers)} °C"


def health(gpus: tuple[Gpu, ...]) -> Content:
    """One word for all GPUs: the worst thing there is to say."""
    for gpu in gpus:
        if gpu.lost:
            return Content.styled(f"✗ GPU {gpu.id} lost", "bold $error")
    for gpu in gpus:
        if gpu.throttled:
            return Content.styled(f"▲ GPU {gpu.id} throttled", "bold $warning")
    for gpu in gpus:
        heat, limit = gpu.temperature, gpu.temperature_limit
        if heat is not None and limit is not None and heat >= limit:
            return Content.styled(f"▲ GPU {gpu.id} above {fmt.number(limit)} °C", "bold $error")
    if any(gpu.temperature is not None for gpu in gpus):
        return Content.styled("✓ within limits", "$success")
    return Content("")
