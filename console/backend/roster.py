"""Which GPU is which: by its UUID, whatever number the driver gives it after one was lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.core.protocol import Gpu

MISSING_READINGS = 2
"""A GPU that is not in so many readings in a row is lost: one may be a slip."""

Values = dict[str, Any]


@dataclass(slots=True)
class _Known:
    """A GPU that was seen."""

    id: int
    name: str
    missing: int = 0


class Roster:
    """A GPU keeps the number it was seen with first. MIG instances come and go with their GPU."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._source: str | None = None

    def remember(self, gpus: Iterable[Gpu], source: str | None) -> None:
        """Takes over what an earlier backend saw."""
        self._source = source
        self._known = {
            gpu.uuid: _Known(gpu.id, gpu.name) for gpu in gpus if gpu.uuid and not gpu.label
        }

    def call(self, found: Sequence[Values], source: str | None) -> list[Values]:
        """The GPUs of a reading under their numbers, with those that are gone as lost."""
        if source != self._source:  # another tool has other names for the same GPU
            self._source, self._known = source, {}
        present = {gpu["uuid"] for gpu in found if gpu.get("uuid")}
        gone = {uuid: known for uuid, known in self._known.items() if uuid not in present}
        numbered = [self._numbered(gpu, gone) for gpu in found]
        taken = {gpu["id"] for gpu in numbered}
        for uuid in present & self._known.keys():
            self._known[uuid].missing = 0
        for known in gone.values():
            known.missing += 1
        lost = [
            {"id": known.id, "name": known.name, "uuid": uuid, "lost": True}
            for uuid, known in gone.items()
            if known.missing >= MISSING_READINGS and known.id not in taken
        ]
        return sorted([*numbered, *lost], key=lambda gpu: gpu["id"])

    def _numbered(self, gpu: Values, gone: dict[str, _Known]) -> Values:
        uuid, number = gpu.get("uuid"), int(gpu["id"])
        if gpu.get("label"):
            return gpu
        if not uuid:  # a lost one cannot say who it is
            same = next((name for name, known in gone.items() if known.id == number), None)
            return gpu if same is None else {**gpu, "uuid": same, "name": gone[same].name}
        if uuid not in self._known:
            others = {known.id for known in self._known.values()}
            while number in others:
                number += 1
            self._known[uuid] = _Known(number, gpu.get("name") or "")
        return {**gpu, "id": self._known[uuid].id}
