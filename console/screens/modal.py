"""What all that opens over a screen has in common: it is left once, and answers what was seen."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from textual import events
    from textual.screen import Screen

Answer = TypeVar("Answer")

CONFIRMS = frozenset({"enter", "space"})


class Modal(ModalScreen[Answer], Generic[Answer]):
    """A screen over another one. Keys may arrive in a bunch, on a bad line or by a paste."""

    _seen_at = math.inf

    def on_mount(self) -> None:
        self.call_after_refresh(self._seen)

    def _seen(self) -> None:
        self._seen_at = time.monotonic()

    def is_too_early(self, event: events.Key) -> bool:
        """Whether a key was pressed before the question could be read, and would answer it."""
        return event.key in CONFIRMS and event.time < self._seen_at

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Leaves once: a second answer must not take away what lies below."""
        if not self.is_current:
            return AwaitComplete()
        return super().dismiss(result)


def hold_back(screen: Screen[Any], event: events.Key) -> None:
    """For the app, which looks for the meaning of a key on the screen of that moment: that may be
    one that has opened since the key was pressed."""
    if isinstance(screen, Modal) and screen.is_too_early(event):
        event.prevent_default()
