"""The guards of a run: they judge its alerts and do what a rule wants done.

Each begin and end is an event; what is to be done stands in the begin, and is committed before it
is done. What cannot be committed now waits. So an action is taken at most once: a new backend
finds the alert open and only waits for its end, and what is told once more from the journal is
judged by nobody. Orders go the way of everybody's orders, as `guard:RULE`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from console.core.alarm import AlertBegan
from console.core.alerts import RULES, Rule, ending, judge, watched
from console.core.config import ConfigError, load
from console.core.lately import Memory, remember, see
from console.core.order import Order
from console.keeper import clock, rundir

if TYPE_CHECKING:
    from console.backend.recording import Recording
    from console.core.protocol import Event

Give = Callable[[Iterable[Order]], object]


class Guards:
    """Call `hear` with every event, `tick` once a second and when it `is_due`."""

    def __init__(
        self,
        run_dir: Path,
        recording: Recording,
        give: Give,
        is_news: Callable[[], bool] = lambda: True,
    ) -> None:
        """`give` takes orders in; `is_news` says whether what happens happens now."""
        self.is_due = False
        self._rules = rules(run_dir)
        self._recording, self._give, self._is_news = recording, give, is_news
        self._memory = Memory(watched=watched(self._rules))
        self._is_new = True
        self._intended: list[Order] = []

    def hear(self, event: Event) -> None:
        """Takes note of an event; what may be gone in a moment is due at once."""
        self.is_due |= see(self._memory, event)

    def tick(self) -> None:
        """Records what begins and what ends, then acts."""
        self.is_due = False
        life = self._recording.state.life
        if not self._is_news() or life.started is None or life.ended is not None:
            return
        if self._is_new:  # not sooner: open alerts may have had to be read from the journal
            self._is_new = False
            remember(self._memory, self._recording.state)
        found = judge(
            self._recording.state, self._memory, self._rules, clock.wall(), clock.since_boot()
        )
        for event in found:
            self._recording.apply(event)
            if isinstance(event, AlertBegan) and event.order is not None:
                by = f"guard:{event.rule}"
                self._intended.append(Order(id=event.order, cmd=event.then, by=by))
        self._act()

    def run_ended(self) -> None:
        """Nothing stays open when the trainer is gone, and nothing is ordered any more."""
        self._intended = []
        for event in list(ending(self._recording.state, clock.wall(), clock.since_boot())):
            self._recording.apply(event)

    def _act(self) -> None:
        if not self._intended or not self._recording.commit():
            return
        orders, self._intended = self._intended, []
        self._give(orders)


def rules(run_dir: Path) -> tuple[Rule, ...]:
    """What the frozen configuration of a run says."""
    try:
        text = (run_dir / rundir.CONFIG_YAML).read_bytes()
        # Most configurations say nothing of it, and to read one takes its time.
        return load(text, rundir.CONFIG_YAML).guards if b"guards" in text else RULES
    except (OSError, ConfigError):
        return RULES
