"""The keys: which key does what, and how one is changed by pressing another."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from console.commands import COMMANDS, Command, Scope, keymap
from console.screens.choosing import Choosing
from console.screens.dialog import Window
from console.screens.menu import Entries
from console.screens.modal import Modal
from console.widgets.keyname import key_name, key_names

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

SCOPES: dict[Scope, str] = {
    Scope.RUN: "EVERYWHERE",
    Scope.STREAM: "THE STREAM",
    Scope.CHART: "A CHART",
    Scope.CONFIG: "THE CONFIGURATION",
    Scope.TIMELINE: "THE TIMELINE",
}
LABEL_WIDTH, KEYS_WIDTH = 18, 20


class PressAKey(Modal[str | None]):
    """Answers the next key that is pressed, by Textual's name; None for Escape."""

    takes_all_keys = True

    def __init__(self, command: Command) -> None:
        super().__init__()
        self._command = command

    def compose(self) -> ComposeResult:
        with Window() as window:
            window.corners("PRESS A KEY", "", "", "Esc cancel")
            yield Static(Content(f"The key that is to mean: {self._command.help}"))
            yield Static(Content.styled(f"now {key_names(self._command) or 'none'}", "$muted"))

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss(None if event.key == "escape" else event.key)


class KeysScreen(Modal[None]):
    """All commands with their keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "leave", "Close"),
        ("delete,d", "usual", "The usual key"),
    ]
    AUTO_FOCUS = "Entries"

    def compose(self) -> ComposeResult:
        listed = Entries(markup=False)
        listed.corners("KEYS", "", "Enter another key  d the usual one", "Esc close")
        listed.styles.width = 100
        yield listed

    def on_mount(self) -> None:
        super().on_mount()
        self._list()

    @property
    def _app(self) -> Choosing:
        assert isinstance(self.app, Choosing)
        return self.app

    def _list(self) -> None:
        listed = self.query_one(Entries)
        at = listed.highlighted
        listed.clear_options()
        listed.add_options(_options(self._app))
        if at is None:
            listed.action_first()
        else:
            listed.highlighted = at

    def _chosen(self) -> Command | None:
        listed = self.query_one(Entries)
        if listed.highlighted is None:
            return None
        name = listed.get_option_at_index(listed.highlighted).id
        return next((command for command in COMMANDS if command.id == name), None)

    @on(OptionList.OptionSelected)
    def _ask(self) -> None:
        if (command := self._chosen()) is not None:
            self.app.push_screen(PressAKey(command), lambda key: self._take(command, key))

    def _take(self, command: Command, key: str | None) -> None:
        if key is None:
            return
        wanted = {**self._app.settings.keymap, command.id: keymap.moved(command, key)}
        known = {one.command for one in self._app.refused} - {command.id}
        found = [one for one in keymap.read(wanted, COMMANDS)[1] if one.command not in known]
        why = found[0].reason if found else None
        if why is None:
            self._app.change_settings(keymap=wanted)
            self._list()
            said = f"{command.label}: {key_names(command)}"
            self.app.notify(said, markup=False)
        else:
            said = f"{key_name(key)} is not taken: {why}"
            self.app.notify(said, severity="warning", markup=False)

    def action_usual(self) -> None:
        """The chosen command gets the keys of the table again."""
        command = self._chosen()
        if command is not None and command.id in self._app.settings.keymap:
            rest = {k: v for k, v in self._app.settings.keymap.items() if k != command.id}
            self._app.change_settings(keymap=rest)
            self._list()

    def action_leave(self) -> None:
        self.dismiss(None)


def _options(app: Choosing) -> list[Option]:
    refused = {one.command: one.reason for one in app.refused}
    found = []
    for scope, title in SCOPES.items():
        commands = [c for c in COMMANDS if c.scope is scope and c.id != "resume"]
        if commands:
            found.append(Option(Content.styled(title, "bold $primary"), disabled=True))
        found += [Option(_line(c, app, refused.get(c.id, "")), id=c.id) for c in commands]
    return found


def _line(command: Command, app: Choosing, refused: str) -> Content:
    changed = command.id in app.settings.keymap
    note = f"not used: {refused}" if refused else "changed" if changed else ""
    return Content.assemble(
        f"  {command.label:<{LABEL_WIDTH}}",
        (f"{key_names(command):<{KEYS_WIDTH}}", "bold"),
        (note or command.help, "$warning" if note else "$muted"),
    )
