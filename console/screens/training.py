"""The training screen: one run, all its parts, at every size.

`show` is told what changed; each part is drawn when its time comes (`refresher.py`). What is in
front follows from `views.py`, where it stands from `arrangement.py`. Orders go up as `Ordered`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.screen import Screen

from console.commands import BY_ID, COMMANDS, Command, Readiness, Scope
from console.core.format_text import text
from console.screens import views
from console.screens.arrangement import PANELS, Arrangement, View, arrangement
from console.screens.body import Body
from console.screens.notices import notice
from console.screens.ordering import Ordering
from console.screens.painter import Painter
from console.widgets.chosen import Chosen, PanelChosen

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer
    from textual.widget import Widget

    from console.screens.session import Session
    from console.widgets.moment import Now

LAPSE_SECONDS = 30.0
"""After so long without being taken in, an order is said to have got lost."""


def bindings() -> list[BindingType]:
    """The keys of the run scope, from the table of commands."""
    found: list[BindingType] = [Binding("escape", "back", "Back", show=False)]
    for command in COMMANDS:
        if command.scope is not Scope.RUN or command.id == "resume":
            continue
        keys = ",".join(command.keys)
        act = f"command('{command.id}')"
        urgent = command.id == "palette"
        found.append(Binding(keys, act, command.label, show=False, id=command.id, priority=urgent))
        if command.typed:
            letters = ",".join(command.typed)
            act = f"typed('{command.id}')"
            found.append(Binding(letters, act, show=False, id=f"{command.id}-letter"))
    return found


class Ordered(Message):
    """An order to the trainer."""

    def __init__(self, cmd: str, args: dict[str, Any]) -> None:
        super().__init__()
        self.cmd, self.args = cmd, args


class Asked(Message):
    """Something the app does: overview, quit, help, report."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what


