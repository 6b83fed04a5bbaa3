"""The cursor of the expert chart: by keys over the bars, by the pointer, and what is in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.actions import SkipAction

from console.core.summary import coverage
from console.widgets.chart import RIGHT_BUTTON
from console.widgets.chart_past import PastChart
from console.widgets.chosen import ExpertChosen

if TYPE_CHECKING:
    from textual import events
    from textual.content import Content

ALL = 1 << 30
NO_EXPERTS = "no experts are told of"


class ExpertPicking(PastChart):
    """A chart with a bar an expert. `plot` sets `_rows`, `_top` and `_hits`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.chosen: int | None = None
        """The expert the cursor is on."""
        self._top = 0
        self._rows = 1
        """Bars there is room for, and the first of them in the list."""
        self._hits: list[int | range | None] = []
        """What each line shows: one expert, the small bars of several, or none."""

    @property
    def _is_looked_at(self) -> bool:
        """Whether the cursor is shown."""
        return self.has_focus or self.mouse_hover

    # the cursor

    def _values(self) -> tuple[float, ...]:
        seen = self.seen
        return () if seen is None else coverage(seen.experts.share)

    def _order(self) -> list[int]:
        """The experts in the order of the bars."""
        values = self._values()
        return list(range(len(values))) if self._rows >= len(values) else worst_first(values)

    def choose(self, number: int | None) -> None:
        """Puts the cursor on an expert, and scrolls to it where it is not in sight."""
        self.chosen = number
        order = self._order()
        if number is not None and number in order:
            at = order.index(number)
            self._top = max(at - self._rows + 1, min(self._top, at))
        self._renew()

    def action_bar_up(self) -> None:
        """To the bar above."""
        self.action_over(-1)

    def action_bar_down(self) -> None:
        """To the bar below."""
        self.action_over(1)

    def action_bar_page_up(self) -> None:
        """A page of bars up."""
        self.action_over(-max(1, self._rows - 1))

    def action_bar_page_down(self) -> None:
        """A page of bars down."""
        self.action_over(max(1, self._rows - 1))

    def action_bar_first(self) -> None:
        """To the first bar, of many the worst."""
        self.action_over(-ALL)

    def action_bar_last(self) -> None:
        """To the last bar."""
        self.action_over(ALL)

    def action_leave(self) -> None:
        """Takes the cursor away."""
        if self.chosen is None:
            raise SkipAction
        self.choose(None)

    def action_over(self, by: int) -> None:
        """Along the bars."""
        order = self._order()
        if order:
            start = order.index(self.chosen) if self.chosen in order else -1 if by > 0 else 0
            at = start + by
            self.choose(order[max(0, min(len(order) - 1, at))])

    def action_cursor(self, by: int) -> None:
        """To the expert of the next number."""
        last = len(self._values()) - 1
        if last >= 0:
            start = self._order()[0] if self.chosen is None else self.chosen + by
            self.choose(max(0, min(last, start)))

    def action_open(self) -> None:
        """More of the expert under the cursor; without a cursor, of the first bar."""
        if self.chosen is None or self.chosen >= len(self._values()):
            self.action_over(0)
        if self.chosen is not None:
            self.post_message(ExpertChosen(self.chosen))
        else:
            self.app.notify(NO_EXPERTS, markup=False)

    def why_not(self, command_id: str) -> str:
        if command_id == "chart_open" and not self._values():
            return NO_EXPERTS
        return super().why_not(command_id)

    # the mouse

    def _under(self, event: events.MouseEvent) -> int | None:
        """The expert under the pointer."""
        x, y = event.screen_x - self.content_region.x, event.screen_y - self.content_region.y
        hit = self._hits[y] if 0 <= y < len(self._hits) else None
        if isinstance(hit, range):
            at = x - len(f"E{len(self._values()) - 1}") - 1
            return hit[at] if 0 <= at < len(hit) else None
        return hit

    def on_mouse_move(self, event: events.MouseMove) -> None:
        event.prevent_default()
        number = self._under(event)
        if number is not None and number != self.chosen:
            self.chosen = number
            self._renew()

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()
        number = self._under(event)
        if number is not None and event.button != RIGHT_BUTTON:
            self.choose(number)
            self.post_message(ExpertChosen(number))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(event, 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(event, -3)

    def _scroll(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        event.prevent_default()
        self._top = max(0, min(len(self._values()) - self._rows, self._top + by))
        self._renew()

    def on_leave(self) -> None:
        self._renew()

    def watch_has_focus(self, has_focus: bool) -> None:
        # Not `on_focus`: that one is told before the focus is there.
        super().watch_has_focus(has_focus)
        self._renew()


def worst_first(values: Sequence[float]) -> list[int]:
    """Numbers of experts by their coverage."""
    return sorted(range(len(values)), key=values.__getitem__)


def owners(lines: Sequence[Content], bars: Sequence[Content]) -> list[int | range | None]:
    """Which bar each line belongs to: its own one, or the one that is two rows high."""
    owners: list[int | range | None] = []
    at = -1
    for line in lines:
        if at + 1 < len(bars) and line is bars[at + 1]:
            at += 1
        owners.append(at if line.plain else None)
    return owners
