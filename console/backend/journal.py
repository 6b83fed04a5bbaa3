"""journal-NNN.jsonl: what the backend itself saw and did, one checksummed record a line.

With the hook's files and the output it is the truth of a run: metrics.db is made from them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from console.backend.appender import Appender
from console.keeper import record

SEGMENT_BYTES = 64 << 20

_SEGMENT = re.compile(r"journal-([0-9]{3,})\.jsonl")


def segments(directory: Path) -> list[tuple[int, Path]]:
    """(number, path) of every segment, ascending."""
    with os.scandir(directory) as entries:
        names = [entry.name for entry in entries]
    return sorted((int(m[1]), directory / m[0]) for m in map(_SEGMENT.fullmatch, names) if m)


def records(directory: Path, until: dict[str, int] | None = None) -> Iterator[dict[str, Any]]:
    """The whole records of a run's journal in order, up to a position; damaged ones are left out.

    They are read as they are asked for. Raises OSError.
    """
    for number, path in segments(directory):
        if until and number > until["number"]:
            return
        left = until["length"] if until and number == until["number"] else -1
        with open(path, "rb") as lines:
            for line in lines:
                if left == 0:
                    return
                left -= len(line) if left > 0 else 0
                found = record.decode(line)
                if found is not None:
                    yield found


def end(directory: Path) -> dict[str, int]:
    """The position after the last whole line there is."""
    found = segments(directory)
    if not found:
        return {}
    number, path = found[-1]
    text = path.read_bytes()  # a segment is small
    return {"number": number, "length": text.rfind(b"\n") + 1}


class Journal:
    """The writer of a run's journal."""

    def __init__(self, directory: Path, position: dict[str, int]) -> None:
        """Cuts the files back to a committed `position` ({} = nothing). Raises Shorter, OSError."""
        self._directory = directory
        self._number = position.get("number", 0)
        for number, path in segments(directory):
            if number > self._number:
                path.unlink()
        self._file = Appender(self._path(self._number), position.get("length", 0))

    def position(self) -> dict[str, int]:
        """What to commit, when nothing waits."""
        return {"number": self._number, "length": self._file.length}

    @property
    def waiting(self) -> int:
        """Bytes that could not be written yet."""
        return self._file.waiting

    def add(self, value: dict[str, Any]) -> None:
        self._file.add(record.encode(value))

    def flush(self) -> None:
        """Writes what waits. Raises OSError."""
        self._file.flush()
        if self._file.length >= SEGMENT_BYTES:
            following = Appender(self._path(self._number + 1))
            self._file.close()
            self._file, self._number = following, self._number + 1

    def close(self) -> None:
        self._file.close()

    def _path(self, number: int) -> Path:
        return self._directory / f"journal-{number:03d}.jsonl"
