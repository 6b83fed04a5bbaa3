"""What people are told of as it happens, and in which words: NOTICES, the one table of it.

The screen, plain mode and `follow` ask a Herald which entries of the timeline are news. To add a
notice: a mark of the timeline, a row of NOTICES for it, and a switch in Wanted. What else stands in
the timeline (failures, alerts, orders) is no notice: it is never held back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.core.state import Entry, RunState

LINES_REST_SECONDS, SCREEN_REST_SECONDS = 10.0, 30.0
"""After a notice none of its kind for so long, by the times of the records: lines, screen."""

MOST_REMEMBERED = 1000
"""More entries than a timeline holds."""


@dataclass(slots=True)
class Wanted:
    """Which notices a run's configuration wants."""

    epochs: int = 10
    """One every so many epochs; 0: none."""
    checkpoint: bool = True
    validation: bool = True
    configuration: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """A kind of notice: its switch in Wanted, and an entry's text as words of their own."""

    switch: str
    says: Callable[[str], str]


def _done(said: str) -> str:
    split, _, results = said.partition(" ")
    return f"{split} done" if results in ("", "done") else f"{split} done: {results}"


NOTICES: dict[str, Notice] = {
    "save": Notice("checkpoint", "checkpoint {}".format),
    "eval": Notice("validation", _done),
    "config": Notice("configuration", str),
    "epoch": Notice("epochs", str),
}
"""By the mark of the entry."""

_WORDS: dict[str, Callable[[str], str]] = {
    "alert": "alert: {}".format,
    "over": "alert over: {}".format,
    **{mark: notice.says for mark, notice in NOTICES.items()},
}


def spoken(entry: Entry) -> str:
    """The text of an entry where no sign stands before it."""
    return _WORDS.get(entry.mark, str)(entry.text)


class Herald:
    """Tells each entry of a timeline once; of a storm of notices only some, and how many more."""

    def __init__(self, rest_seconds: float, *, late: bool) -> None:
        """`late`: somebody came to a run that had begun; notices from before are no news."""
        self._rest, self._late = rest_seconds, late
        self._seen: dict[str, None] = {}
        self._told_at: dict[str, float] = {}
        self._held: dict[str, int] = {}

    def news(self, state: RunState) -> Iterator[tuple[Entry, str]]:
        """What was added since the last call, oldest first, with its words."""
        late, self._late = self._late, False
        for entry in state.timeline.entries:
            if entry.id in self._seen:
                continue
            self._seen[entry.id] = None
            words = None if late and entry.mark in NOTICES else self._words(entry, state)
            if words is not None:
                yield entry, words
        while len(self._seen) > MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]

    def _words(self, entry: Entry, state: RunState) -> str | None:
        notice = NOTICES.get(entry.mark)
        if notice is None:
            return None if entry.mark == "order" else spoken(entry)
        if not getattr(state.run.notices, notice.switch):
            return None
        since = entry.t - self._told_at.get(entry.mark, -self._rest)
        if 0.0 <= since < self._rest:
            self._held[entry.mark] = self._held.get(entry.mark, 0) + 1
            return None
        self._told_at[entry.mark] = entry.t
        held = self._held.pop(entry.mark, 0)
        return f"{spoken(entry)} ({held:,} more before it)" if held else spoken(entry)
