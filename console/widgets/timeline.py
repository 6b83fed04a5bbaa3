"""The timeline panel: what happened in the run, the newest first, with a cursor.

Keys are the rows of `commands/panels.py` with the scope TIMELINE. The panel goes nowhere itself: it
posts `PlaceWanted`, `AlertSeen` and `OlderWanted`. The look of a line is in `timeline_line.py`,
which entries are shown in `core/timeline_view.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.actions import SkipAction
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from console.commands import BY_ID, Scope
from console.core.format_text import text
from console.core.timeline_view import ALL, AUDIT, VIEWS, alert_of, view_of
from console.widgets.keyname import first_key
from console.widgets.list_panel import ListPanel
from console.widgets.panel_keys import bindings
from console.widgets.text import Part, fitted
from console.widgets.timeline_line import line, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.core.state import Entry, RunState

ACTIONS: dict[str, str] = {
    "timeline_up": "move(-1)",
    "timeline_down": "move(1)",
    "timeline_page_up": "page(-1)",
    "timeline_page_down": "page(1)",
    "timeline_newest": "first",
    "timeline_oldest": "move(1000000)",
    "timeline_place": "go",
    "timeline_kind": "kind",
    "timeline_filter": "filter",
    "timeline_audit": "audit",
    "timeline_leave": "leave",
}
"""What a command of the timeline does where its name is not the action."""

HINTS = (
    ("timeline_place", "log"),
    ("acknowledge", "seen"),
    ("timeline_kind", "kind"),
    ("timeline_filter", "filter"),
    ("timeline_audit", "audit"),
)
DAY_SECONDS = 86_400
FILTER_CELLS = 24
"""Cells of the lower border that are left for what is filtered."""


class TimelinePanel(ListPanel):
    """One line an entry."""

    GROUPS = frozenset({"timeline", "alerts"})
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Scope.TIMELINE, lambda name: ACTIONS.get(name, name)
    )

    class PlaceWanted(Message):
        """The place of an entry in the log is asked for."""

        def __init__(self, entry: Entry) -> None:
            super().__init__()
            self.entry = entry

    class AlertSeen(Message):
        """An open alert is to be acknowledged, by its id; None: all of them."""

        def __init__(self, alert: str | None) -> None:
            super().__init__()
            self.alert = alert

    class OlderWanted(Message):
        """Entries older than those of the state are asked for; the answer is `remember`."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.view, self.words = ALL, ""
        self._older: Sequence[Entry] = ()
        self._asked = False

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield Input(placeholder="filter by text", id="timeline-filter", compact=True)

    # what is shown

    def frame(self, state: RunState) -> None:
        self.items = self.find(state)
        unseen = len(state.alerts.unseen)
        word = "alert" if unseen == 1 else "alerts"
        alerts = Content.styled(f"▲ {unseen} open {word}", "bold $warning") if unseen else ""
        self.corners("TIMELINE", alerts, self._told(state), self._hint())

    def _told(self, state: RunState) -> Content | str:
        """Which of how many are shown, where it is not all of them."""
        known = len(state.timeline.entries) + len(self._older)
        parts = [self.view] if self.view != ALL else []
        parts += [f"“{text(self.words)}”"] if self.words else []
        if parts:
            shown = f"{len(self.items):,} of {known:,}"
            return Content.styled(f"{'  '.join(parts)}  {shown}", "$primary")
        is_part = state.timeline.count > known
        return f"newest {known:,} of {state.timeline.count:,}" if is_part else ""

    def _hint(self) -> Content | str:
        if self.has_focus:
            parts = [
                Part(Content.assemble(first_key(BY_ID[name]), (f" {word}", "$muted")), rank)
                for rank, (name, word) in enumerate(HINTS)
            ]
            return fitted(parts, max(FILTER_CELLS // 2, self.size.width - FILTER_CELLS))
        return "8 all" if self.size.height and len(self.items) > self.size.height else ""

    def find(self, state: RunState) -> Sequence[Entry]:
        known = (*self._older, *state.timeline.entries)
        return view_of(reversed(known), self.view, self.words)

    def draw(self, item: Entry, state: RunState, width: int) -> Content:
        audit = self.view == AUDIT
        return line(item, state, self.now, width, audit=audit, longest=self._longest(width))

    def _longest(self, width: int) -> int:
        """Cells of the longest time: that of the oldest, or of the newest."""
        ends = (*self.items[:1], *self.items[-1:])
        return max((len(moment(one, self.now, width)) for one in ends), default=0)

    def look_of(self, state: RunState) -> object:
        alerts = tuple((one.id, one.t, one.seen) for one in state.alerts.open.values())
        return self.view == AUDIT, self._longest(self.size.width), self._day, alerts

    @property
    def _day(self) -> float:
        return (self.now.t + self.now.offset) // DAY_SECONDS

    def why_none(self, state: RunState) -> str:
        if not state.timeline.entries:
            return "nothing happened yet"
        if self.view == AUDIT and not self.words:
            return "nobody ordered or changed anything yet"
        return "none of these; Esc shows all"

    def remember(self, entries: Sequence[Entry]) -> None:
        """All entries there ever were; those the state has are taken from there."""
        if self._state is not None:
            newer = {entry.id for entry in self._state.timeline.entries}
            self._older = [entry for entry in entries if entry.id not in newer]
        self.renew()

    # what can be done

    def action_move(self, by: int) -> None:
        """Moves the cursor; at the oldest entry, older ones are asked for, once."""
        super().action_move(by)
        state = self._state
        if self._asked or state is None or self.place < len(self.items) - 1:
            return
        self._asked = state.timeline.count > len(state.timeline.entries)
        if self._asked:
            self.post_message(self.OlderWanted())

    def action_go(self) -> None:
        if self.chosen is not None:
            self.post_message(self.PlaceWanted(self.chosen))
        elif self._state is not None:
            self.notify(self.why_none(self._state), markup=False)

    def clicked(self, event: events.Click) -> None:
        """On the upper border: the alerts; on the lower one: the next kind."""
        if event.screen_y == self.region.y:
            self.look(ALL if self.view == "alerts" else "alerts")
        elif event.screen_y == self.region.bottom - 1:
            self.action_kind()
        else:
            super().clicked(event)

    def action_acknowledge(self) -> None:
        """The alert under the cursor, else all that are open."""
        alert = None
        if self._state is not None and self.chosen is not None:
            alert = alert_of(self._state, self.chosen)
        self.post_message(self.AlertSeen(alert.id if alert and alert.seen is None else None))

    def look(self, view: str) -> None:
        """Shows one of VIEWS."""
        self.view = view
        self.renew()
        self.choose(self.place)

    def action_kind(self) -> None:
        """The next kind."""
        self.look(VIEWS[(VIEWS.index(self.view) + 1) % len(VIEWS)])

    def action_audit(self) -> None:
        """Only what people did, or everything again."""
        self.look(ALL if self.view == AUDIT else AUDIT)

    def action_leave(self) -> None:
        """Drops filter and kind; when there is nothing to drop, the key is somebody else's."""
        if self.view == ALL and not self.words and not self._filter.display:
            raise SkipAction
        self._filter.value = self.words = ""
        self._entered()
        self.look(ALL)

    # the filter

    @property
    def _filter(self) -> Input:
        return self.query_one("#timeline-filter", Input)

    def action_filter(self) -> None:
        """Opens the line to type a filter into; Enter keeps it, Escape drops it."""
        self._filter.display = True
        self._filter.focus()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self.words = message.value.strip()
        self.renew()

    @on(Input.Submitted)
    def _entered(self) -> None:
        if self._filter.display:
            self._filter.display = False
            self.focus()
