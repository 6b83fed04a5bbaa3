"""The status bar: the state with its cause, where it stands, and the one most useful key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from console.commands import best_key
from console.core import format as fmt
from console.core.format_text import text
from console.core.format_time import ago
from console.core.state import Status
from console.widgets.chosen import Chosen
from console.widgets.keyname import first_key
from console.widgets.look import badge
from console.widgets.moment import Now
from console.widgets.progress import percent
from console.widgets.progress_rows import count
from console.widgets.summary import hottest
from console.widgets.text import Part, fitted, joined, spread

if TYPE_CHECKING:
    from textual import events

    from console.core.state import RunState

GAP = " │ "
TINY_WIDTH = 58
"""Below this there is no other place for the percentage."""


class StatusBar(Widget):
    """One row; parts go by priority when there is little room."""

    GROUPS = frozenset({"life", "position", "metrics", "system", "control"})
    ALLOW_SELECT = False
    _state: RunState | None = None
    _now = Now(0.0, None)
    _shown = Content("")
    _lost: str | None = None
    _command: str | None = None
    _key_width = 0

    def show(self, state: RunState, now: Now, lost: str | None = None) -> None:
        """`lost` says since when there is no connection, if there is none."""
        self._state, self._now, self._lost = state, now, lost
        if self.size.width and not self._content().is_same(self._shown):
            self.refresh()

    def render(self) -> Content:
        self._shown = self._content()
        return self._shown

    def on_click(self, event: events.Click) -> None:
        if self._command and event.x >= self.size.width - self._key_width:
            self.post_message(Chosen(self._command))

    def _content(self) -> Content:
        if self._state is None:
            return Content("")
        width = self.size.width
        key = self._key(self._state)
        self._key_width = key.cell_length
        room = width - key.cell_length - 2 if width >= 60 else width
        left = fitted(self._parts(self._state), room, GAP)
        return spread(left, key, width)

    def _key(self, state: RunState) -> Content:
        command = best_key(state)
        self._command = None if command is None else command.id
        if command is None:
            return Content("")
        name = first_key(command, command.label)
        says = "shows the report" if command.id == "report" else command.label
        return joined([(f"[{name}]", "bold $primary"), (f" {says}", "")])

    def _parts(self, state: RunState) -> list[Part]:
        place, heat = state.position, hottest(state)
        lost = Content.styled(f"✗ {self._lost}", "bold $error") if self._lost else Content("")
        cause = "" if state.status is Status.TRAINING else text(state.life.cause)
        loss = state.value("loss")
        return [
            Part(lost, 0),
            Part(badge(state.status, lost=self._lost is not None), 0),
            Part(Content(percent(state) if self.size.width < TINY_WIDTH else ""), 1),
            Part(Content(cause), 0 if state.ended else 2),
            Part(_epoch(place.epoch, place.total_epochs), 3),
            Part(Content("" if loss is None else f"Loss {fmt.loss(loss)}"), 1),
            Part(Content("" if heat is None else f"GPU {fmt.number(heat)} °C"), 5),
            Part(self._last_step(state), 4),
        ]

    def _last_step(self, state: RunState) -> Content:
        life = state.life
        age = self._now.age(life.step_seen, life.step_seen_m)
        if age is None:
            return Content("")
        return joined([("last step ", "$muted"), ago(age)])


def _epoch(epoch: float | None, total: float | None) -> Content:
    if epoch is None:
        return Content("")
    return Content(f"Epoch {count(epoch)}" + ("" if total is None else f"/{count(total)}"))
