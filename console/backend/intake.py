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
from console.backend.replay import Replay
from console.backend.transcript import SLICE_BYTES, Transcript

if TYPE_CHECKING:
    from console.core.formats import Found


class Taker(Protocol):
    """What happens with what was read; `recorder.Recorder` is one."""

    def take_record(self, record: dict[str, Any]) -> None:
        """A record of the hook or of the journal."""

    def take_found(self, found: Sequence[Found], t: float, m: float) -> None:
        """What the output said, read at this moment."""


class Intake:
    """All inputs of a run, from where a record left them."""

    def __init__(
        self,
        run_dir: Path,
        record: dict[str, Any] | None,
        taker: Taker,
        now: Callable[[], tuple[float, float]],
    ) -> None:
        """`record` is what `record` gave at the last commit; None = everything from its beginning.
        `now` gives t and m. Raises what Transcript raises."""
        known = record or {}
        self._taker, self._now = taker, now
        self.hook = HookFiles(run_dir, tuple(known.get("hook", (0, 0, 0))))
        self.hook.damaged = known.get("damaged", 0)
        self.transcript = Transcript(run_dir, known.get("transcript"))
        self._journalled: int = known.get("journalled", 0)
        self._replay: Replay | None = None
        if known.get("replay") or (not record and journal.end(run_dir).get("length")):
            self._replay = Replay(run_dir, known.get("replay"))

    def record(self) -> dict[str, Any]:
        """What a successor needs to go on exactly here."""
        return {
            "hook": self.hook.position,
            "damaged": self.hook.damaged,
            "transcript": self.transcript.record(),
            "journalled": self._journalled,
            "replay": self._replay.record() if self._replay else None,
        }

    @property
    def replaying(self) -> bool:
        """Whether what is taken happened long ago."""
        return self._replay is not None

    @property
    def is_news(self) -> bool:
        """Whether what the output says here is not in the journal yet."""
        return not self.replaying and self.transcript.position > self._journalled

    def read(self, max_bytes: int, until: float) -> bool:
        """Reads until about `until` (time.monotonic); True when more waits. Raises OSError."""
        if self._replay is not None:
            return self._read_replay(self._replay, until)
        return self._read_hook(until) | self._read_output(max_bytes, until)

    def close(self) -> None:
        self.hook.close()
        self.transcript.close()

    def _read_hook(self, until: float) -> bool:
        while (found := self.hook.take()) is not None:
            self._taker.take_record(found)
            if time.monotonic() > until:
                return True
        return False

    def _read_output(self, max_bytes: int, until: float) -> bool:
        (t, m), before = self._now(), self.transcript.position
        while (read := self.transcript.position - before) < max_bytes:
            # What is in the journal already ends with a slice: no slice is half journalled.
            journalled = self._journalled - self.transcript.position
            began = time.monotonic()
            limit = journalled if journalled > 0 else SLICE_BYTES
            found = self.transcript.read(min(max_bytes - read, limit))
            if found is None:
                return False
            self._taker.take_found(found, t, m)
            now = time.monotonic()
            if 2 * now - began > until:  # the next slice will take as long
                break
        return True

    def _read_replay(self, replay: Replay, until: float) -> bool:
        while (record := replay.peek()) is not None:
            hook, left = self.hook.peek(), replay.until - self.transcript.position
            if hook is not None and _moment(hook) <= _moment(record):
                self.hook.take()
                self._taker.take_record(hook)
            elif left > 0 and (found := self.transcript.read(left)) is not None:
                self._taker.take_found(found, record["t"], record["m"])
            else:
                replay.take()
                if record.get("k") != "clock":
                    self._taker.take_record(record)
            if time.monotonic() > until:
                return True
        self._journalled, self._replay = replay.output, None
        return True


def _moment(record: dict[str, Any]) -> float:
    m = record.get("m")
    return m if isinstance(m, (int, float)) else -inf
