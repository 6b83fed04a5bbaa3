"""A panel of items, a line each, with a cursor: by arrows or by a click.

A panel says which items there are (`find`), how one looks (`draw`), and what becomes of it when it
is asked for (`action_go`). Lines are drawn once, as long as nothing changes that they depend on
(`look_of`): a cursor moves over thousands of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content

from console.widgets.panel import Panel
from console.widgets.text import padded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from console.core.state import RunState

HERE = "on $primary 25%"
"""The line the cursor is on; its first word is in reverse, so that it is seen without colours."""


class ListPanel(Panel):
    """Items with an `id`."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.items: Sequence[Any] = ()
        self._chosen: str | None = None
        """The id of the item under the cursor; None: the first, also when others come before it."""
        self._drawn: dict[str, Content] = {}
        self._look: object = None

    def find(self, state: RunState) -> Sequence[Any]:
        """The items to list, in their order."""
        raise NotImplementedError

    def draw(self, item: Any, state: RunState, width: int) -> Content:
        """The line of an item, `width` cells wide."""
        raise NotImplementedError

    def look_of(self, state: RunState) -> object:
        """What all lines depend on besides their items."""
        raise NotImplementedError

    def why_none(self, state: RunState) -> str:
        """What stands there when there is no item."""
        raise NotImplementedError

    def action_go(self) -> None:
        """The item under the cursor is asked for."""
        raise NotImplementedError

    # what is shown

    def build(self, state: RunState, width: int) -> list[Content]:
        self.items = self.find(state)
        if not self.items:
            return [padded(Content.styled(self.why_none(state), "$muted"), width)]
        look, kept = (width, self.look_of(state)), self._drawn
        if look != self._look:
            self._look, kept = look, {}
        self._drawn = {
            item.id: kept[item.id] if item.id in kept else self.draw(item, state, width)
            for item in self.items
        }
        lines = list(self._drawn.values())
        if self.has_focus:
            place = self.place
            said = lines[place].plain
            start = len(said) - len(said.lstrip())
            end = start + len(said.lstrip().partition(" ")[0])
            lines[place] = lines[place].stylize(HERE).stylize("reverse", start, end)
        return lines

    def renew(self) -> None:
        """Shows the same state again."""
        if self._state is not None:
            self.show(self._state, self.now)

    def watch_has_focus(self, has_focus: bool) -> None:
        # Not `on_focus`: that one is told before the focus is there.
        super().watch_has_focus(has_focus)
        self.renew()

    # the cursor

    @property
    def place(self) -> int:
        """Which line the cursor is on."""
        found = (number for number, item in enumerate(self.items) if item.id == self._chosen)
        return next(found, 0)

    @property
    def chosen(self) -> Any:
        """The item the cursor is on; None when there is none."""
        return self.items[self.place] if self.items else None

    def choose(self, place: int) -> None:
        """Moves the cursor to a line, and brings it into view."""
        if not self.items:
            return
        place = max(0, min(len(self.items) - 1, place))
        self._chosen = self.items[place].id if place or self._chosen else None
        self.renew()
        top, height = round(self.scroll_y), max(1, self.size.height)
        if not top <= place < top + height:
            y = place if place < top else place - height + 1
            self.scroll_to(y=y, animate=False, immediate=True)

    def action_move(self, by: int) -> None:
        """Moves the cursor by lines."""
        self.choose(self.place + by)

    def action_page(self, pages: int) -> None:
        """Moves the cursor by pages."""
        self.action_move(pages * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Goes to the first item, and stays with the first."""
        self._chosen = None
        self.choose(0)

    def on_click(self, event: events.Click) -> None:
        self.clicked(event)

    def clicked(self, event: events.Click) -> None:
        """Chooses the line under the pointer; a double click asks for it."""
        place = event.screen_y - self.content_region.y + round(self.scroll_y)
        if self.content_region.contains(event.screen_x, event.screen_y) and place < len(self.items):
            self.choose(place)
            if event.chain > 1:
                self.action_go()
