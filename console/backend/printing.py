"""How much the trainer has printed: told from time to time, and the clock journalled beside it.

Each second the journal notes the time at a place of the output, so that every row has a time.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING

from console.core.protocol import Printed, Recognised
from console.keeper import rundir, slot

if TYPE_CHECKING:
    from pathlib import Path

    from console.backend.intake import Intake
    from console.backend.journal import Journal
    from console.backend.ledger import Ledger, Place

CLOCK_SECONDS, PRINTED_SECONDS, RECOGNISED_SECONDS = 1.0, 0.25, 5.0


class Printing:
    """Call `note` after reading; `now` gives t and m."""

    def __init__(
        self,
        run_dir: Path,
        intake: Intake,
        journal: Journal,
        now: Callable[[], tuple[float, float]],
    ) -> None:
        self._run_dir, self._intake, self._journal, self._now = run_dir, intake, journal, now
        self._text = intake.transcript
        self._clocked = self._text.position
        self._told = self._text.position, self._text.unread
        self._clock_at = self._tell_at = self._recognised_at = -inf

    def place(self) -> Place | None:
        """Where in the output what was read last is said; None when the journal has it already."""
        return self._news_at(*self._text.understood)

    def note(self, ledger: Ledger, *, at_once: bool = False) -> None:
        """Journals the clock at this place of the output, and tells how much there is."""
        text, (t, m) = self._text, self._now()
        if at_once:
            self._recognised_at = -inf
        if gone := text.gap():
            ledger.own_rows.append(f"GAP: {gone:,} bytes of output are gone from the disk")
        ledger.own_rows += self._intake.notes()
        if text.position > self._clocked and (at_once or m >= self._clock_at):
            self._clocked, self._clock_at = text.position, m + CLOCK_SECONDS
            if (place := self._news_at(text.position, text.added)) is not None:
                self._journal.add({"k": "clock", "t": t, "m": m, **place})
        done = text.position, text.unread
        if done != self._told and (at_once or m >= self._tell_at):
            self._told, self._tell_at = done, m + PRINTED_SECONDS
            self._tell(ledger, t, m)

    def _tell(self, ledger: Ledger, t: float, m: float) -> None:
        text, dropped = self._text, slot.read(self._run_dir, rundir.DROPS_JSON) or {}
        with suppress(OSError):  # another time then
            facts = (text.errors, text.warnings, dropped.get("bytes", 0), text.behind())
            ledger.apply(Printed(t, m, text.position, text.added, *facts), journal=False)
        summary = text.summary()
        known = ledger.state.configuration.format
        names = ("lines", "versions", "formats") if m >= self._recognised_at else ()
        if any(summary.get(name) != known.get(name) for name in ("values", "off", *names)):
            self._recognised_at = m + RECOGNISED_SECONDS
            ledger.apply(Recognised(t, m, summary), journal=False)

    def _news_at(self, position: int, row: int) -> Place | None:
        return {"off": position, "row": row} if self._intake.is_news(position) else None
