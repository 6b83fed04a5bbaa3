"""What is read of a run: the hook's records and the output, and the journal when all is made anew.

Everything read goes to a `Taker`. A rebuilding (`replay`) tells the run once more in the order it
happened: own records of the journal, what the hook said by then, and up to a clock record the
output that had been read by then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from console.backend import journal
from console.backend.hookfiles import HookFiles
from console.backend.metricfiles import MetricFiles
from console.backend.replay import Replay
from console.backend.transcript import Transcript

if TYPE_CHECKING:
    from console.core.formats import Found
    from console.core.formats.files import FileReader


CLEANING_SHARE = 2 / 3
"""Of the time there is, in a flood."""

ROWS_FIRST_SECONDS = 1.0
"""The beginning of a flood belongs to the rows: they are to be seen first."""


class Taker(Protocol):
    """What happens with what was read; `ledger.Ledger` is one."""

    def take_record(self, record: dict[str, Any]) -> None:
        """A record of the hook or of the journal."""

    def take_found(self, found: Sequence[Found], t: float, m: float) -> None:
        """What the output said, read at this moment."""

    def take_file(
        self, reader: FileReader, found: Sequence[Found], place: dict[str, Any], t: float, m: float
    ) -> None:
        """What a file of the trainer's said; `place` is where it was read up to."""


class Intake:
    """All inputs of a run, from where a record left them."""

    def __init__(
        self,
        run_dir: Path,
        record: dict[str, Any] | None,
        now: Callable[[], tuple[float, float]],
    ) -> None:
        """`record` is what `record` gave at the last commit; None = everything from its beginning.
        `now` gives t and m. Raises what Transcript raises."""
        known = record or {}
        self._now = now
        self.hook = HookFiles(run_dir, tuple(known.get("hook", (0, 0, 0))))
        self.hook.damaged = known.get("damaged", 0)
        self.transcript = Transcript(run_dir, known.get("transcript"))
        self._files = MetricFiles(run_dir, known.get("files"))
        self._journalled: int = known.get("journalled", 0)
        self._flood_since: float | None = None
        self._replay: Replay | None = None
        if known.get("replay") or (not record and journal.end(run_dir).get("length")):
            self._replay = Replay(run_dir, known.get("replay"))

    def record(self) -> dict[str, Any]:
        """What a successor needs to go on exactly here."""
        return {
            "hook": self.hook.position,
            "damaged": self.hook.damaged,
            "transcript": self.transcript.record(),
            "files": self._files.record(),
            "journalled": self._journalled,
            "replay": self._replay.record() if self._replay else None,
        }

    def notes(self) -> list[str]:
        """What is to be said about reading, each once."""
        return self.transcript.notes() + self._files.notes()

    @property
    def replaying(self) -> bool:
        """Whether what is taken happened long ago."""
        return self._replay is not None

    def is_news(self, position: int) -> bool:
        """Whether what the output says up to there is not in the journal yet."""
        return not self.replaying and position > self._journalled

    def read(self, taker: Taker, max_bytes: int, until: float, *, rows_only: bool = False) -> bool:
        """Reads until about `until` (time.monotonic); True when more waits. Raises OSError.

        With `rows_only`, rows are not read for metrics now where they can wait."""
        if self._replay is not None:
            return self._read_replay(taker, self._replay, until)
        more = self._read_hook(taker, until)
        more |= self._read_output(taker, max_bytes, until, rows_only=rows_only)
        for file, found in self._files.poll():
            taker.take_file(file.reader, found, self._files.place(file), *self._now())
        return more

    def finish_files(self, taker: Taker) -> None:
        """The trainer has ended: what is left in its files."""
        for file, found in self._files.finish():
            taker.take_file(file.reader, found, self._files.place(file), *self._now())

    def close(self) -> None:
        self.hook.close()
        self.transcript.close()

    def _read_hook(self, taker: Taker, until: float) -> bool:
        while (found := self.hook.take()) is not None:
            taker.take_record(found)
            if time.monotonic() > until:
                return True
        return False

    def _read_output(self, taker: Taker, max_bytes: int, until: float, *, rows_only: bool) -> bool:
        now = time.monotonic()
        since = now if self._flood_since is None else self._flood_since
        are_journalled = 0 < self._journalled >= self.transcript.position
        are_rows_first = now - since < ROWS_FIRST_SECONDS and not are_journalled
        more = self._clean(max_bytes, now + (until - now) * (are_rows_first or CLEANING_SHARE))
        self._flood_since = since if more else None
        can_wait = not are_journalled and not self.transcript.is_ahead()
        if can_wait and ((more and are_rows_first) or rows_only):
            return more
        return self._understand(taker, self._now(), max_bytes, until) or more

    def _clean(self, max_bytes: int, until: float) -> bool:
        """Makes rows; True when more output is waiting."""
        text, before = self.transcript, self.transcript.position
        while (read := text.position - before) < max_bytes and not text.is_ahead():
            began, limit = time.monotonic(), max_bytes - read
            if text.position <= self._journalled:
                # What is in the journal already ends with a slice: none is half journalled.
                if text.unread:
                    break
                limit = min(limit, self._journalled - text.position or limit)
            if not text.clean(limit):
                return False
            now = time.monotonic()
            if 2 * now - began > until:  # the next slice will take as long
                break
        return True

    def _understand(
        self, taker: Taker, moment: tuple[float, float], max_bytes: float, until: float
    ) -> bool:
        """Reads rows for metrics; True when more are waiting."""
        text, before = self.transcript, self.transcript.unread
        while (read := before - text.unread) < max_bytes:
            began = time.monotonic()
            found = text.understand(max_bytes - read)
            if found is None:
                return False
            taker.take_found(found, *moment)
            now = time.monotonic()
            if 2 * now - began > until:  # the next part will take as long
                break
        return True

    def _read_replay(self, taker: Taker, replay: Replay, until: float) -> bool:
        while (record := replay.peek()) is not None:
            hook, left = self.hook.peek(), replay.until - self.transcript.position
            if hook is not None and _moment(hook) <= _moment(record):
                self.hook.take()
                taker.take_record(hook)
            elif left > 0 and self.transcript.clean(left):
                self._understand(taker, (record["t"], record["m"]), inf, inf)
            else:
                replay.take()
                if record.get("k") == "files":
                    self._files.restore(record)
                elif record.get("k") != "clock":
                    taker.take_record(record)
            if time.monotonic() > until:
                return True
        self._journalled, self._replay = replay.output, None
        return True


def _moment(record: dict[str, Any]) -> float:
    m = record.get("m")
    return m if isinstance(m, (int, float)) else -inf
