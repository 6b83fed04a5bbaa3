"""What the trainer printed: from output.* through the cleaner to rows on disk and to findings.

`clean` makes rows, `understand` reads them for metrics; in a flood the rows are first.
"""

from __future__ import annotations

import time
from math import inf
from pathlib import Path
from typing import Any

from console.backend.appender import Shorter
from console.backend.backlog import Backlog
from console.backend.outputs import Outputs
from console.backend.pace import Pace
from console.backend.patience import own_of_run
from console.backend.screen import OWN_ROW, Screen
from console.core.formats import Found, Reader, levels, read_cleaned
from console.core.terminal import Cleaned, Cleaner

SLICE_BYTES = 1 << 19
"""Cleaned or understood at once, at most."""

LEAST_CLEANED, LEAST_UNDERSTOOD = 1 << 14, 1 << 17
"""When that takes long. A block is read much faster than its lines one by one."""

LEAD_BYTES = 1 << 30
"""So far the rows may be ahead of what is understood."""


class Transcript:
    """Reads the output of one run from where a record left it, and writes its rows."""

    def __init__(self, run_dir: Path, record: dict[str, Any] | None) -> None:
        """`record` is what `record` gave at the last commit, None = from the first byte.

        Raises Shorter when files have lost bytes, OSError, or what a malformed record leads to.
        """
        known = record or {}
        self._outputs = Outputs(run_dir, known.get("output", 0))
        if self._outputs.end() < self.position:
            raise Shorter("the output has fewer bytes than were read")
        self._outputs.missing = known.get("missing", 0)
        self._gap_told: int = self._outputs.missing
        self._cleaner = Cleaner.load(known["cleaner"]) if record else Cleaner()
        own = own_of_run(run_dir)
        self._reader = Reader.load(known["reader"], own) if record else Reader(own)
        self.errors: int = known.get("errors", 0)
        self.warnings: int = known.get("warnings", 0)
        self._screen = Screen(run_dir, known.get("screen", {}))
        self._backlog = Backlog(run_dir, known.get("backlog"))
        self._cleaning = Pace(LEAST_CLEANED, SLICE_BYTES)
        self._understanding = Pace(LEAST_UNDERSTOOD, SLICE_BYTES)

    def record(self) -> dict[str, Any]:
        """What a successor needs to go on exactly here, when nothing waits."""
        return {
            "output": self.position,
            "missing": self._gap_told,
            "cleaner": self._cleaner.save(),
            "reader": self._reader.save(),
            "errors": self.errors,
            "warnings": self.warnings,
            "screen": self._screen.position(),
            "backlog": self._backlog.record(),
        }

    @property
    def position(self) -> int:
        """Bytes of output read."""
        return self._outputs.position

    @property
    def rows(self) -> int:
        """Settled rows in the files."""
        return self._screen.rows

    @property
    def added(self) -> int:
        """Settled rows, also those that wait to be written."""
        return self._screen.added

    @property
    def live(self) -> list[bytes]:
        """Rows that may still change."""
        return self._cleaner.live

    @property
    def waiting(self) -> int:
        """Bytes of rows not written yet."""
        return self._screen.waiting

    @property
    def understood(self) -> tuple[int, int]:
        """(bytes of output, rows) up to which findings were given."""
        return self._backlog.place or (self.position, self.added)

    @property
    def unread(self) -> int:
        """Bytes of rows that are not understood yet."""
        return self._backlog.size

    def behind(self) -> int:
        """Bytes of output on disk that are not cleaned or not understood yet."""
        return max(0, self._outputs.end() - self.position) + self._backlog.size

    def is_ahead(self) -> bool:
        """Whether rows have to be understood before more are made. Versions of rows that were
        replaced are kept in memory only."""
        return self._backlog.has_frames or self._backlog.size > LEAD_BYTES

    def summary(self) -> dict[str, Any]:
        """What the reader understands of this output."""
        return self._reader.summary()

    def notes(self) -> list[str]:
        """What is to be said about reading it, each once."""
        return self._reader.own.notes()

    def clean(self, limit: int = SLICE_BYTES) -> bool:
        """Makes rows of at most `limit` bytes of output; False when there are none for now."""
        data = self._outputs.read(min(limit, self._cleaning.size))
        if not data:
            return False
        began = time.thread_time()
        self._add(self._cleaner.feed(data))
        self._cleaning.took(time.thread_time() - began, len(data))
        return True

    def understand(self, limit: float = inf) -> list[Found] | None:
        """What the next rows say, about `limit` bytes; None when all were understood.

        Raises OSError."""
        taken = self._backlog.take(int(min(limit, self._understanding.size)))
        if taken is None:
            return self._reader.peek(self._cleaner.live) or None
        began = time.thread_time()
        first, cleaned = taken
        errors, warnings = levels(cleaned.settled)
        self.errors += errors
        self.warnings += warnings
        found = read_cleaned(self._reader, cleaned, first)
        self._understanding.took(time.thread_time() - began, len(cleaned.settled))
        return found

    def finish(self) -> None:
        """The output has ended: live rows settle."""
        self._add(self._cleaner.flush())

    def rest(self) -> list[Found]:
        """After all is understood: what the reader held back for something better to come."""
        return self._reader.finish()

    def gap(self) -> int:
        """Bytes of output found to be gone from the disk since this was last asked."""
        gone, self._gap_told = self._outputs.missing - self._gap_told, self._outputs.missing
        return gone

    def insert(self, text: str) -> None:
        """A row of ours, after everything read so far."""
        safe = "".join(sign if sign.isprintable() else " " for sign in text)
        self._screen.add(OWN_ROW + safe.encode("utf-8", "replace") + b"\n", 1)

    def write(self) -> None:
        """Writes the rows that wait. Raises OSError; they wait on then."""
        self._screen.flush()
        self._backlog.flushed()

    def close(self) -> None:
        self._screen.close()
        self._outputs.close()
        self._backlog.close()

    def _add(self, cleaned: Cleaned) -> None:
        if cleaned.count or cleaned.versions:
            self._backlog.add(self.position, self.added, self._screen.place, cleaned)
            self._screen.add(cleaned.settled, cleaned.count)
