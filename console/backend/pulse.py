"""At once after a pause, then at most once an interval."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Pulse:
    """Calls `action` on the first `poke`, and once more after `seconds` if poked meanwhile."""

    def __init__(self, seconds: float, action: Callable[[], None]) -> None:
        self._seconds = seconds
        self._action = action
        self._resting: asyncio.TimerHandle | None = None
        self._again = False

    def poke(self) -> None:
        if self._resting is None:
            self._act()
        else:
            self._again = True

    def stop(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        self._again = False

    def _act(self) -> None:
        self._again = False
        self._resting = asyncio.get_running_loop().call_later(self._seconds, self._rested)
        self._action()

    def _rested(self) -> None:
        self._resting = None
        if self._again:
            self._act()
