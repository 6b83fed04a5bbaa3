"""The controls: a button for every order there is, what became of the last one, and the mode.

The buttons are the rows of `commands.COMMANDS` with `button=True`. A button that cannot act says
why on the line below them when it has the focus, and in its tooltip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Container, Grid
from textual.content import Content
from textual.widget import Widget

from console.commands import COMMANDS, READY, Availability, Command, Readiness
from console.core.format_text import text
from console.widgets.chosen import Chosen
from console.widgets.frame import Framed
from console.widgets.keyname import first_key, key_names
from console.widgets.look import NO_NOTES, Notes, badge
from console.widgets.order_line import order_line, order_sentence
from console.widgets.text import cut, joined, padded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.core.state import OrderView, RunState
    from console.widgets.moment import Now

STYLES: dict[Readiness, tuple[str, str, str]] = {
    Readiness.READY: (" ", "bold $primary", "$foreground"),
    Readiness.WAITING: ("…", "$information", "$information"),
    Readiness.DISABLED: ("·", "dim $muted", "dim $muted"),
    Readiness.IMPOSSIBLE: ("–", "dim $muted", "dim strike $muted"),
}
"""What stands before the label, the style of the key and of the label."""

COLUMNS = 2
"""Of buttons, as the style sheet has them."""

OPEN = {Readiness.DISABLED: (" ", " ")}
"""What a button stands between where it is not brackets: it is none at the moment."""


class CommandButton(Widget, can_focus=True):
    """`[ F2 Pause      ]`: one row, one command."""

    BINDINGS: ClassVar[list[BindingType]] = [("enter,space", "press", "Press")]
    ALLOW_SELECT = False

    def __init__(self, command: Command) -> None:
        super().__init__(id=f"button-{command.id}")
        self.command = command
        self.availability: Availability = READY

    def show(self, command: Command, availability: Availability) -> None:
        """Shows the command the button stands for now, and whether it can be given."""
        if (command.id, availability) == (self.command.id, self.availability):
            return
        self.command, self.availability = command, availability
        self.tooltip = Content(tooltip(command, availability))
        self.refresh()

    def on_mount(self) -> None:
        self.keys_changed()

    def keys_changed(self) -> None:
        """Keys have other names now."""
        self.tooltip = Content(tooltip(self.command, self.availability))

    def render(self) -> Content:
        sign, key, label = STYLES[self.availability.readiness]
        name = f"{first_key(self.command):<2}"
        inner = joined([(name, key), (" ", label), (self.command.label, label)])
        style = "bold reverse $primary" if self.has_focus else "$muted"
        left, right = OPEN.get(self.availability.readiness, ("[", "]"))
        shown = padded(inner, self.size.width - 3)
        return joined([(left, style), (sign, key), shown, (right, style)])

    def action_press(self) -> None:
        self.post_message(Chosen(self.command.id))

    def on_click(self) -> None:
        self.action_press()


def tooltip(command: Command, availability: Availability) -> str:
    """What the command does and its keys; and why not, if it cannot be given now."""
    why = f"\n{availability.readiness}: {text(availability.reason)}" if availability.reason else ""
    how = f"\n{text(availability.note)}" if availability.note else ""
    keys = f"  ({names})" if (names := key_names(command)) else ""
    return f"{command.help}{keys}{why}{how}"


class OrderLine(Widget):
    """The last line of the controls."""

    ALLOW_SELECT = False
    _shown = Content("")

    def show(self, content: Content, whole: Content | None = None) -> None:
        """Shows a line, cut to the width there is; `whole` says the same at length."""
        if not content.is_same(self._shown):
            self._shown = content
            self.refresh()
        self.tooltip = content if whole is None else whole

    def render(self) -> Content:
        return cut(self._shown, self.size.width)


class ControlPanel(Framed, Container):
    """State, mode, buttons, and the answer to the last order."""

    GROUPS = frozenset({"life", "control", "configuration", "system"})
    BINDINGS: ClassVar[list[BindingType]] = [
        ("left", "move(-1)", "Left"),
        ("right", "move(1)", "Right"),
        ("up", f"move(-{COLUMNS})", "Up"),
        ("down", f"move({COLUMNS})", "Down"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._buttons = {item.id: CommandButton(item) for item in COMMANDS if item.button}
        self._answer = OrderLine()
        self._last = self._sentence = Content("")

    def compose(self) -> ComposeResult:
        with Grid():
            yield from self._buttons.values()
        yield self._answer

    def show(
        self,
        state: RunState,
        now: Now,
        choices: Mapping[str, tuple[Command, Availability]],
        sent: Iterable[OrderView] = (),
        notes: Notes = NO_NOTES,
    ) -> None:
        """`choices` gives, for each button, the command it stands for now and its availability;
        `sent` are orders given here that nobody has confirmed yet."""
        self.corners("CONTROLS", badge(state.status, lost=notes.lost), notes.read_only, mode(state))
        for name, button in self._buttons.items():
            button.show(*choices[name])
        sent = tuple(sent)
        self._last, self._sentence = order_line(state, now, sent), order_sentence(state, now, sent)
        self._write()

    def on_descendant_focus(self) -> None:
        self._write()

    def on_descendant_blur(self) -> None:
        self._write()

    @property
    def first(self) -> Widget:
        """The first button, which gets the focus when the panel does."""
        return next(iter(self._buttons.values()))

    def action_move(self, by: int) -> None:
        """The focus goes so many buttons on, if there is one."""
        buttons = list(self._buttons.values())
        at = next((at for at, button in enumerate(buttons) if button.has_focus), None)
        if at is not None and 0 <= at + by < len(buttons):
            buttons[at + by].focus()

    def _write(self) -> None:
        """The reason why the focused button cannot act, else the last order."""
        focused = next((b for b in self._buttons.values() if b.has_focus), None)
        if focused is not None and focused.availability.reason:
            command, why = focused.command, focused.availability
            reason = text(why.reason).removeprefix(f"{command.id} ")
            line = joined([(f"{command.label}: ", "bold"), (reason, "$muted")])
            self._answer.show(line)
            return
        self._answer.show(self._last, self._sentence)


def mode(state: RunState) -> str:
    """`2 × GPU, distributed`, `CPU`; empty when the trainer did not say."""
    facts: dict[str, Any] = state.configuration.facts
    if facts.get("mode"):
        return text(facts["mode"])
    device, world = facts.get("device"), facts.get("world")
    if device is None:
        return ""
    if not str(device).lower().startswith(("cuda", "gpu", "nvidia")):
        return "CPU" if str(device).lower() == "cpu" else text(device)
    count = world if isinstance(world, int) and world > 1 else 1
    return f"{count} × GPU, distributed" if count > 1 else "1 × GPU"
