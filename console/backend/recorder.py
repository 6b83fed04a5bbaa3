"""Everything recorded of one run: inputs in, events through `reduce`, rows, journal and values out.

`poll` reads what is new, `apply` takes an event of the backend itself, `commit` makes both last:
the positions of all inputs and outputs are one transaction. After a crash the outputs are cut back
to what was committed, and the same inputs give the same again: nothing is missing, nothing twice.
No asyncio in here; every call is short. A new input is read in `poll`; what has to survive a
restart is a line of `_record` and of `_restore`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.backend import journal
from console.backend.appender import Shorter
from console.backend.intake import Intake
from console.backend.journal import Journal
from console.backend.ledger import Ledger, Place
from console.backend.origin import beginning
from console.backend.store import Busy, Damaged, Store
from console.core.codec import encode
from console.core.protocol import Event, Printed, Recognised
from console.core.state import RunState, from_json
from console.keeper import clock, rundir, slot

if TYPE_CHECKING:
    from console.backend.metricfiles import Followed
    from console.core.formats import Found

COMMIT_SECONDS = 0.5
COMMIT_BYTES = 32 << 20
COMMIT_VALUES = 1 << 16
FULL_VALUES = 4 * COMMIT_VALUES
FULL_BYTES = 16 << 20
"""What may wait in memory while nothing can be written; more stays in the inputs, on disk."""

POLL_BYTES = 8 << 20
CLOCK_SECONDS, PRINTED_SECONDS, RECOGNISED_SECONDS = 1.0, 0.25, 5.0

_MALFORMED = (ArithmeticError, ValueError, TypeError, LookupError, AttributeError)


class Recorder:
    """The one writer of a run's rows, journal and metrics; `listener` gets every event after it
    was reduced, except while a lost metrics.db is made anew."""

    def __init__(
        self,
        run_dir: Path,
        *,
        wall: Callable[[], float] = clock.wall,
        mono: Callable[[], float] = clock.since_boot,
        listener: Callable[[Event], None] | None = None,
    ) -> None:
        self.run_dir = run_dir
        self.state = RunState()
        self._unread: str | None = None
        self._unwritten: str | None = None
        self._wall, self._mono, self._listener = wall, mono, listener
        self._store = Store(run_dir)
        self._commit_at = self._printed_at = self._clock_at = self._recognised_at = -inf
        self._telling = False

    @property
    def rows(self) -> int:
        """Settled rows in screen.*."""
        return self._transcript.rows

    @property
    def live(self) -> list[bytes]:
        """The rows after those, which may still change."""
        return self._transcript.live

    @property
    def unread(self) -> int:
        """Bytes of rows nobody has read for metrics yet."""
        return self._transcript.unread

    @property
    def trouble(self) -> str | None:
        """Why something cannot be read or written at the moment; None when everything can."""
        return self._unwritten or self._unread

    @property
    def replaying(self) -> bool:
        """Whether the state is still being made anew from what happened long ago."""
        return self._intake.replaying

    @property
    def damaged(self) -> int:
        """Records of the hook that could not be understood."""
        return self._intake.hook.damaged + self._ledger.damaged

    # opening and closing

    def open(self) -> None:
        """Goes on where the last commit was, or makes everything anew from the inputs.

        Raises store.NewerSchema, and OSError when the run directory cannot be used.
        """
        try:
            record = self._store.open()
            if record is not None:
                self._restore(record)
                return
        except (Damaged, Shorter, *_MALFORMED):
            self._store.set_aside()
            self._store.open()
        self._begin()

    def _restore(self, record: dict[str, Any]) -> None:
        state = from_json(self._store.groups())
        self._intake = Intake(self.run_dir, record["intake"], self, self._now)
        self._journal = Journal(self.run_dir, record["journal"])
        self._ready(state, record["shift"])
        self._ledger.damaged = record["damaged"]

    def _begin(self) -> None:
        """From the first byte; when there is a journal, as it tells."""
        self._intake = Intake(self.run_dir, None, self, self._now)
        self._journal = Journal(self.run_dir, journal.end(self.run_dir))
        self._ready(beginning(self.run_dir), None)

    def _ready(self, state: RunState, shift: float | None) -> None:
        self.state = state
        self._ledger = Ledger(state, self._store, self._journal, self._place, shift)
        self._transcript = self._intake.transcript
        self._read = self._clocked = self._transcript.position
        self._printed = self._read, self._transcript.unread

    def _now(self) -> tuple[float, float]:
        return self._wall(), self._mono()

    def flush(self) -> bool:
        """The output has ended: all rows settle and are understood; False = try again later."""
        self._transcript.finish()
        try:
            while (found := self._transcript.understand()) is not None:
                self.take_found(found, *self._now())
            self.take_found(self._transcript.rest(), *self._now())
            self._intake.finish_files()
        except OSError as error:
            self._unread = str(error)
            return False
        self._recognised_at = -inf
        self._note_output(now=True)
        self._put_out()
        return True

    def close(self, final: bool) -> None:
        """Commits and closes; `final` turns metrics.db into one plain file, if nobody holds it."""
        self.commit()
        try:
            self._store.close(final=final)
        except Busy:
            self._store.close(final=False)
        self._close_files()

    def _close_files(self) -> None:
        self._intake.close()
        self._journal.close()

    # reading

    def poll(
        self, max_bytes: int = POLL_BYTES, max_seconds: float = 0.02, *, rows_only: bool = False
    ) -> bool:
        """Reads new records of the hook and new output; True when more is waiting.

        With `rows_only` the output is made into rows, and may stay `unread`.
        """
        until = time.monotonic() + max_seconds
        if not self._write() or self._is_full():
            return False
        try:
            more, self._unread = self._intake.read(max_bytes, until, rows_only=rows_only), None
        except OSError as error:
            more, self._unread = False, str(error)
        self._note_output()
        self._put_out()
        return more

    def apply(self, event: Event, *, journal: bool = True) -> None:
        """Takes an event of the backend itself: journalled, reduced, stored, told."""
        self._ledger.apply(event, journal=journal)
        if self._ledger.own_rows:
            self._put_out()
        self._tell()

    def _put_out(self) -> None:
        """Writes rows, those of ours after everything read so far: their place is committed at
        once. Then the listener may hear."""
        for text in self._ledger.own_rows:
            self._transcript.insert(text)
        if self._ledger.own_rows:
            self._ledger.own_rows.clear()
            self.commit()
        else:
            self._write()
        self._tell()

    def _tell(self) -> None:
        """Tells the listener, which may apply and commit: so only when nothing is half done."""
        if self._telling:
            return
        self._telling = True
        try:
            while (event := self._ledger.untold()) is not None:
                if self._listener is not None:
                    self._listener(event)
        finally:
            self._telling = False

    # what is read comes back here

    def take_record(self, record: dict[str, Any]) -> None:
        self._ledger.take_record(record, news=not self._intake.replaying)

    def take_found(self, found: Sequence[Found], t: float, m: float) -> None:
        self._ledger.take_found(found, t, m, news=not self._intake.replaying)

    def take_file(self, file: Followed, found: Sequence[Found], record: dict[str, Any]) -> None:
        self._ledger.take_file(file.reader, found, *self._now())
        self._journal.add({"k": "files", **record})

    def _place(self) -> Place | None:
        return self._news_at(*self._transcript.understood)

    def _news_at(self, position: int, row: int) -> Place | None:
        return {"off": position, "row": row} if self._intake.is_news(position) else None

    def _note_output(self, *, now: bool = False) -> None:
        """Journals the clock at this place of the output, and tells how much there is."""
        text, (t, m) = self._transcript, self._now()
        if gone := text.gap():
            self._ledger.own_rows.append(f"GAP: {gone:,} bytes of output are gone from the disk")
        self._ledger.own_rows += text.notes()
        if text.position > self._clocked and (now or m >= self._clock_at):
            self._clocked, self._clock_at = text.position, m + CLOCK_SECONDS
            if (place := self._news_at(text.position, text.added)) is not None:
                self._journal.add({"k": "clock", "t": t, "m": m, **place})
        done = text.position, text.unread
        if done != self._printed and (now or m >= self._printed_at):
            self._printed, self._printed_at = done, m + PRINTED_SECONDS
            self._tell_output(t, m)

    def _tell_output(self, t: float, m: float) -> None:
        text, dropped = self._transcript, slot.read(self.run_dir, rundir.DROPS_JSON) or {}
        with suppress(OSError):  # another time then
            facts = (text.errors, text.warnings, dropped.get("bytes", 0), text.behind())
            self._ledger.apply(Printed(t, m, text.position, text.added, *facts), journal=False)
        summary = text.summary()
        known = self.state.configuration.format
        names = ("lines", "versions", "formats") if m >= self._recognised_at else ()
        if any(summary.get(name) != known.get(name) for name in ("values", "off", *names)):
            self._recognised_at = m + RECOGNISED_SECONDS
            self._ledger.apply(Recognised(t, m, summary), journal=False)

    # writing

    def due(self) -> bool:
        """Whether it is time to commit."""
        if not self._ledger.dirty and self._unwritten is None:
            return False
        read = self._transcript.position - self._read
        much = read >= COMMIT_BYTES or self._store.added >= COMMIT_VALUES
        return (much and self._unwritten is None) or self._mono() >= self._commit_at

    def commit(self) -> bool:
        """Makes everything so far last, in one transaction; False when that is not possible now:
        `trouble` says why, nothing is lost, and `due` says when to try again."""
        ledger = self._ledger
        ledger.settle(news=not self._intake.replaying)
        self._commit_at = self._mono() + COMMIT_SECONDS
        if not self._write():
            return False
        groups = {name: encode(getattr(self.state, name)) for name in ledger.changed}
        try:
            self._store.commit(self._record(), groups)
        except Busy as error:
            self._unwritten = f"{self._store.path}: {error}"
            return False
        except Damaged as error:
            self._start_anew(error)
            return False
        self._unwritten, ledger.dirty, ledger.changed = None, False, set()
        self._read = self._transcript.position
        return True

    def _record(self) -> dict[str, Any]:
        """What a successor needs to go on exactly here."""
        return {
            "v": 1,
            "t": self._wall(),
            "rows": self.rows,
            "live": [row.decode("utf-8", "replace") for row in self.live],
            "intake": self._intake.record(),
            "journal": self._journal.position(),
            "shift": self._ledger.shift,
            "damaged": self._ledger.damaged,
        }

    def _start_anew(self, error: Damaged) -> None:
        self._unwritten = f"{error}; it is made anew"
        self._close_files()
        self._store.set_aside()
        self._store.open()
        self._begin()

    def _write(self) -> bool:
        """Writes rows and journal; False when the disk does not take them now."""
        try:
            self._transcript.write()
            self._journal.flush()
        except OSError as error:
            self._unwritten = str(error)
            return False
        return True

    def _is_full(self) -> bool:
        waiting = self._transcript.waiting + self._journal.waiting
        return self._store.added >= FULL_VALUES or waiting >= FULL_BYTES
