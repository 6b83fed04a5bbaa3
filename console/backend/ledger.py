"""What an event does: it is reduced, its values go into series, and the listener hears of it.

The three sources come together here: records of the hook, findings in the output, events of the
backend itself. What waits to be written lies in the store and the journal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from console.backend.findings import event_of_finding
from console.backend.thinner import Thinner
from console.backend.values import values_of
from console.core.acceptance import accepted
from console.core.codec import encode
from console.core.formats import Found, MeasuredBlock
from console.core.protocol import (
    Evaluated,
    Event,
    Facts,
    Measured,
    Printed,
    Recognised,
    Saved,
    Source,
    Ticked,
    event_of,
    record_of,
)
from console.core.redaction import mask_tree
from console.core.reduce import reduce
from console.core.state import GROUPS, RunState
from console.core.timeline import own_row

if TYPE_CHECKING:
    from console.backend.journal import Journal
    from console.backend.store import Store
    from console.core.formats.files import FileReader

CLOCK_JUMP_SECONDS = 2.0

_BAD_INPUT = (ArithmeticError, ValueError, TypeError, LookupError, AttributeError)
_NOT_JOURNALLED = (Ticked, Printed, Recognised)
"""They say what other records say too."""

_IN_WORDS = {"bye": ("error",), "answer": ("detail",), "save": ("reason",), "info": ("values",)}
"""What a trainer says in words, by kind of record: an exception may quote a secret."""

Place = dict[str, Any]


class Ledger:
    """The state of a run and the one way to change it. `place` gives where in the output we are,
    or None when what is said there is in the journal already; `is_news` whether what is taken now
    happens now, and not long ago: of that nobody is told."""

    def __init__(
        self,
        state: RunState,
        store: Store,
        journal: Journal,
        place: Callable[[], Place | None],
        shift: float | None,
        *,
        is_news: Callable[[], bool] = lambda: True,
    ) -> None:
        self.state = state
        self.changed = set(GROUPS)
        """Groups of the state that changed since somebody cleared this."""
        self.dirty = True
        """Something happened since somebody cleared this."""
        self.own_rows: list[str] = []
        """Rows of ours that wait for their place."""
        self.damaged = 0
        """Records of the hook that made no sense."""
        self._store, self._journal, self._place = store, journal, place
        self._shift = -inf if shift is None else shift
        self._thinner = Thinner()
        self._is_news = is_news
        self._untold: deque[Event] = deque()
        self._was_journalled = False
        self._telling = False

    @property
    def shift(self) -> float | None:
        """Wall clock minus time since boot, as the times of values have it."""
        return self._shift if isfinite(self._shift) else None

    def apply(self, event: Event, *, journal: bool) -> None:
        """An event of the backend itself."""
        self._keep(event)
        self._take(event, news=True)
        if journal and not isinstance(event, _NOT_JOURNALLED):
            self._journal.add(record_of(event))

    def take_record(self, record: dict[str, Any]) -> None:
        """A record of the hook or of the journal; one that makes no sense is counted."""
        self.dirty = True
        try:
            event = event_of(_without_secrets(record))
            if event is not None:
                self._keep(event)
                self._take(event, news=self._is_news())
                return
        except _BAD_INPUT:
            pass
        self.damaged += 1

    def take_found(self, found: Sequence[Found], t: float, m: float) -> None:
        """Findings in the output. Every value is kept; of a flood few events are made."""
        self.dirty = True
        self._forget_journalled()
        for item in found:
            event = accepted(self.state, event_of_finding(item, t, m, self.state))
            if event is None:
                continue
            if isinstance(item, MeasuredBlock) and not self.state.life.hook:
                columns: dict[str, Sequence[float]] = {
                    name: column
                    for name, column in item.values.items()
                    if isinstance(event, Measured) and name in event.values
                }
                if item.epochs is not None:
                    columns["epoch"] = item.epochs
                self._store.extend(item.steps, self._time(t, m), columns)
            else:
                self._keep(event)
            thinned = self._thinner.passes(event) if isinstance(event, Measured) else event
            if thinned is not None:
                self._take_parsed(thinned)

    def take_file(
        self, reader: FileReader, found: Sequence[Found], place: dict[str, Any], t: float, m: float
    ) -> None:
        """Findings in a file of the trainer's; `place` is up to where it was read."""
        for item in found:
            event = event_of_finding(item, t, m, self.state)
            if isinstance(event, (Measured, Evaluated, Facts, Saved)):
                event = replace(event, source=Source.FILE)
            if reader.kind.is_sparse and isinstance(event, Measured):
                event = replace(event, values=self._untold_values(event))
            taken = accepted(self.state, event)
            if taken is not None:
                self.apply(taken, journal=True)
        self._journal.add({"k": "files", **place})

    def _untold_values(self, event: Measured) -> dict[str, float]:
        """The values the output does not tell, step by step."""
        known = self.state.metrics
        return {
            name: value
            for name, value in event.values.items()
            if name not in known or known[name].source is not Source.PARSED
        }

    def settle(self) -> None:
        """Takes the events that were held back as too many."""
        for event in self._thinner.rest():
            self._take_parsed(event)

    def tell(self, listener: Callable[[Event], None] | None) -> None:
        """Tells what is new. The listener may apply and commit: so call it only when nothing is
        half done."""
        if self._telling:
            return
        self._telling = True
        try:
            while self._untold:
                event = self._untold.popleft()
                if listener is not None:
                    listener(event)
        finally:
            self._telling = False

    def _forget_journalled(self) -> None:
        """Where the output goes beyond what the journal tells, what is held back of the part
        before is not told again."""
        is_journalled = self._place() is None
        if self._was_journalled and not is_journalled:
            for event in self._thinner.rest():
                self._take(event, news=self._is_news())
        self._was_journalled = is_journalled

    def _take_parsed(self, event: Event) -> None:
        self._take(event, news=self._is_news())
        place = self._place()
        if place is not None:
            self._journal.add({**record_of(event), **place})

    def _take(self, event: Event, *, news: bool) -> None:
        text = own_row(event, self.state)
        if text is not None:
            self.own_rows.append(text)
        timeline, count = self.state.timeline, self.state.timeline.count
        reduce(self.state, event)
        self.changed |= self.state.changed
        self.dirty = True
        for number in range(count, timeline.count):
            self._store.note(number + 1, encode(timeline.entries[number - timeline.count]))
        if news:
            self._untold.append(event)

    def _keep(self, event: Event) -> None:
        """Adds the event's values to their series."""
        step, values = values_of(event, self.state)
        if not values:
            return
        self._store.add(step, self._time(event.t, event.m), values)
        if isinstance(event, Measured):
            for name, span in event.mm.items():
                self._store.widen(name, min(span), max(span))

    def _time(self, t: float, m: float) -> float:
        """The time of a value: it goes on evenly also when somebody sets the clock back."""
        if t - m > self._shift + CLOCK_JUMP_SECONDS and isfinite(t + m):
            self._shift = t - m
        return self._shift + m if isfinite(self._shift + m) else max(self._shift, 0.0)


def _without_secrets(record: dict[str, Any]) -> dict[str, Any]:
    """The record as it may be shown and journalled."""
    said = [name for name in _IN_WORDS.get(str(record.get("k")), ()) if name in record]
    return {**record, **{name: mask_tree(record[name]) for name in said}} if said else record
