"""A chart without an axis of time: at the cursor of the others it shows what was recorded there.

Charts of lines say that in their own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.core.format import UNKNOWN
from console.widgets.chart import POINTED, Chart, Edge
from console.widgets.chart_then import place
from console.widgets.text import joined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.core.sources import Point, SeriesSource
    from console.core.state import RunState


class PastChart(Chart):
    """Says how the state was at a point (`past`), and its value in the border (`then`)."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._past: tuple[object, RunState | None] = (None, None)

    @property
    def is_past(self) -> bool:
        return self.pointed is not None

    @property
    def seen(self) -> RunState | None:
        state, source, point = self.state, self.source, self.pointed
        if state is None or point is None:
            return state
        # What was found of a moment stays; what was not may still come.
        wanted: object = point, self.fixed(state)
        if self._past[1] is None and source is not None:
            wanted = wanted, source.version()
        if self._past[0] != wanted:
            found = None if source is None else self.past(state, source, point)
            self._past = (point, self.fixed(state)) if found else wanted, found
        return self._past[1]

    def upper(self, state: RunState) -> Iterable[Edge]:
        if self.pointed is None:
            return super().upper(state)
        seen = self.seen
        value = UNKNOWN if seen is None else self.then(seen)
        at = place(self.pointed)
        shown = joined([(value, POINTED), (f"  {at}", "$muted")])
        # Where there is no room for both: the bars tell the values, but not of when they are.
        shorter = [Content.styled(one, POINTED) for one in (at, value)]
        return [(self.title(), one) for one in (shown, *shorter)]

    def fixed(self, state: RunState) -> object:  # noqa: ARG002
        """What of the state now its past depends on."""
        return None

    def past(self, state: RunState, source: SeriesSource, point: Point) -> RunState | None:
        """The state as it was at a point; None where nothing of it is recorded."""
        raise NotImplementedError

    def then(self, seen: RunState) -> str:
        """Its value in the border, of a state as it was."""
        raise NotImplementedError
