"""When the terminal calls a person to this screen: what `notify: {terminal: …}` of the run names,
so many a minute, the rest in one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from console.core.notify import pending
from console.core.notify_form import body
from console.core.notify_line import Line
from console.core.notify_terminal import PER_MINUTE
from console.screens.messages import Called

if TYPE_CHECKING:
    from textual.widget import Widget

    from console.core.state import RunState


class Calls:
    """What was called for, and what waits."""

    def __init__(self) -> None:
        self._line = Line(PER_MINUTE)
        self._done: int | None = None

    def tell(self, screen: Widget, state: RunState) -> None:
        """Call it when the timeline changed, and once a second. What happened before somebody came
        is no call."""
        if not state.run.id:  # nothing has come yet
            return
        if self._done is None:
            self._done = state.timeline.count
        if state.timeline.count > self._done:
            for notice in pending(state, self._done, state.run.calls):
                self._line.add(notice)
            self._done = state.timeline.count
        now = time.monotonic()
        while (parcel := self._line.next(now)) is not None:
            self._line.sent(now)
            screen.post_message(Called(parcel.notice.title, body(parcel), parcel.notice))
