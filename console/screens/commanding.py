"""What a command does on the training screen, whether it comes from a key, a button or the palette.

Orders go up as `Ordered`; the screen knows no trainer. What only the app can do goes up as `Asked`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.actions import SkipAction
from textual.binding import Binding
from textual.screen import Screen

from console.commands import BY_ID, COMMANDS, Command, Readiness, Scope, asking
from console.core.format_text import text
from console.screens import doors
from console.screens.choosing import settings_of
from console.screens.messages import Asked, Ordered
from console.screens.ordering import Ordering
from console.widgets.chosen import Chosen
from console.widgets.config_panel import ConfigPanel
from console.widgets.keyname import first_key, key_name, key_of

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType

    from console.screens.session import Session
    from console.widgets.moment import Now
    from console.widgets.stream import Stream

STREAM_ACTIONS = {
    "search": "open_search",
    "search_next": "search_next",
    "search_previous": "search_previous",
    "export_log": "export",
}
"""Commands of the run scope that the stream carries out."""


def stream_action(command_id: str) -> str:
    """What a command of the stream does there."""
    from console.widgets.stream import ACTIONS

    return ACTIONS.get(command_id, command_id)


def bindings() -> list[BindingType]:
    """The keys of the run scope, from the table of commands."""
    copy = ",".join(key for key in BY_ID["copy"].keys if key != "ctrl+c")
    found: list[BindingType] = [
        Binding("escape", "back", "Back", show=False),
        Binding(copy, "no_selection", show=False, id="stream.copy"),
    ]
    for command in COMMANDS:
        if command.scope is not Scope.RUN or command.id == "resume" or not command.keys:
            continue
        keys, act = ",".join(command.keys), f"command('{command.id}')"
        first = command.id == "palette"
        found.append(Binding(keys, act, command.label, show=False, id=command.id, priority=first))
        if command.typed:
            letters, act = ",".join(command.typed), f"typed('{command.id}')"
            found.append(Binding(letters, act, show=False, id=f"{command.id}-letter"))
    return found


NOTHING = "{}: there is nothing to do it with at the moment"
"""What is said of a command of a panel that finds nothing to do."""

PASTES_APART_SECONDS = 1.0
"""Pastes that follow one another faster are one."""


class Commanding(Screen[None]):
    """A screen of one run that carries out commands."""

    BINDINGS: ClassVar[list[BindingType]] = bindings()

    def __init__(self, session: Session, clock: Callable[[], Now]) -> None:
        super().__init__()
        self.session, self.clock = session, clock
        self.ordering = Ordering(session.read_only)
        self._pressed_at = self._asked_at = 0.0
        self._pasted_at = float("-inf")

    def show(self, groups: frozenset[str], *, rows: bool = False) -> None:
        """The state changed in these groups; `rows` when there is new output."""
        raise NotImplementedError

    def command_view(self, command: Command) -> bool:
        """Carries out a command that changes what is in front; whether it was one."""
        raise NotImplementedError

    def panel_in_focus(self) -> str | None:
        """The panel that has the focus."""
        raise NotImplementedError

    def stream(self) -> Stream:
        """The live stream."""
        raise NotImplementedError

    @on(Chosen)
    def _chosen(self, message: Chosen) -> None:
        self.action_command(message.command)

    @on(ConfigPanel.Viewed)
    def _open_configuration(self, message: ConfigPanel.Viewed) -> None:
        doors.open_configuration(self, message.at)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What waits for an answer does nothing when it is pressed again."""
        if action in ("command", "typed") and parameters:
            return None if self._choice(str(parameters[0]))[1] is Readiness.WAITING else True
        return super().check_action(action, parameters)

    def on_key(self, event: events.Key) -> None:
        self._pressed_at = event.time

    def on_paste(self) -> None:
        """Text that nobody here takes: it came as a paste, or faster than anybody types. Many at
        once are told once."""
        now = time.monotonic()
        is_told, self._pasted_at = now - self._pasted_at < PASTES_APART_SECONDS, now
        if is_told:
            return
        said = "Pasted text is left out here: nothing of it was taken for a key"
        self.app.notify(said, markup=False)

    def action_no_selection(self) -> None:
        """The key that copies, where nothing has taken it."""
        said = f"nothing is selected: drag, or {key_of('select')} in the stream and the arrows"
        self.app.notify(said, markup=False)

    def action_typed(self, command_id: str) -> None:
        """A letter that orders the trainer: only when it is pressed twice."""
        command, readiness, _reason = self._choice(command_id)
        ready = readiness is Readiness.READY
        asked = self._pressed_at > self._asked_at
        asks = settings_of(self.app).confirm_letters
        if (
            not asks
            or not ready
            or self.ordering.confirmed(command_id, self.clock().t, asked=asked)
        ):
            self.action_command(command_id)
            return
        self._asked_at = time.monotonic()
        letter = key_name(asking(BY_ID[command_id])[0])
        again = f"press {letter} again to {command.label.lower()}"
        self.app.notify(again, timeout=2.0, markup=False)

    def action_command(self, command_id: str) -> None:
        """Carries out a command, or says why it cannot be given now."""
        command, readiness, reason = self._choice(command_id)
        if readiness is Readiness.READY:
            self._do(command)
        elif readiness is not Readiness.WAITING:
            said = f"{command.label}: {text(reason)}"
            self.app.notify(said, severity="warning", markup=False)

    def _choice(self, command_id: str) -> tuple[Command, Readiness, str]:
        command, choice = self.ordering.choices(self.session.link.state)[command_id]
        return command, choice.readiness, choice.reason

    def _do(self, command: Command) -> None:
        if self.command_view(command):
            return
        if command.id in doors.DOORS:
            doors.DOORS[command.id](self)
        elif command.order is not None:
            self.order(command.order)
        elif command.id in STREAM_ACTIONS:
            self._in_stream(STREAM_ACTIONS[command.id])
        elif command.scope is Scope.STREAM:
            # From the palette; in the stream its own keys do it.
            self.call_later(self._act_in_stream, command)
        elif command.id == "palette":
            self.app.action_command_palette()
        else:
            self.post_message(Asked(command.id))

    async def _act_in_stream(self, command: Command) -> None:
        """An action that finds nothing to do says so: its key would mean something else then."""
        if await self.app.run_action(stream_action(command.id), self.stream()):
            return
        if command.id == "copy":
            self.action_no_selection()
        else:
            self.app.notify(NOTHING.format(command.label), severity="warning", markup=False)

    def _in_stream(self, action: str) -> None:
        try:
            getattr(self.stream(), f"action_{action}")()
        except SkipAction:
            key = first_key(BY_ID["search"])
            self.app.notify(f"nothing is searched for; {key} begins", markup=False)

    def order(self, cmd: str, args: dict[str, Any] | None = None) -> None:
        """Sends an order up, and says that it waits."""
        self.app.clear_notifications()
        self.ordering.send(cmd, args or {}, self.clock().t)
        self.show(frozenset({"control"}))
        self.post_message(Ordered(self, cmd, args or {}))

    def order_sent(self, cmd: str, order_id: str) -> None:
        """The order is on its way; the trainer's side may have told of it already."""
        self.ordering.named(cmd, order_id)
        self.show(frozenset({"control"}))

    def order_failed(self, cmd: str, reason: str) -> None:
        """The order could not be sent."""
        self.ordering.failed(cmd)
        self.app.notify(f"{cmd} was not sent: {text(reason)}", severity="error", markup=False)
        self.show(frozenset({"control"}))
