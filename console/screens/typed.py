"""Keys that come before a screen is ready for them: they wait, and are typed again in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.screen import Screen

APART_SECONDS = 0.03
"""Between two keys that waited: the one before may have moved the focus."""

MOST = 100


class TypedAhead:
    """The keys of one screen that wait."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self.waiting: list[events.Key] = []
        self._on_its_way: events.Key | None = None

    def hold(self, keys: Iterable[events.Key]) -> None:
        """These wait; of very many the first."""
        self.waiting += keys
        del self.waiting[MOST:]

    def is_behind(self, key: events.Key) -> bool:
        """Whether a key that comes now has to wait for others; it does then."""
        if not self.waiting or key is self._on_its_way:
            return False
        self.hold([key])
        return True

    def release(self) -> None:
        """Types the next one, and comes back for those after it."""
        if self.waiting:
            key = self.waiting.pop(0)
            self._on_its_way = again = events.Key(key.key, key.character)
            again.set_sender(self._screen.app)  # sent by the screen it would end there
            self._screen.app.post_message(again)
            self._screen.set_timer(APART_SECONDS, self.release)