class TrainingScreen(Screen[None]):
    """One run."""

    BINDINGS: ClassVar[list[BindingType]] = bindings()
    AUTO_FOCUS = "#stream"

    def __init__(
        self, session: Session, clock: Callable[[], Now], view: View, *, intervals: bool = True
    ) -> None:
        super().__init__()
        self.session, self.clock = session, clock
        self.ordering = Ordering(session.read_only)
        self.painter = Painter(self, intervals=intervals)
        self.body = Body(*self.painter.parts.values(), view=view)
        self._timer: Timer | None = None

    @property
    def kind(self) -> Arrangement:
        """The arrangement now."""
        return arrangement(*self.app.size)

    @property
    def focus_chain(self) -> list[Widget]:
        shown = {self.painter.parts[name] for name in self.body.plan(self.app.size)}
        return [w for w in super().focus_chain if shown.intersection(w.ancestors_with_self)]

    def compose(self) -> ComposeResult:
        yield self.body

    def on_mount(self) -> None:
        self.painter.begin()
        self._shape()
        self.set_interval(1.0, self._second)

    def on_resize(self) -> None:
        self._shape()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        panel = self._panel_of(event.widget)
        if panel and not self.body.view.maximised:
            self.body.view = views.focused(self.body.view, panel, self.kind)

    # what is shown

    def show(self, groups: frozenset[str], *, rows: bool = False) -> None:
        """The state changed in these groups; `rows` when there is new output."""
        if not self.is_mounted:
            return
        for view in self.ordering.heard(self.session.link.state):
            notice(self, view)
        self.painter.mark(groups, self.clock())
        if rows:
            self.painter.draw_rows()
        self.flush()

    def flush(self) -> None:
        """Draws what is due, and comes back when the next is."""
        now = self.clock()
        self.painter.draw(now)
        if self._timer is not None:
            self._timer.stop()
        wait = self.painter.next(self.clock())
        self._timer = None if wait is None else self.set_timer(max(wait, 1 / 60), self.flush)

    def _second(self) -> None:
        """Ages grow, and orders may have got lost."""
        now = self.clock()
        for cmd in self.ordering.lapsed(now.t, LAPSE_SECONDS):
            self.app.notify(
                f"{cmd} was not taken in within {LAPSE_SECONDS:.0f} s. Give it again when the "
                "connection is back.", severity="warning", markup=False)  # fmt: skip
        self.painter.tick(now)

    def _shape(self) -> None:
        """Sets the size class, and shows what came into view."""
        kind = self.kind
        for name in Arrangement:
            self.set_class(name is kind, f"-{name}")
        self.painter.reveal(self.body.plan(self.app.size), self.body.view.panel)
        self.flush()

    # what is in front

    def look(self, view: View, *, focus: bool = True) -> None:
        """Brings a view up; the panel in front gets the focus."""
        self.body.look(view)
        self._shape()
        if focus:
            self.call_after_refresh(self._focus_panel, view.panel)

    def _focus_panel(self, panel: str) -> None:
        part = self.painter.parts[panel]
        focus_first = getattr(part, "focus_first", None)
        if focus_first is not None:
            focus_first()
        else:
            part.focus()

    def _panel_of(self, widget: Widget) -> str | None:
        ids = (ancestor.id for ancestor in widget.ancestors_with_self)
        return next((name for name in ids if name in PANELS), None)

    @on(PanelChosen)
    def _panel_chosen(self, message: PanelChosen) -> None:
        if self.body.view.panel != message.panel:
            self.look(views.opened(self.body.view, message.panel, self.kind))

    def action_back(self) -> None:
        """One step back; at the top level to the overview."""
        view = views.closed(self.body.view) if self.kind not in views.SHOWING_ALL else None
        if self.body.view.maximised:
            view = views.closed(self.body.view)
        if view is None:
            self.post_message(Asked("overview"))
        else:
            self.look(view)

    # commands

    @on(Chosen)
    def _chosen(self, message: Chosen) -> None:
        self.action_command(message.command)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What waits for an answer does nothing when it is pressed again."""
        if action in ("command", "typed") and parameters:
            _command, choice = self.ordering.choices(self.session.link.state)[str(parameters[0])]
            return None if choice.readiness is Readiness.WAITING else True
        return super().check_action(action, parameters)

    def action_typed(self, command_id: str) -> None:
        """A letter that orders the trainer: only when it is pressed twice."""
        command, choice = self.ordering.choices(self.session.link.state)[command_id]
        if not choice.ok or self.ordering.confirmed(command_id, self.clock().t):
            self.action_command(command_id)
            return
        again = f"press {BY_ID[command_id].typed[0]} again to {command.label.lower()}"
        self.app.notify(again, timeout=2.0, markup=False)

    def action_command(self, command_id: str) -> None:
        """A key, a button or the palette asks for a command."""
        command, choice = self.ordering.choices(self.session.link.state)[command_id]
        if choice.readiness is Readiness.WAITING:
            return
        if not choice.ok:
            reason = f"{command.label}: {text(choice.reason)}"
            self.app.notify(reason, severity="warning", markup=False)
            return
        self._do(command)

    def _do(self, command: Command) -> None:
        if command.id.startswith("panel_"):
            name = command.id.removeprefix("panel_")
            self.look(views.opened(self.body.view, name, self.kind))
        elif command.id in _VIEWS:
            self.look(_VIEWS[command.id](self.body.view))
        elif command.order is not None and command.id != "stop":
            self.order(command.order)
        elif action := getattr(self.painter.parts["stream"], f"action_{command.id}", None):
            action()
        else:
            self.post_message(Asked(command.id))

    def order(self, cmd: str, args: dict[str, Any] | None = None) -> None:
        """Sends an order up, and says that it waits."""
        self.ordering.send(cmd, args or {}, self.clock().t)
        self.painter.mark(frozenset({"control"}), self.clock())
        self.flush()
        self.post_message(Ordered(cmd, args or {}))


_VIEWS: dict[str, Callable[[View], View]] = {
    "maximise": views.maximised,
    "side": views.side,
    "split": views.split,
}
