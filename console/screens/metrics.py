"""The metrics of the run, to choose the one a chart shows; hundreds are found by typing."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from console.core.format_text import text
from console.core.metric_names import listed, words_of
from console.screens.dialog import Window
from console.screens.modal import Modal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

OWN = "own"
"""The line that brings the chart's own content back."""


class Metrics(Modal[str | None]):
    """Asks for a metric; the answer is its name, `""` for the chart's own, None for no change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "Close"),
        ("up", "move(-1)", "Up"),
        ("down", "move(1)", "Down"),
    ]
    AUTO_FOCUS = "Input"

    def __init__(self, title: str, names: Sequence[str], now: str) -> None:
        """`now`: the metric that stands in place of the chart's own, if one does."""
        super().__init__()
        self._title, self._names, self._now = title, names, now
        self._answers: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        with Window(id="metrics") as window:
            window.corners(f"METRIC FOR {self._title}", f"{len(self._names):,} recorded",
                           "type to find  Enter choose", "Esc close")  # fmt: skip
            yield Input(placeholder="type a part of its name", id="filter")
            yield OptionList(markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self._list("")

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        self._list(message.value)

    def _list(self, typed: str) -> None:
        options, self._answers = [], {}
        if self._now and not typed.strip():
            options.append(Option("the chart's own content again", id=OWN))
        lines, left = listed(self._names, typed)
        for number, line in enumerate(lines):
            self._answers[str(number)] = words_of(line.name) if line.count else line.name
            mark = "● " if line.name == self._now else "  "
            shown = (
                Content.assemble("▸ ", text(line.name), (f"  {line.count} alike", "$muted"))
                if line.count
                else Content.assemble(mark, text(line.name))
            )
            options.append(Option(shown, id=("group-" if line.count else "one-") + str(number)))
        if left:
            options.append(Option(f"{left:,} more: type to find them", disabled=True))
        if not lines:
            said = "no metric has these words" if typed.strip() else "nothing is recorded yet"
            options.append(Option(said, disabled=True))
        found = self.query_one(OptionList)
        found.clear_options()
        found.add_options(options)
        found.highlighted = next((i for i, one in enumerate(options) if not one.disabled), None)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.query_one(OptionList).action_select()

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        kind, _, number = (message.option.id or "").partition("-")
        if kind == OWN:
            self.dismiss("")
        elif kind == "group":
            typed = self.query_one(Input)
            typed.value = f"{self._answers[number]} "
            typed.focus()
            typed.cursor_position = len(typed.value)
        else:
            self.dismiss(self._answers[number])

    def action_move(self, by: int) -> None:
        """The arrows go through the list while one types."""
        found = self.query_one(OptionList)
        if by < 0:
            found.action_cursor_up()
        else:
            found.action_cursor_down()

    def action_leave(self) -> None:
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """A click beside it closes it."""
        if event.widget is self:
            self.dismiss(None)
