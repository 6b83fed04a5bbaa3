"""A row of keys with what they do, each of which can be clicked: `Enter attach  n start`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from console.widgets.text import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events

GAP = 2


@dataclass(frozen=True, slots=True)
class Hint:
    """A key, a word, and the action of the screen for both; the highest rank goes first."""

    key: str
    word: str
    action: str
    rank: int = 0


class Hints(Widget):
    """`hints` is asked at each drawing, so that the keys are those of the moment."""

    ALLOW_SELECT = False

    class Clicked(Message):
        """An action of the screen is wanted."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, hints: Callable[[], Sequence[Hint]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints = hints

    def render(self) -> Content:
        shown = self._fitting()
        return Content(" " * GAP).join([_content(hint) for hint in shown])

    def on_click(self, event: events.Click) -> None:
        at = event.x - self.styles.padding.left
        for hint in self._fitting():
            at -= _content(hint).cell_length + GAP
            if at < 0:
                self.post_message(self.Clicked(hint.action))
                return

    def _fitting(self) -> list[Hint]:
        kept = list(self._hints())
        while len(kept) > 1 and _length(kept) > self.size.width:
            worst = max(hint.rank for hint in kept)
            kept = [hint for hint in kept if hint.rank != worst]
        return kept


def _content(hint: Hint) -> Content:
    return joined([(hint.key, "bold $primary"), (f" {hint.word}", "")])


def _length(hints: Sequence[Hint]) -> int:
    return sum(_content(hint).cell_length + GAP for hint in hints) - GAP
