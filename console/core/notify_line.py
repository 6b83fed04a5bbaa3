"""What waits to go one way: so many a minute, the rest in one; again after a failure, later each
time. Pure: clocks are given."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from console.core.notify import SEVERITIES, Notice

LIMIT_SECONDS = 10.0
"""What one try may take."""

MINUTE = 60.0
FIRST_PAUSE_SECONDS, LAST_PAUSE_SECONDS = 2.0, 300.0
GIVE_UP_SECONDS = 3600.0
"""A notice that could not go out for so long is given up."""

MOST_WAITING = 500
"""More than a timeline holds; the oldest of more are only counted."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out at once: one notice, and what else it stands for."""

    notice: Notice
    upto: int
    """The number of the newest notice in it."""
    count: int = 1
    more: str = ""
    """`and 12 more: 9 checkpoint, 3 alert`; empty for one notice."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it went out; else why not, whether it can go out later, and how long the other side
    asks to wait, in seconds."""

    ok: bool
    detail: str = ""
    again: bool = True
    wait: float | None = None


@dataclass(slots=True)
class Line:
    """The notices of one way, oldest first. Call `add`, then `next` until it gives None; after a
    parcel went out or not, `sent` or `failed`."""

    per_minute: int
    waiting: deque[Notice] = field(default_factory=deque)
    dropped: int = 0
    """How many were too many to keep."""
    _sent_at: deque[float] = field(default_factory=deque)
    _retry: Parcel | None = None
    _pause: float = 0.0
    _not_before: float = 0.0
    _failing_since: float | None = None

    def add(self, notice: Notice) -> None:
        self.waiting.append(notice)
        if len(self.waiting) > MOST_WAITING:
            self.waiting.popleft()
            self.dropped += 1

    @property
    def is_empty(self) -> bool:
        return not self.waiting and self._retry is None

    def next(self, m: float, *, last: bool = False) -> Parcel | None:
        """What may go out now. With the last place of a minute goes everything that waits, in one:
        so nothing waits for a minute while there is room to say that it happened. `last`: the run
        is over, and one more may go."""
        if m < self._not_before:
            return None
        if self._retry is not None:
            return self._retry
        while self._sent_at and m - self._sent_at[0] >= MINUTE:
            self._sent_at.popleft()
        room = max(self.per_minute - len(self._sent_at), 1 if last else 0)
        if room <= 0 or not self.waiting:
            return None
        if room > 1 and not self.dropped:
            return summed([self.waiting.popleft()], 0)
        parcel = summed(list(self.waiting), self.dropped)
        self.waiting.clear()
        self.dropped = 0
        return parcel

    def sent(self, m: float) -> None:
        """The last parcel went out."""
        self._sent_at.append(m)
        self._retry, self._pause, self._not_before, self._failing_since = None, 0.0, 0.0, None

    def failed(self, parcel: Parcel, m: float, *, wait: float | None = None) -> bool:
        """It did not; False when it is given up now. `wait`: what the other side asks for."""
        since = self._failing_since = m if self._failing_since is None else self._failing_since
        self._pause = min(max(2 * self._pause, FIRST_PAUSE_SECONDS), LAST_PAUSE_SECONDS)
        # In this order a NaN is not taken.
        pause = self._pause if wait is None else min(max(self._pause, wait), LAST_PAUSE_SECONDS)
        self._not_before = m + pause
        if m - since >= GIVE_UP_SECONDS:
            self.given_up()
            return False
        self._retry = parcel
        return True

    def given_up(self) -> None:
        """The last parcel goes nowhere; the next one is tried as if nothing had been."""
        self._retry, self._failing_since = None, None


def summed(notices: Sequence[Notice], dropped: int) -> Parcel:
    """Notices as one: the gravest, of those the newest, speaks for all."""
    count, newest = len(notices) + dropped, max(one.number for one in notices)
    head = max(notices, key=lambda one: (SEVERITIES.index(one.severity), one.number))
    if count == 1:
        return Parcel(head, newest)
    kinds = Counter(one.event.replace("_", " ") for one in notices if one is not head)
    of = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    return Parcel(head, newest, count, f"and {count - 1:,} more{f': {of}' if of else ''}")
