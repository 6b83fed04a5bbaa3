"""The training screen: one run, all its parts, at every size.

`show` is told what changed; each part is drawn when its time comes (`painter.py`). What is in
front follows from `views.py`, where it stands from `arrangement.py`, what a key does from
`commanding.py`, what the stream asks for in `streaming.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on

from console.commands import Scope
from console.screens import details, doors, places, views
from console.screens.arrangement import BARE, PANELS, Arrangement, View, arrangement, kept_view
from console.screens.body import Body
from console.screens.calls import Calls
from console.screens.charting import Charting
from console.screens.choosing import Choosing, settings_of
from console.screens.due import Due
from console.screens.messages import SettingsChanged
from console.screens.notices import (
    SEVERITIES,
    AlertNotices,
    NewsNotices,
    tell_outcome,
    tell_stage,
)
from console.screens.painter import Painter
from console.screens.streaming import Streaming
from console.screens.typed import TypedAhead
from console.widgets.chosen import AlertsChosen, ExpertChosen, MemoryChosen, PanelChosen
from console.widgets.lost import Lost
from console.widgets.timeline import TimelinePanel

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.command import Provider
    from textual.timer import Timer
    from textual.widget import Widget

    from console.commands import Command
    from console.screens.session import Session
    from console.widgets.moment import Now
    from console.widgets.stream import Stream

KEEP_SECONDS = 1.0
"""So long after a change of the view it is kept."""

LAPSE_SECONDS = 30.0
"""After so long without being taken in, an order is said to have got lost."""

_VIEWS: dict[str, Callable[[View], View]] = {
    "maximise": views.maximised,
    "side": views.side,
    "split": views.split,
}


def _metrics() -> type[Provider]:
    from console.screens.palette_metrics import ChartMetrics

    return ChartMetrics


class TrainingScreen(Charting, Streaming):
    """One run."""

    AUTO_FOCUS = "#stream"
    COMMANDS: ClassVar = {_metrics}

    def __init__(
        self, session: Session, clock: Callable[[], Now], view: View, *, intervals: bool = True
    ) -> None:
        super().__init__(session, clock)
        self.painter = Painter(self, intervals=intervals)
        self.body = Body(*self.painter.parts.values(), view=view)
        self.lost = Lost(id="lost")
        self.alert_notices, self.news_notices = AlertNotices(), NewsNotices()
        self.calls = Calls()
        self.live = bool(session.link.state.run.id) and not session.link.state.ended
        """Whether this screen has shown the run before its end."""
        self.failure_seen: float | str | None = None
        """The failure the person was told of: since when a step is held, or that it has ended."""
        self._due = Due(self, self.painter, clock)
        self._kept = view
        """The view as it was kept last."""
        self._keeping: Timer | None = None
        self._restored = False
        self.typed = TypedAhead(self)
        """Keys that came before everything was there."""

    @property
    def kind(self) -> Arrangement:
        """The arrangement now."""
        return arrangement(*self.app.size)

    @property
    def focus_chain(self) -> list[Widget]:
        plan = self.body.plan(self.app.size)
        shown = {part for name, part in self.painter.parts.items() if name in plan}
        return [w for w in super().focus_chain if shown.intersection(w.ancestors_with_self)]

    def compose(self) -> ComposeResult:
        # The size class before the first layout: a change of classes styles everything anew.
        self._set_size_class()
        yield self.body
        yield self.lost

    def on_mount(self) -> None:
        self.painter.cap(settings_of(self.app).refresh)
        self.painter.begin()
        self.alert_notices.tell(self.app, self.session.link.state)
        self.news_notices.tell(self.app, self.session.link.state)
        self.calls.tell(self, self.session.link.state)
        self._shape()
        self.set_interval(1.0, self._second)
        self.call_after_refresh(doors.life_changed, self)

    def on_resize(self) -> None:
        self._shape()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        panel = _panel_of(event.widget)
        if panel and self._restored and not self.body.view.maximised:
            self.body.view = views.focused(self.body.view, panel, self.kind)
            self._keep_soon()

    def restore(self) -> None:
        """Everything is there: the panel that was in front the last time gets the focus."""
        self._restored = True
        if self.body.view.panel != "stream" and self.focused is self.stream():
            self._focus_panel(self.body.view.panel)
        self.typed.release()

    def _keep_soon(self) -> None:
        """The view is kept for the next start, not at each of many steps."""
        if self._keeping is None and self.body.view != self._kept:
            self._keeping = self.set_timer(KEEP_SECONDS, self._keep_view)

    def _keep_view(self) -> None:
        self._keeping = None
        if self.body.view != self._kept and isinstance(self.app, Choosing):
            self._kept = self.body.view
            self.app.change_settings(view=kept_view(self._kept))

    def on_unmount(self) -> None:
        if self._keeping is not None:
            self._keep_view()

    @on(SettingsChanged)
    def _take_settings(self, message: SettingsChanged) -> None:
        self.painter.cap(message.settings.refresh)

    # what is shown

    def show(self, groups: frozenset[str], *, rows: bool = False) -> None:
        """The state changed in these groups; `rows` when there is new output."""
        if not self.is_mounted:
            return
        if rows:
            self.painter.draw_rows()
        if not groups:
            return
        state = self.session.link.state
        self.live |= bool(state.run.id) and not state.ended
        shown, told = self.body.tells_orders(self.app.size), False
        for view in self.ordering.heard(state):
            if view.outcome in SEVERITIES or not shown:
                tell_outcome(self.app, view)
                told = True
        if "life" in groups:
            told |= tell_stage(self.app, state, self.painter.stage)
            self.painter.stage = state.life.stop_stage
            doors.life_changed(self)
        if "alerts" in groups:
            told |= self.alert_notices.tell(self.app, state)
        if "timeline" in groups:
            self.calls.tell(self, state)
        if "timeline" in groups and not told:
            self.news_notices.tell(self.app, state)
        self.painter.mark(groups)
        self.flush()

    def connection_changed(self) -> None:
        """The connection came, went, or is over for good."""
        if not self.is_mounted:
            return
        self._show_connection()
        if self.session.link.final:
            doors.ended(self)

    def _show_connection(self) -> None:
        now = self.clock()
        lost = self.painter.lost(now)
        self.set_class(lost is not None, "-lost")
        self.lost.show(lost)
        self.painter.tick(now)

    def flush(self) -> None:
        """Draws what is due, and comes back when the next is."""
        self._due.draw()

    def _second(self) -> None:
        """Ages grow, and orders may have got lost. Behind another screen that can wait."""
        if not self.is_current:
            return
        for cmd in self.ordering.lapsed(self.clock().t, LAPSE_SECONDS):
            said = f"{cmd} was not taken in within {LAPSE_SECONDS:.0f} s; give it again."
            self.app.notify(said, severity="warning", markup=False)
        self.news_notices.tell(self.app, self.session.link.state)
        self.calls.tell(self, self.session.link.state)
        self._show_connection()

    def _set_size_class(self) -> None:
        kind = self.kind
        self.update_classes({f"-{name}": name is kind for name in Arrangement})
        self.stream().set_class(kind in BARE, "-bare")

    def _shape(self) -> None:
        """Sets the size class, and shows what came into view."""
        self._set_size_class()
        plan = self.body.plan(self.app.size)
        if self.focused is not None and _panel_of(self.focused) not in plan:
            self._focus_panel("stream")
        self.painter.reveal(plan, self.body.view.panel)
        self.flush()

    # what is in front

    def stream(self) -> Stream:
        """The live stream."""
        return cast("Stream", self.painter.parts["stream"])

    def look(self, view: View) -> None:
        """Brings a view up; the panel in front gets the focus."""
        # First the focus: a widget that is hidden while it has the focus takes it along.
        self._focus_panel(view.panel)
        self.body.look(view)
        self._shape()
        self._keep_soon()

    def panel_in_focus(self) -> str | None:
        """The panel that has the focus."""
        return None if self.focused is None else _panel_of(self.focused)

    def command_view(self, command: Command) -> bool:
        """Carries out a command that changes what is in front; whether it was one."""
        view = self.body.view
        if command.id.startswith("panel_"):
            if self.kind is Arrangement.TINY:
                self.app.notify("there is room for the log only: 60 × 16 show more", markup=False)
            else:
                self.look(views.opened(view, command.id.removeprefix("panel_"), self.kind))
        elif command.id in _VIEWS:
            wanted = _VIEWS[command.id](view)
            if self.body.would_show(wanted, self.app.size):
                self.look(wanted)
            else:
                said = f"{command.label}: changes nothing in a terminal of this size"
                self.app.notify(said, markup=False)
        else:
            return False
        return True

    def action_back(self) -> None:
        """One step back; at the top level to the overview. The cursor the timeline put into the
        charts goes first."""
        if self.drop_moment():
            return
        view = views.closed(self.body.view, self.kind)
        if view is None:
            self.action_command("overview")
        else:
            self.look(view)

    def _focus_panel(self, panel: str) -> None:
        part = self.painter.parts.get(panel, self.stream())
        self.set_focus(getattr(part, "first", part))

    @on(PanelChosen)
    def _panel_chosen(self, message: PanelChosen) -> None:
        if self.body.view.panel != message.panel:
            self.look(views.opened(self.body.view, message.panel, self.kind))

    @on(ExpertChosen)
    def _expert_chosen(self, message: ExpertChosen) -> None:
        details.expert(self, message.number)

    @on(MemoryChosen)
    def _memory_wanted(self) -> None:
        details.memory(self)

    @on(AlertsChosen)
    def _alerts_chosen(self) -> None:
        places.show_alerts(self)

    def _do(self, command: Command) -> None:
        if command.scope is Scope.TIMELINE:
            self.run_worker(places.command(self, command.id), exit_on_error=False)
            return
        super()._do(command)

    @on(TimelinePanel.PlaceWanted)
    def _place_wanted(self, message: TimelinePanel.PlaceWanted) -> None:
        places.go(self, message.entry)

    @on(TimelinePanel.AlertSeen)
    def _alert_seen(self, message: TimelinePanel.AlertSeen) -> None:
        places.acknowledge(self, message.alert)

    @on(TimelinePanel.OlderWanted)
    def _older_wanted(self) -> None:
        places.bring_older(self)


def _panel_of(widget: Widget) -> str | None:
    """The panel a widget belongs to."""
    ids = (ancestor.id for ancestor in widget.ancestors_with_self)
    return next((name for name in ids if name in PANELS), None)
