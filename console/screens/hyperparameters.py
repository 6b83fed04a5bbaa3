"""The dialog in which values of the running trainer are changed: what it declared, no more.

Its answer is the arguments of one order: all of the values are set or none, with a checkpoint
before if that is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from console.core.changes import shown
from console.core.declared import Spec, hint, is_fixed, is_live, parsed, plain
from console.core.format_text import text
from console.screens.dialog import Window
from console.screens.modal import Modal
from console.widgets.text_button import TextButton
from console.widgets.tick import Tick

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

NAME_WIDTH = 44
"""The most cells a name gets."""
FIELD_WIDTH, GAP = 16, 2
"""Cells of an input, and before what stands behind it."""
WIDTH, FRAME = 84, 4
"""Cells of the window where there is room (see console.tcss), and of its border and padding."""

FIRST = "Checkpoint first"
FIRST_NOTE = "if it fails, nothing is changed"


class Hyperparameters(Modal[dict[str, Any] | None]):
    """One row a value: name, input, bounds and when it applies."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "Close"),
        ("up", "app.focus_previous", "Previous"),
        ("down", "app.focus_next", "Next"),
    ]
    AUTO_FOCUS = "Input"

    def __init__(
        self,
        settable: Callable[[], Mapping[str, Spec]],
        in_force: Callable[[str], Any],
        *,
        unsaved: str | None = None,
        history: Callable[[], None] | None = None,
    ) -> None:
        """`settable` is what the trainer declares by now, `in_force` a value by its latest word,
        `unsaved` why no checkpoint can come first (None: it can be chosen; empty: no question of
        it), `history` shows the changes so far."""
        super().__init__()
        self._now, self._history, self._unsaved = settable, history, unsaved
        self._settable = {name: dict(spec) for name, spec in settable().items()}
        self._shown = {name: plain(in_force(name)) for name in self._settable}
        self._name_width = NAME_WIDTH
        self._inputs: dict[str, Input] = {}
        self._hints: dict[str, Static] = {}
        self._tick = Tick(FIRST, reason=unsaved or "", note=FIRST_NOTE)
        self._warned: set[str] = set()
        """Values that count after a restart only, and the person was told so."""

    def compose(self) -> ComposeResult:
        longest = max((cell_len(text(name)) for name in self._settable), default=0)
        self._name_width = min(longest + 1, NAME_WIDTH)
        with Window() as window:
            window.set_class(self._is_narrow(self.app.size.width), "-narrow")
            window.corners("HYPERPARAMETERS", "", "Enter apply", "Esc cancel")
            for index, (name, spec) in enumerate(self._settable.items()):
                with Horizontal(classes="value") as row:
                    row.styles.grid_columns = f"{self._name_width} 1fr"
                    label = Static(Content(text(name)), classes="name")
                    label.styles.width = self._name_width
                    yield label
                    yield self._field(index, name, spec)
                    self._hints[name] = Static(Content.styled(hint(spec), "$muted"), classes="hint")
                    yield self._hints[name]
            yield Static("", id="problem")
            if self._unsaved != "":
                yield self._tick
            with Horizontal(classes="buttons"):
                if self._history is not None:
                    yield TextButton("history", "Changes so far")
                yield TextButton("cancel", "Cancel")
                yield TextButton("apply", "Apply", "bold $primary")

    def on_resize(self, event: events.Resize) -> None:
        self.query_one(Window).set_class(self._is_narrow(event.size.width), "-narrow")

    def _is_narrow(self, columns: int) -> bool:
        """Whether what a value may be goes below it: not all of it fits beside it."""
        inside = min(WIDTH, columns * 96 // 100) - FRAME
        longest = max((cell_len(self._longest_hint(name)) for name in self._settable), default=0)
        return self._name_width + FIELD_WIDTH + GAP + longest > inside

    def _longest_hint(self, name: str) -> str:
        was = f"was {self._shown[name]} · " if name in self._inputs else ""
        return f"{was}{hint(self._settable[name])}"

    def _field(self, index: int, name: str, spec: Spec) -> Input | Static:
        if is_fixed(spec):
            return Static(Content.styled(f" {shown(spec.get('value'))}", "$muted"), classes="fixed")
        self._inputs[name] = Input(self._shown[name], id=f"value-{index}", compact=True)
        return self._inputs[name]

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        """What the value was, or what is wrong with it, beside it while it is typed."""
        message.stop()
        name = next((one for one, field in self._inputs.items() if field is message.input), "")
        if not name:
            return
        spec, typed, before = self._settable[name], message.value.strip(), self._shown[name]
        self._say("")
        if typed == before:
            said = Content.styled(hint(spec), "$muted")
        else:
            try:
                parsed(spec, typed)
            except ValueError as error:
                said = Content.styled(f"✗ {error}", "$error")
            else:
                was = (f"was {before or 'not known'}", "$warning")
                said = Content.assemble(was, (f" · {hint(spec)}", "$muted"))
        self._hints[name].update(said)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._apply()

    @on(TextButton.Pressed)
    def _pressed(self, message: TextButton.Pressed) -> None:
        if message.name == "apply":
            self._apply()
        elif message.name == "history" and self._history is not None:
            self._history()
        else:
            self.dismiss(None)

    def action_leave(self) -> None:
        self.dismiss(None)

    def _apply(self) -> None:
        wanted: dict[str, Any] = {}
        for name, field in self._inputs.items():
            typed = field.value.strip()
            if typed == self._shown[name]:
                continue
            try:
                wanted[name] = parsed(self._settable[name], typed)
            except ValueError as error:
                self._say(f"✗ {text(name)}: {error}")
                field.focus()
                return
        if not wanted:
            self._say("Nothing was changed.")
        elif not (self._changed_meanwhile(wanted) or self._late(wanted)):
            self.dismiss({"set": wanted, "checkpoint": self._tick.on})

    def _changed_meanwhile(self, wanted: Mapping[str, Any]) -> bool:
        """Says once that somebody else has changed one of the values since this was opened."""
        now = self._now()
        for name in wanted:
            value = now.get(name, {}).get("value")
            if value != self._settable[name].get("value"):
                self._settable[name]["value"] = value
                said = f"{text(name)} was set to {shown(value)} meanwhile"
                self._say(f"{said}. Enter again sends yours.")
                return True
        return False

    def _late(self, wanted: Mapping[str, Any]) -> bool:
        """Says once which values count after a restart only."""
        late = {name for name in wanted if not is_live(self._settable[name])} - self._warned
        if late:
            self._warned |= late
            names = ", ".join(map(text, sorted(late)))
            self._say(f"{names}: needs a restart to count. Enter again sends it.")
        return bool(late)

    def _say(self, problem: str) -> None:
        self.query_one("#problem", Static).update(Content.styled(problem, "bold $error"))
