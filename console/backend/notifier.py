"""Takes what happened to the ways a person is told by, and records how that went.

What is to be told is read off the timeline, after it was committed; how it went is an event in the
same books. So a new backend goes on where the last one was: a notice is sent again only when all
was killed between an answer and its commit, with the same id. Threads do what is slow, and nobody
waits for them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend.recording import Recording, tell
from console.core.config import ConfigError, load
from console.core.delivery import GIVEN_UP, RETRYING, SENT, Notified
from console.core.notify import pending
from console.core.notify_line import LIMIT_SECONDS, Answer, Line
from console.keeper import clock, rundir

if TYPE_CHECKING:
    from console.core.config_notify import Way
    from console.core.notify_line import Parcel

Send = Callable[["Way", "Parcel", str | None], Answer]

TICK_SECONDS = 0.25
PATIENCE_SECONDS = 2.0
"""A thread may take so much longer than its own time limit."""

UNCOMMITTED_SECONDS = 10.0
"""When nothing can be committed for so long, a person is told all the same: that the disk is full
may be what they have to hear. Killed then, a backend tells it once more, with the same id."""

MOST_HANGING = 8
"""Threads nobody waits for any more, that have not ended either."""


class Errand:
    """One parcel on its way, in a thread of its own."""

    hanging: list[threading.Thread] = []  # noqa: RUF012 (of all ways together)

    def __init__(self, parcel: Parcel, work: Callable[[], Answer], m: float) -> None:
        self.parcel = parcel
        self._answer: Answer | None = None
        self._until = m + LIMIT_SECONDS + PATIENCE_SECONDS
        Errand.hanging = [thread for thread in Errand.hanging if thread.is_alive()]
        if len(Errand.hanging) >= MOST_HANGING:
            self._answer = Answer(False, "earlier notices still hang")
            return

        def do() -> None:
            self._answer = work()

        self._thread = threading.Thread(target=do, name="notice", daemon=True)
        self._thread.start()

    def answer(self, m: float) -> Answer | None:
        """How it went, None while it is under way."""
        if self._answer is None and not self._thread.is_alive():
            return self._answer or Answer(False, "it failed in a way nobody expected", False)
        if self._answer is None and m >= self._until:
            Errand.hanging.append(self._thread)
            return Answer(False, f"no answer within {LIMIT_SECONDS:.0f} s")
        return self._answer


class Route:
    """One way: what waits for it, and what is under way."""

    def __init__(self, way: Way, done: int, send: Send, cwd: str | None) -> None:
        """`done`: the number of the last entry of the timeline it has told."""
        self.way = way
        self._line = Line(way.per_minute)
        self._taken = done
        self._send, self._cwd = send, cwd
        self._errand: Errand | None = None

    @property
    def is_idle(self) -> bool:
        return self._errand is None and self._line.is_empty

    def take(self, recording: Recording) -> None:
        """What is new on the timeline and is told this way."""
        for notice in pending(recording.state, self._taken, self.way.on):
            self._line.add(notice)
        self._taken = max(self._taken, recording.state.timeline.count)

    def tick(self, recording: Recording, m: float, *, last: bool = False) -> None:
        """Hears of what was under way, and sends what may go now; `last`: nothing comes after."""
        if self._errand is not None:
            answer = self._errand.answer(m)
            if answer is None:
                return
            parcel, self._errand = self._errand.parcel, None
            self._heard(recording, parcel, answer, m)
        parcel_next = self._line.next(m, last=last)
        if parcel_next is not None:
            self._begin(parcel_next, m)

    def _begin(self, parcel: Parcel, m: float) -> None:
        self._errand = Errand(parcel, lambda: self._send(self.way, parcel, self._cwd), m)

    def _heard(self, recording: Recording, parcel: Parcel, answer: Answer, m: float) -> None:
        outcome = SENT
        if answer.ok:
            self._line.sent(m)
        elif answer.again and self._line.failed(parcel, m, wait=answer.wait):
            outcome = RETRYING
        else:
            outcome = GIVEN_UP
            self._line.given_up()
        tell(
            recording, Notified, way=self.way.name, notice=parcel.notice.id, upto=parcel.upto,
            outcome=outcome, count=parcel.count, detail=answer.detail,
        )  # fmt: skip
        recording.commit()


class Notifier:
    """All ways of a run. Call `tick` every TICK_SECONDS, if there `is_any`."""

    def __init__(
        self,
        run_dir: Path,
        recording: Recording,
        is_news: Callable[[], bool] = lambda: True,
        send: Send | None = None,
    ) -> None:
        """`is_news` says whether what happens happens now."""
        self._recording, self._is_news = recording, is_news
        self._send = send or _send
        self._ways = ways(run_dir)
        facts = rundir.read_json(run_dir, rundir.RUN_JSON) or {} if self._ways else {}
        folder = facts.get("called_in")
        self._cwd = folder if isinstance(folder, str) else None
        self._routes: list[Route] | None = None
        self._seen = -1
        self._failing: float | None = None
        """Since when nothing can be committed, in seconds since boot."""

    @property
    def is_any(self) -> bool:
        return bool(self._ways)

    @property
    def is_idle(self) -> bool:
        """Whether everything that happened so far went out, or was given up."""
        is_seen = self._seen == self._recording.state.timeline.count
        return not self._ways or (is_seen and all(one.is_idle for one in self._routes or ()))

    def tick(self, *, last: bool = False) -> None:
        """Takes what is new once it is committed; sends. `last`: the run is over."""
        if not self._ways or not self._is_news():
            return
        state, m = self._recording.state, clock.since_boot()
        if state.timeline.count != self._seen:
            if self._recording.commit():
                self._failing = None
            else:
                self._failing = m if self._failing is None else self._failing
                if m - self._failing < UNCOMMITTED_SECONDS:
                    return
            self._take()
        for route in self._routes or ():
            route.tick(self._recording, m, last=last)

    def _take(self) -> None:
        state = self._recording.state
        if self._routes is None:  # not sooner: the state may have had to be read from the journal
            known = state.delivery.ways
            self._routes = [
                Route(way, known[way.name].upto if way.name in known else 0, self._send, self._cwd)
                for way in self._ways
            ]
        self._seen = state.timeline.count
        for route in self._routes:
            route.take(self._recording)


def _send(way: Way, parcel: Parcel, cwd: str | None) -> Answer:
    from console.backend.post import send  # most runs never need it, and it brings TLS

    return send(way, parcel, cwd)


def ways(run_dir: Path) -> tuple[Way, ...]:
    """What the frozen configuration of a run says."""
    try:
        text = (run_dir / rundir.CONFIG_YAML).read_bytes()
        # Most configurations say nothing of it, and to read one takes its time.
        return load(text, rundir.CONFIG_YAML).notify.ways if b"notify" in text else ()
    except (OSError, ConfigError):
        return ()
