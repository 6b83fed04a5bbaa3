"""Which GPUs a process may use: CUDA_VISIBLE_DEVICES and what AMD has in its place.

The rules of CUDA's programming guide: a list of indices, UUIDs or their beginnings; what stands
behind an entry that names no GPU does not count; set and empty means none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.core.protocol import Gpu

NAMES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
ORDER = "CUDA_DEVICE_ORDER"
_LONGEST = 1 << 20

Choice = Mapping[str, str]
"""What a process has of NAMES and ORDER in its environment."""


def choice(pid: int, proc: Path = Path("/proc")) -> Choice | None:
    """The choice of a process; None when it cannot be read."""
    try:
        with open(proc / str(pid) / "environ", "rb") as environment:
            entries = environment.read(_LONGEST).split(b"\0")
    except OSError:
        return None
    pairs = (entry.decode(errors="replace").partition("=") for entry in entries)
    return {name: value for name, _, value in pairs if name in (*NAMES, ORDER)}


def chosen(choices: Iterable[Choice], gpus: Sequence[Gpu]) -> frozenset[int] | None:
    """Numbers of the GPUs that processes with these choices may use; None when not known.

    A process without a choice sees all, which says nothing of what it uses.
    """
    found: set[int] = set()
    is_known = False
    for each in choices:
        value = next((each[name] for name in NAMES if name in each), None)
        if value is None:
            continue
        numbers = _numbers(value, gpus, each.get(ORDER))
        if numbers is None:
            return None
        is_known, found = True, found | numbers
    return frozenset(found) if is_known else None


def _numbers(value: str, gpus: Sequence[Gpu], order: str | None) -> set[int] | None:
    found: set[int] = set()
    for entry in value.split(",") if value.strip() else ():
        named = entry.strip()
        if named.isdigit() and not _is_ordered(gpus, order):
            return None
        numbers = _of_index(named, gpus) if named.isdigit() else _of_uuid(named, gpus)
        if not numbers:
            break
        found |= numbers
    return found


def _is_ordered(gpus: Sequence[Gpu], order: str | None) -> bool:
    """CUDA counts the fastest first unless told otherwise: the same for GPUs of one kind only."""
    return order == "PCI_BUS_ID" or len({gpu.name for gpu in gpus if not gpu.label}) <= 1


def _of_index(named: str, gpus: Sequence[Gpu]) -> set[int]:
    """A GPU, or the first MIG instance of a divided one."""
    whole = {gpu.id for gpu in gpus if not gpu.label and gpu.id == int(named)}
    parts = [gpu.id for gpu in gpus if gpu.label.split(":")[0] == named]
    return whole or set(parts[:1])


def _of_uuid(named: str, gpus: Sequence[Gpu]) -> set[int]:
    """The one GPU whose UUID begins so."""
    if not named.startswith(("GPU-", "MIG-", "0x")):
        return set()
    numbers = {gpu.id for gpu in gpus if gpu.uuid.startswith(named)}
    return numbers if len(numbers) == 1 else set()
