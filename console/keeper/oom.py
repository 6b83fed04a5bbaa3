"""Whether the kernel killed for memory: the control group's own counter, never a guess."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_COUNT = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
_UNIFIED = (Path("/sys/fs/cgroup"), "memory.events")  # cgroup v2
_LEGACY = (Path("/sys/fs/cgroup/memory"), "memory.oom_control")  # cgroup v1


@dataclass(frozen=True, slots=True)
class OomCounter:
    """The counter file of a process's control group, and what it read at the start."""

    file: str
    before: int

    @classmethod
    def of(cls, pid: int) -> OomCounter | None:
        """Returns the counter for a living process; None where the system has none."""
        for path in _files(pid):
            if (count := _read(path)) is not None:
                return cls(str(path), count)
        return None

    @classmethod
    def from_json(cls, value: Any) -> OomCounter | None:
        match value:
            case {"file": str(file), "before": int(before)}:
                return cls(file, before)
        return None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def rose(self) -> bool | None:
        """Says whether something in the group was killed for memory since; None: not readable."""
        now = _read(Path(self.file))
        return None if now is None else now > self.before


def _files(pid: int) -> list[Path]:
    """The group's file, and the top one: inside a container the group's path may not be seen."""
    found = []
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
            number, controllers, group = line.split(":", 2)
            if number == "0" or "memory" in controllers.split(","):
                base, name = _UNIFIED if number == "0" else _LEGACY
                found += [base / group.lstrip("/") / name, base / name]
    return found


def _read(path: Path) -> int | None:
    with suppress(OSError):
        if match := _COUNT.search(path.read_text()):
            return int(match[1])
    return None
