"""From an entry of the timeline to its place in the log, and what else the timeline asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from console.commands import BY_ID, Readiness
from console.core.format_text import text
from console.screens import views
from console.screens.commanding import NOTHING
from console.screens.views import FRONT

if TYPE_CHECKING:
    from console.core.state import Entry
    from console.screens.training import TrainingScreen
    from console.widgets.timeline import TimelinePanel


def go(screen: TrainingScreen, entry: Entry) -> None:
    """Shows the row of the log that was the newest when it happened; the cursor of the charts goes
    to that moment."""
    screen.point_at_moment(entry.step, entry.t)
    rows = screen.session.rows.count()
    if entry.row is None or not rows:
        screen.app.notify("it has no place in the log: nothing was printed", markup=False)
        return
    kind, view = screen.kind, screen.body.view
    if view.maximised or (kind in FRONT and view.panel != "stream"):
        screen.look(views.opened(views.closed(view, kind) or view, "stream", kind))
    screen.stream().show_row(min(entry.row, rows - 1))
    step = "" if entry.step is None else f", step {entry.step:,}"
    screen.app.notify(f"line {min(entry.row, rows - 1) + 1:,}{step}", timeout=2.0, markup=False)


def show_alerts(screen: TrainingScreen) -> None:
    """Opens the timeline with its alerts."""
    if screen.body.view.panel != "timeline":
        screen.look(views.opened(screen.body.view, "timeline", screen.kind))
    _panel(screen).look("alerts")


def acknowledge(screen: TrainingScreen, alert: str | None) -> None:
    """Gives the order, or says why it cannot be given."""
    _command, choice = screen.ordering.choices(screen.session.link.state)["acknowledge"]
    if choice.readiness is Readiness.READY:
        screen.order("acknowledge", {} if alert is None else {"alert": alert})
    else:
        said = f"Acknowledge: {text(choice.reason)}"
        screen.app.notify(said, severity="warning", markup=False)


def bring_older(screen: TrainingScreen) -> None:
    """Reads the whole timeline, and shows it."""

    def read() -> None:
        found = screen.session.timeline()
        screen.app.call_from_thread(_panel(screen).remember, found)

    screen.run_worker(read, thread=True, exit_on_error=False, group="timeline", exclusive=True)


def _panel(screen: TrainingScreen) -> TimelinePanel:
    return cast("TimelinePanel", screen.painter.parts["timeline"])


async def command(screen: TrainingScreen, command_id: str) -> None:
    """Carries out a command of the timeline, from the palette."""
    from console.widgets.timeline import ACTIONS

    if screen.body.view.panel != "timeline":
        screen.look(views.opened(screen.body.view, "timeline", screen.kind))
    panel = _panel(screen)
    panel.focus()
    if not await screen.app.run_action(ACTIONS.get(command_id, command_id), panel):
        said = NOTHING.format(BY_ID[command_id].label)
        screen.app.notify(said, severity="warning", markup=False)
