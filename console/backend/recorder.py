"""Everything recorded of one run: inputs in, events through `reduce`, rows, journal and values out.

`poll` reads what is new, `apply` takes an event of the backend itself, `commit` makes both last:
the positions of all inputs and outputs are one transaction. After a crash the outputs are cut back
to what was committed, and the same inputs give the same again: nothing is missing, nothing twice.
No asyncio in here; every call is short. A new input is read in `poll`; what has to survive a
restart is a line of `_record` and of `_restore`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.backend import journal
from console.backend.appender import Shorter
from console.backend.books import Books
from console.backend.intake import Intake
from console.backend.journal import Journal
from console.backend.ledger import Ledger
from console.backend.origin import beginning
from console.backend.printing import Printing
from console.backend.store import Busy, Damaged, Store
from console.core.codec import encode
from console.core.state import RunState, from_json
from console.keeper import clock

if TYPE_CHECKING:
    from console.core.protocol import Event

POLL_BYTES = 8 << 20

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
        self._now: Callable[[], tuple[float, float]] = lambda: (wall(), mono())
        self._mono, self._listener = mono, listener
        self._store = Store(run_dir)

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
        return self._books.unwritten or self._unread

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
        self._intake = Intake(self.run_dir, record["intake"], self._now)
        self._journal = Journal(self.run_dir, record["journal"])
        self._ready(state, record["shift"])
        self._ledger.damaged = record["damaged"]

    def _begin(self) -> None:
        """From the first byte; when there is a journal, as it tells."""
        self._intake = Intake(self.run_dir, None, self._now)
        self._journal = Journal(self.run_dir, journal.end(self.run_dir))
        self._ready(beginning(self.run_dir), None)

    def _ready(self, state: RunState, shift: float | None) -> None:
        self.state, intake = state, self._intake
        self._transcript = intake.transcript
        self._printing = Printing(self.run_dir, intake, self._journal, self._now)
        self._ledger = Ledger(
            state, self._store, self._journal, self._printing.place, shift,
            is_news=lambda: not intake.replaying,
        )  # fmt: skip
        self._books = Books(self._store, self._journal, self._transcript, self._mono)

    def flush(self) -> bool:
        """The output has ended: all rows settle and are understood; False = try again later."""
        self._transcript.finish()
        try:
            while (found := self._transcript.understand()) is not None:
                self._ledger.take_found(found, *self._now())
            self._ledger.take_found(self._transcript.rest(), *self._now())
            self._intake.finish_files(self._ledger)
        except OSError as error:
            self._unread = str(error)
            return False
        self._printing.note(self._ledger, at_once=True)
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
        if not self._books.write() or self._books.is_full():
            return False
        try:
            more = self._intake.read(self._ledger, max_bytes, until, rows_only=rows_only)
            self._unread = None
        except OSError as error:
            more, self._unread = False, str(error)
        self._printing.note(self._ledger)
        self._put_out()
        return more

    def apply(self, event: Event, *, journal: bool = True) -> None:
        """Takes an event of the backend itself: journalled, reduced, stored, told."""
        self._ledger.apply(event, journal=journal)
        if self._ledger.own_rows:
            self._put_out()
        self._ledger.tell(self._listener)

    def _put_out(self) -> None:
        """Writes rows, those of ours after everything read so far: their place is committed at
        once. Then the listener may hear."""
        for text in self._ledger.own_rows:
            self._transcript.insert(text)
        if self._ledger.own_rows:
            self._ledger.own_rows.clear()
            self.commit()
        else:
            self._books.write()
        self._ledger.tell(self._listener)

    # writing

    def due(self) -> bool:
        """Whether it is time to commit."""
        waits = self._ledger.dirty or self._books.unwritten is not None
        return waits and self._books.due()

    def commit(self) -> bool:
        """Makes everything so far last, in one transaction; False when that is not possible now:
        `trouble` says why, nothing is lost, and `due` says when to try again."""
        ledger, books = self._ledger, self._books
        ledger.settle()
        books.put_off()
        if not books.write(journal=True):
            return False
        groups = {name: encode(getattr(self.state, name)) for name in ledger.changed}
        try:
            if not books.commit(self._record(), groups):
                return False
        except Damaged as error:
            self._start_anew(error)
            return False
        ledger.dirty, ledger.changed = False, set()
        return True

    def _record(self) -> dict[str, Any]:
        """What a successor needs to go on exactly here."""
        return {
            "v": 1,
            "t": self._now()[0],
            "rows": self.rows,
            "live": [row.decode("utf-8", "replace") for row in self.live],
            "intake": self._intake.record(),
            "journal": self._journal.position(),
            "shift": self._ledger.shift,
            "damaged": self._ledger.damaged,
        }

    def _start_anew(self, error: Damaged) -> None:
        self._close_files()
        self._store.set_aside()
        self._store.open()
        self._begin()
        self._books.put_off()
        self._books.unwritten = f"{error}; it is made anew"
