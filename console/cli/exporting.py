"""An exporter for a screen that is imported when it is first asked: a screen opens without it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.core.export_parts import Exported, Exporter, Place, Tell


class LateExporter:
    """See `core.export_parts.Exporter`."""

    def __init__(self, run_dir: Path, name: str) -> None:
        self._dir, self._name, self._here = run_dir, name, Path.cwd()

    @cached_property
    def _real(self) -> Exporter:
        from console.backend.exporting.child import ScreenExporter

        return ScreenExporter(self._dir, self._name, self._here)

    def folder(self) -> str:
        return self._real.folder()

    def look(self, folder: str, parts: Sequence[str]) -> Place:
        return self._real.look(folder, parts)

    def write(self, folder: str, parts: Sequence[str], *, force: bool, tell: Tell) -> Exported:
        return self._real.write(folder, parts, force=force, tell=tell)

    def single(self, part: str) -> Sequence[str]:
        return self._real.single(part)

    def keep(self, name: str, text: str) -> str:
        return self._real.keep(name, text)
