"""Draws what is due on a screen, and comes back when the next is."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.timer import Timer

    from console.screens.painter import Painter
    from console.widgets.moment import Now

SHORTEST_WAIT_SECONDS = 1 / 60


class Due:
    """One timer of `screen`, for the soonest of the parts that `painter` draws later."""

    def __init__(self, screen: Screen[None], painter: Painter, clock: Callable[[], Now]) -> None:
        self._screen, self._painter, self._clock = screen, painter, clock
        self._timer: Timer | None = None
        self._at = inf

    def draw(self) -> None:
        """What is due now."""
        self._painter.draw(self._clock())
        wait = self._painter.next()
        at = inf if wait is None else monotonic() + max(wait, SHORTEST_WAIT_SECONDS)
        if abs(at - self._at) < SHORTEST_WAIT_SECONDS:
            return
        if self._timer is not None:
            self._timer.stop()
        self._at = at
        self._timer = None if wait is None else self._screen.set_timer(at - monotonic(), self._now)

    def _now(self) -> None:
        self._timer, self._at = None, inf
        self.draw()
