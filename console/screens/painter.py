"""Draws the parts of the training screen, each when its time comes."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from console.core.format_time import ago
from console.core.settings import Settings
from console.screens.arrangement import CHARTS
from console.screens.parts import AFTER_CHARTS, charts, make, prepare
from console.screens.refresher import CURVE_SECONDS, FRAME_SECONDS, Refresher
from console.screens.steady import Steady
from console.widgets import slow_link
from console.widgets.look import Notes

if TYPE_CHECKING:
    from textual.widget import Widget

    from console.core.state import RunState
    from console.screens.arrangement import Boxes
    from console.screens.training import TrainingScreen
    from console.widgets.moment import Now

AGING = ("header", "status", "summary", "loss", "progress", "controls", "config")
"""Parts in which something gets older while nothing happens."""

TOGETHER = frozenset({"status", "summary", "loss"})
"""Parts that show the same value, so that one is never drawn without the others."""

LATER = frozenset({*CHARTS, "config"})
"""Parts that come after the first paint: they bring libraries that take their time."""

STREAM_GROUPS = frozenset({"run", "life", "output"})


class Painter:
    """Knows every part, what it shows, and whether it is in sight."""

    def __init__(self, screen: TrainingScreen, *, intervals: bool) -> None:
        self._screen = screen
        self.parts: dict[str, Any] = make()
        header: Any = self.parts["header"]
        header.name_person(screen.session.person)
        self._groups = {name: _groups(part) for name, part in self.parts.items()}
        self._refresher = Refresher(self._groups, intervals=intervals, together=TOGETHER)
        wait = CURVE_SECONDS if intervals else 0.0
        self._loss_series = Steady(screen.session.series, wait, monotonic)
        self._shown: frozenset[str] = frozenset()
        self._word: object = None
        self._next_tick = 0.0
        self.stage: str | None = None
        """The rung of the stop ladder that was shown last."""

    @property
    def _is_complete(self) -> bool:
        """Whether the parts that come after the first paint have come."""
        return "loss" in self.parts

    def begin(self) -> None:
        """Shows the log at once, what takes longer after the first paint."""
        self.draw_rows()
        self._screen.call_after_refresh(self._bring_charts)

    def _bring_charts(self) -> None:
        if not self._screen.body.is_attached:
            return  # the program was told to end before they came
        found = charts(getattr(self._screen.app, "settings", Settings()).slots)
        self._screen.body.mount(*found.values(), before=AFTER_CHARTS)
        for name, chart in found.items():
            self._take(name, chart)
        self._refresher.mark_parts(self._shown & LATER, monotonic())
        self._screen.flush()
        self._screen.restore()
        self._screen.run_worker(prepare, thread=True, exit_on_error=False)

    def cap(self, refresh: int) -> None:
        """Draws a part at most so often in a second; 0: as often as there is need."""
        self._refresher.frame_seconds = 1 / refresh if refresh else FRAME_SECONDS

    def _take(self, name: str, chart: Widget) -> None:
        self.parts[name] = chart
        self._groups[name] = _groups(chart)
        chart.show_series(self._loss_series)  # type: ignore[attr-defined]

    async def exchange(self, name: str, chart: Widget) -> None:
        """Puts another chart in the place of the one of this name."""
        before = self.parts[name]
        had_focus = before.has_focus
        await before.remove()
        self._take(name, chart)
        order = [*CHARTS, AFTER_CHARTS.removeprefix("#")]
        following = order[order.index(name) + 1]
        await self._screen.body.mount(chart, before=f"#{following}")
        if had_focus:
            chart.focus()
        self._refresher.mark_parts([name], monotonic())
        self._screen.flush()

    def mark(self, groups: frozenset[str]) -> None:
        """These groups changed; a new state or answer is shown at once, everywhere."""
        word = _word(self._screen.session.link.state)
        self._refresher.mark(groups, monotonic(), at_once=word != self._word)
        self._word = word

    def reveal(self, boxes: Boxes, panel: str) -> None:
        """These parts are in sight now; those that were not are drawn."""
        shown = frozenset(boxes)
        ready = self.parts.keys() if self._is_complete else self.parts.keys() - LATER
        new, self._shown = (shown - self._shown) & ready, shown
        self.parts["header"].tabs.show(panel)
        controls = boxes.get("controls")
        self.parts["controls"].set_class(bool(controls and controls.height >= 9), "-roomy")
        self._refresher.mark_parts(new | (shown & TOGETHER & ready), monotonic())

    def draw(self, now: Now) -> None:
        """Draws what is due."""
        is_slow = slow_link.is_slow(self._screen)
        self._refresher.chart_factor = slow_link.CHART_FACTOR if is_slow else 1.0
        due = self._shown.intersection(self._refresher.due(monotonic()))
        for name in due if self._is_complete else due - LATER:
            self._draw(name, now)

    def next(self) -> float | None:
        """Seconds until something is due; None when nothing is."""
        return self._refresher.next(monotonic())

    def tick(self, now: Now) -> None:
        """A second went by: ages in sight are shown anew, on a slow link each few seconds."""
        if slow_link.is_slow(self._screen) and monotonic() < self._next_tick:
            return
        self._next_tick = monotonic() + slow_link.TICK_SECONDS
        ready = self.parts.keys() if self._is_complete else self.parts.keys() - LATER
        names = [name for name in AGING if name in self._shown & ready]
        self._refresher.drawn(names, monotonic())
        for name in names:
            self._draw(name, now)

    def draw_rows(self) -> None:
        """New output is drawn at once."""
        self.parts["stream"].show_rows(self._screen.session.rows)

    def _draw(self, name: str, now: Now) -> None:
        state, part = self._screen.session.link.state, self.parts[name]
        ordering = self._screen.ordering
        read_only = "read only" if self._screen.session.read_only else ""
        slow = slow_link.is_slow(self._screen)
        notes = Notes(self.lost(now) is not None, read_only, slow)
        if name in ("header", "keys"):
            choices = ordering.choices(state)
            part.show(state, choices, notes) if name == "header" else part.show(choices)
        elif name == "controls":
            part.show(state, now, ordering.choices(state), ordering.sent, notes)
        elif name == "status":
            part.show(state, now, self.lost(now))
        elif name in ("stream", *CHARTS):
            part.show(state)
        elif name != "small":
            part.show(state, now)

    def lost(self, now: Now) -> str | None:
        """Since when there is no connection."""
        link = self._screen.session.link
        if link.connected or link.final or link.lost_since is None or now.m is None:
            return None
        return f"connection lost {ago(now.m - link.lost_since)}"


def _groups(part: Widget) -> frozenset[str]:
    return getattr(part, "GROUPS", STREAM_GROUPS)


def _word(state: RunState) -> object:
    """What is shown at once when it changes: the state, and the orders."""
    control = state.control
    last = control.last
    opened = tuple((view.id, view.outcome) for view in control.open.values())
    return state.status, opened, None if last is None else (last.id, last.outcome)
