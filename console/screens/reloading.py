"""The configuration file read again: what differs, key by key, and what of it applies now.

Its answer is the arguments of one order, or None. A file that cannot be read changes nothing.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.core.changes import shown
from console.core.format_text import pad, text, width
from console.core.reloading import Difference, When, counted, judged, to_set
from console.screens import steering
from console.screens.dialog import Window
from console.screens.hyperparameters import FIRST, FIRST_NOTE
from console.screens.modal import Modal
from console.widgets.text_button import TextButton
from console.widgets.tick import Tick

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.core.config_diff import Change
    from console.screens.commanding import Commanding

STYLES: dict[When, str] = {
    When.NOW: "bold $success",
    When.RESTART: "$warning",
    When.SAME: "$muted",
    When.REFUSED: "bold $error",
}
PATH_WIDTH = 40
LONGEST_VALUE = 60
AGREES = "The file says what this run began with."


class Reload(Modal[dict[str, Any] | None]):
    """Shows what differs, and asks whether it is to be applied."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q", "leave", "Close")]
    AUTO_FOCUS = "#do-close"

    def __init__(
        self,
        name: str,
        read: Callable[[], Sequence[Change]],
        judge: Callable[[Sequence[Change]], list[Difference]],
        *,
        unsaved: str | None,
        barred: str = "",
    ) -> None:
        """`read` is called in a thread; `barred` says why nothing can be applied from here."""
        super().__init__()
        self._name, self._read, self._judge, self._barred = name, read, judge, barred
        self._found: list[Difference] = []
        self._tick = Tick(FIRST, reason=unsaved or "", note=FIRST_NOTE)
        self._window = Window()

    def compose(self) -> ComposeResult:
        with self._window as window:
            window.corners(f"RELOAD {text(self._name)}", "reading…", "", "Esc close")
            with VerticalScroll(classes="body", can_focus=False):
                yield Static("", id="found")
            yield self._tick
            with Horizontal(classes="buttons"):
                yield TextButton("close", "Close")
                yield TextButton("apply", "Apply", "bold $primary")

    def on_mount(self) -> None:
        self._tick.display = False
        self.query_one("#do-apply").display = False
        self._begin()

    @work(thread=True, exclusive=True)
    def _begin(self) -> None:
        try:
            found: Sequence[Change] | Exception = self._read()
        except (ValueError, OSError) as error:
            found = error
        self.app.call_from_thread(self._show, found)

    def _show(self, found: Sequence[Change] | Exception) -> None:
        if not self.is_mounted:
            return
        said = self.query_one("#found", Static)
        if isinstance(found, Exception):
            self._frame("nothing changed")
            head = Content.styled("The file cannot be read as a configuration:", "bold $error")
            lines = [Content(text(line)) for line in str(found).splitlines()]
            said.update(Content("\n").join([head, Content(""), *lines]))
            return
        self._found = self._judge(found)
        self._frame(counted(self._found))
        said.update(Content("\n").join(_lines(self._found, self._barred)))
        if to_set(self._found) and not self._barred:
            self._tick.display = True
            apply = self.query_one("#do-apply", TextButton)
            apply.display = True
            # What can be answered only now must be seen first.
            self._seen_at = math.inf
            apply.focus()
            self.call_after_refresh(self._seen)

    def _frame(self, note: str) -> None:
        self._window.corners(f"RELOAD {text(self._name)}", note, "", "Esc close")

    @on(TextButton.Pressed)
    def _pressed(self, message: TextButton.Pressed) -> None:
        if message.name == "apply" and time.monotonic() >= self._seen_at:
            self.dismiss({"set": to_set(self._found), "checkpoint": self._tick.on})
        else:
            self.dismiss(None)

    def action_leave(self) -> None:
        self.dismiss(None)


def reload(screen: Commanding) -> None:
    """Opens it; what is answered is ordered."""
    session = screen.session
    state = session.link.state
    asked = Reload(
        state.configuration.filename or "configuration",
        session.config_changes,
        lambda found: judged(found, session.link.state),
        unsaved=steering.why_unsaved(state),
        barred=_barred(screen),
    )
    screen.app.push_screen(asked, lambda args: screen.order("set", args) if args else None)


def _barred(screen: Commanding) -> str:
    state = screen.session.link.state
    if state.ended:
        return f"the run is {state.status}"
    return screen.session.read_only


def difference_lines(found: Sequence[Difference]) -> list[Content]:
    """A line a setting: path, old → new, what becomes of it."""
    long = min(PATH_WIDTH, max((width(text(one.path)) for one in found), default=0))
    values = [f"{_value(one.old)} → {_value(one.new)}" for one in found]
    room = min(LONGEST_VALUE, max(map(width, values), default=0))
    return [
        Content.assemble(
            (f"{pad(text(one.path), long)}  ", "bold"),
            f"{pad(value, room)}  ",
            (f"{one.when}{f': {text(one.reason)}' if one.reason else ''}", STYLES[one.when]),
        )
        for one, value in zip(found, values, strict=True)
    ]


def _lines(found: Sequence[Difference], barred: str) -> list[Content]:
    if not found:
        return [Content(AGREES)]
    lines = difference_lines(found)
    if any(one.when is When.RESTART for one in found):
        said = "What needs a restart takes effect in a new run: train --config, or --resume."
        lines += [Content(""), Content.styled(said, "$muted")]
    if barred and to_set(found):
        lines += [
            Content(""),
            Content.styled(f"Nothing can be applied: {text(barred)}", "$warning"),
        ]
    return lines


def _value(value: object) -> str:
    return "not set" if value is None else shown(value)
