"""What can be exported of a run, and the words an exporter and a screen speak to each other.

To add a part: a row in PARTS, and a writer in `backend/exporting/writers.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is written: its id, its name, and what it is."""

    id: str
    label: str
    help: str
    asked: bool = False
    """Only on demand: it is no part of everything."""


PARTS: tuple[Part, ...] = (
    Part("metrics", "Metrics", "every value, as CSV and JSON"),
    Part("charts", "Charts", "every chart as SVG and CSV"),
    Part("log", "Log", "the output as clean text, secrets masked"),
    Part("config", "Configuration", "the frozen file, secrets masked"),
    Part("timeline", "Timeline", "what happened, as JSON and text"),
    Part("report", "Report", "the summary in Markdown"),
    Part("state", "State", "what status --json prints"),
    Part("raw", "Raw output", "every byte; secrets are NOT masked", asked=True),
)
BY_ID = {part.id: part for part in PARTS}
EVERYTHING: tuple[str, ...] = tuple(part.id for part in PARTS if not part.asked)

RAW_WARNING = (
    "raw/ holds the trainer's very bytes: secrets in them are not masked, and a terminal may obey "
    "what is in them; look before you give it away"
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an export is: the file being written, bytes written, bytes expected in all."""

    file: str = ""
    done: int = 0
    expected: int = 0

    @property
    def share(self) -> float:
        """From 0 to 1. What was expected is an estimate: it is full only at the end."""
        return min(0.99, self.done / self.expected) if self.expected > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where an export would go, looked at before it begins. `problem` says what to do; with
    `replaces` an export of before stands there."""

    folder: str
    problem: str = ""
    replaces: bool = False
    needed: int = 0
    """Bytes, estimated."""
    free: int | None = None
    suggestion: str = ""
    """A folder that would do, where this one does not."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    folder: str
    files: int
    bytes: int
    notes: tuple[str, ...] = field(default=())


class Refused(Exception):
    """Nothing was written: the sentence says why and what to do."""


class Occupied(Refused):
    """An export stands there; it is replaced only on demand."""


CANCELLED = "cancelled: nothing was written"


class Cancelled(Exception):
    """The person did not want it any more; nothing is left of it."""


Tell = Callable[[Progress], bool]
"""Is told how far it is; False cancels."""


class Exporter(Protocol):
    """What a screen needs to export its run. All of it may wait for a disk: call it in a thread."""

    def folder(self) -> str:
        """A folder to begin with, that is not there yet."""
        ...

    def look(self, folder: str, parts: Sequence[str]) -> Place:
        """Whether that can be written there."""
        ...

    def write(self, folder: str, parts: Sequence[str], *, force: bool, tell: Tell) -> Exported:
        """Writes it, whole or not at all. Raises Refused, Cancelled or OSError."""
        ...

    def single(self, part: str) -> Sequence[str]:
        """Writes a part where the person stands, without a folder; the paths. Raises OSError or
        Refused."""
        ...

    def keep(self, name: str, text: str) -> str:
        """Writes one file where the person stands; its path. Raises OSError. `name` has an ending,
        and never takes the place of a file that is there."""
        ...


_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
NAME_LENGTH = 60


def file_name(foreign: str, otherwise: str = "run") -> str:
    """A foreign name as a file is called: no separators, no control signs, no leading dot."""
    safe = _UNSAFE.sub("_", foreign).strip("._-")[:NAME_LENGTH].rstrip("._-")
    return safe or otherwise


def folder_name(run: str, name: str) -> str:
    """What an export of a run is called: its name and the end of its id."""
    return f"{file_name(name)}-{file_name(run)}"
