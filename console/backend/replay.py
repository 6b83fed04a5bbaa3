"""The journal of a run whose metrics.db is gone, as the thread of a rebuilding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from console.backend import journal
from console.core.protocol import Source


class Replay:
    """The records of the journal as it was when the rebuilding began; nothing is added to it."""

    def __init__(self, directory: Path, record: dict[str, Any] | None = None) -> None:
        """From the first record on, or as `record` says from one in the middle."""
        self._end: dict[str, int] = record["end"] if record else journal.end(directory)
        self._records = journal.records(directory, self._end)
        self._held: dict[str, Any] | None = None
        self._taken = 0
        self.output = 0
        """The output up to here is in the journal."""
        while record and self._taken < record["taken"] and self.peek():
            self.take()

    def record(self) -> dict[str, Any]:
        """How far it got, for a successor."""
        return {"taken": self._taken, "end": self._end}

    @property
    def until(self) -> int:
        """How much of the output comes before the next record."""
        held = self._held or {}
        return held.get("off", 0) if held.get("k") == "clock" else 0

    def peek(self) -> dict[str, Any] | None:
        """The next record, leaving out values read from the output; None at the end."""
        while self._held is None:
            found = next(self._records, None)
            if found is None:
                return None
            self.output = max(self.output, found.get("off", 0))
            if found.get("source") != Source.PARSED:
                self._held = found
        return self._held

    def take(self) -> None:
        """Goes on to the record after the one `peek` gave."""
        self._held = None
        self._taken += 1
