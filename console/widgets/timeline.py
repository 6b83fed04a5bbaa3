"""The timeline panel: what happened in the run, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.core.format_text import text
from console.core.format_time import clock
from console.widgets.panel import Panel
from console.widgets.text import joined, padded

if TYPE_CHECKING:
    from console.core.state import Entry, RunState

SIGNS: dict[str, tuple[str, str]] = {
    "start": ("▸", "$success"),
    "save": ("✓", "$success"),
    "failure": ("✗", "bold $error"),
    "eval": ("✓", "$information"),
    "epoch": ("·", "$primary"),
    "change": ("~", "$primary"),
    "config": ("~", "$warning"),
    "pause": ("‖", "$warning"),
    "resume": ("▸", "$success"),
    "stop": ("■", "$muted"),
    "end": ("■", "$muted"),
    "alert": ("▲", "$warning"),
    "over": ("△", "$muted"),
    "order": ("›", "$muted"),
}
"""The sign and colour of every kind of entry (`core.timeline.MARKS`)."""

ALERTS = frozenset({"alert", "failure"})
SECONDS_WIDTH = 56
"""From this width on, times have seconds."""


class TimelinePanel(Panel):
    """One line an entry."""

    GROUPS = frozenset({"timeline"})

    def frame(self, state: RunState) -> None:
        entries = state.timeline.entries
        alerts = sum(entry.mark in ALERTS for entry in entries)
        word = "alert" if alerts == 1 else "alerts"
        right = Content.styled(f"▲ {alerts} {word}", "$warning") if alerts else ""
        more = self.size.height and len(entries) > self.size.height
        self.corners("TIMELINE", right, "", "8 all" if more else "")

    def build(self, state: RunState, width: int) -> list[Content]:
        if not state.timeline.entries:
            return [padded(Content.styled("nothing happened yet", "$muted"), width)]
        return [self._line(entry, width) for entry in reversed(state.timeline.entries)]

    def _line(self, entry: Entry, width: int) -> Content:
        exact = width >= SECONDS_WIDTH
        when = clock(entry.t, self.now.t, self.now.offset, with_seconds=exact)
        sign, style = SIGNS.get(entry.mark, ("·", "$muted"))
        by = f" by {text(entry.by.partition('@')[0])}" if entry.by else ""
        said = text(entry.text)
        pieces = [(f"{when} ", "$muted"), (sign, style), (f" {said}", ""), (by, "$muted")]
        return padded(joined(pieces), width)
