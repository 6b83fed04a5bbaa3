"""The charts of a training screen together: one cursor, log lines, menu, metrics, files.

A chart posts what it wants (`widgets/chart_wishes.py`); what opens is imported when it is wanted.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import on

from console.commands import Command, Scope, keys_of
from console.commands.chart import CHART
from console.core.sources import Point
from console.core.steplines import Anchor, row_of
from console.screens import views
from console.screens.arrangement import CHARTS
from console.screens.commanding import NOTHING, Commanding
from console.widgets.chart_wishes import LineWanted, Pointed, Wished
from console.widgets.keyname import key_of
from console.widgets.stream_select import Point as Place
from console.widgets.stream_select import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from console.screens.arrangement import Arrangement, View
    from console.screens.body import Body
    from console.screens.painter import Painter
    from console.screens.session import Session
    from console.widgets.chart import Chart
    from console.widgets.moment import Now

NO_LINE = "no log line is known for step {step:,}"


class Charting(Commanding):
    """A screen with charts."""

    painter: Painter
    body: Body

    def __init__(self, session: Session, clock: Callable[[], Now]) -> None:
        super().__init__(session, clock)
        self._wanted_slots: dict[str, str] = {}
        """Metrics that are to stand in the place of a chart, as long as they do not yet."""
        self._placed: Point | None = None
        """The moment of an entry of the timeline that the cursor was put to."""

    @property
    def kind(self) -> Arrangement:
        """The arrangement now."""
        raise NotImplementedError

    def look(self, view: View) -> None:
        """Brings a view up; the panel in front gets the focus."""
        raise NotImplementedError

    def charts(self) -> list[Chart]:
        """Those there are by now."""
        parts = self.painter.parts
        return [parts[name] for name in CHARTS if name in parts]

    def point_at_moment(self, step: float | None, t: float) -> None:
        """The cursor goes to a moment that some chart has a value of; the focus stays."""
        from console.widgets.chart_line import Lines

        point = Point(step, t, math.nan)
        lines = [chart for chart in self.charts() if isinstance(chart, Lines)]
        found = next(filter(None, (chart.found_at(point) for chart in lines)), None)
        if found is not None:
            self._placed = point if step is not None else replace(point, step=found.step)
            for chart in self.charts():
                chart.point_at(self._placed)

    def drop_moment(self) -> bool:
        """Takes that cursor away; whether it was still there."""
        placed, self._placed = self._placed, None
        there = [one for one in self.charts() if placed is not None and one.pointed is placed]
        for chart in there:
            chart.point_at(None)
        return bool(there)

    @on(Pointed)
    def _pointed(self, message: Pointed) -> None:
        for chart in self.charts():
            if chart is not message.chart:
                chart.point_at(message.point)

    @on(Wished)
    def _wished(self, message: Wished) -> None:
        from console.screens import chart_doors

        if message.what == "menu":
            chart_doors.menu(self, message.chart, message.at)
        else:
            chart_doors.DOORS[message.what](self, message.chart)

    @on(LineWanted)
    def _line_wanted(self, message: LineWanted) -> None:
        is_shown = "stream" in self.body.plan(self.app.size)
        if not (message.go or is_shown):
            return
        row = message.row if message.row is not None else self._row_of(message.point, message.go)
        if row is None:
            return
        if message.go and not is_shown:
            view = replace(self.body.view, maximised=False)
            self.look(views.opened(view, "stream", self.kind) if view.panel != "stream" else view)
        self._mark(row)
        if message.go:
            self.set_focus(self.stream())

    def _row_of(self, point: Point, told: bool) -> int | None:
        """The row of a point; tells when there is none, or when it is that of another step."""
        state = self.session.link.state
        if point.step is None:
            if told:
                said = "no log line is known for this moment: its step is not known"
                self.app.notify(said, severity="warning", markup=False)
            return None
        step = round(point.step)
        entries = state.timeline.entries
        found = row_of(
            self.session.rows,
            step,
            state.position.step,
            t=point.t,
            anchors=[Anchor(one.t, one.row) for one in entries if one.row is not None],
            batches=state.position.batches_per_epoch,
        )
        if found is None:
            if told:
                self.app.notify(NO_LINE.format(step=step), severity="warning", markup=False)
            return None
        if told and found.step != step:
            said = f"step {step:,} is in no log line; this is the nearest, step {found.step:,}"
            self.app.notify(said, markup=False)
        return found.row

    def _mark(self, row: int) -> None:
        """Shows a row in the stream, marked until Escape."""
        stream = self.stream()
        stream.show_row(row)
        place = Place(row + 1, 0)
        stream.canvas.selection = Selection(place, place, whole=True, keys=True)
        stream.changed()

    # commands of charts from the palette and from menus

    def chart_in_front(self) -> Chart | None:
        """The one with the focus, else the one in front, else the first in sight."""
        plan = self.body.plan(self.app.size)
        shown = [chart for chart in self.charts() if chart.id in plan]
        for chart in shown:
            if chart.has_focus or chart.id == self.body.view.panel:
                return chart
        return shown[0] if shown else None

    def on_key(self, event: events.Key) -> None:
        """A key that only other charts know is answered, too; Escape goes a step back."""
        from console.widgets.chart import can

        chart = next((one for one in self.charts() if one is self.focused), None)
        for command in CHART if chart is not None and event.key != "escape" else ():
            if event.key in keys_of(command) and not can(chart, command.id):
                self._not_here(command)

    def _not_here(self, command: Command) -> None:
        self.app.notify(f"{command.label}: not in this chart", severity="warning", markup=False)

    async def command_chart(self, command: Command, chart: Chart | None = None) -> None:
        """Carries out a command of a chart in one of them."""
        from console.widgets.chart import action_of, can

        if chart is not None and not chart.is_attached:
            chart = self.painter.parts.get(str(chart.id))  # another one has come in its place
        chart = chart or self.chart_in_front()
        if chart is None:
            self.app.notify(f"no chart is in sight; {key_of('panel_loss')} opens one", markup=False)
            return
        if not can(chart, command.id):
            self._not_here(command)
        elif not await self.app.run_action(action_of(command.id), chart):
            self.app.notify(NOTHING.format(command.label), severity="warning", markup=False)

    def _do(self, command: Command) -> None:
        if command.scope is Scope.CHART:
            self.run_worker(self.command_chart(command), exit_on_error=False)
            return
        super()._do(command)

    def show_metric(self, name: str, metric: str) -> None:
        """A metric in the place of a chart, kept for the next start; empty: the chart itself."""
        app: Any = self.app
        settings = getattr(app, "settings", None)
        if settings is not None:
            slots = {**settings.slots, name: metric}
            app.change_settings(slots={slot: one for slot, one in slots.items() if one})
        is_busy = name in self._wanted_slots
        self._wanted_slots[name] = metric
        if not is_busy:
            self.run_worker(self._exchange(name), exit_on_error=False)

    async def _exchange(self, name: str) -> None:
        """One after the other: what is wished for meanwhile comes last."""
        from console.widgets.charts import chart_of

        shown = None
        try:
            while shown != self._wanted_slots[name]:
                shown = self._wanted_slots[name]
                chart = chart_of(name, {name: shown} if shown else {})
                pointed = self.painter.parts[name].pointed
                await self.painter.exchange(name, chart)
                chart.point_at(pointed)
        finally:
            del self._wanted_slots[name]
