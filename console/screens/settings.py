"""The settings: each acts at once and is kept. What is wrong with the file is told on top."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from console.core.format_text import text
from console.screens.choosing import Choosing
from console.screens.modal import Modal
from console.screens.settings_rows import ROWS, Row
from console.widgets.frame import Framed

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.core.settings import Settings

LABEL_WIDTH = 18


class Box(Framed, Vertical):
    """The frame around the list and the explanation below it."""


class Choices(OptionList):
    """The list in it."""


class SettingsScreen(Modal[None]):
    """The list of settings. `doors` opens what is larger than a value, by the id of its row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,comma", "leave", "Close"),
        ("right,space", "change(1)", "Next"),
        ("left", "change(-1)", "Previous"),
    ]
    AUTO_FOCUS = "Choices"

    def __init__(self, doors: dict[str, Callable[[], None]]) -> None:
        super().__init__()
        self._doors = doors
        self._rows = [row for row in ROWS if row.values or row.id in doors]

    def compose(self) -> ComposeResult:
        with Box() as box:
            box.corners("SETTINGS", "kept for all runs", "←→ change  Enter next", "Esc close")
            yield Static(self._problems(), id="wrong")
            yield Choices(markup=False)
            yield Static(id="explained")

    def on_mount(self) -> None:
        super().on_mount()
        self._list()

    def on_screen_resume(self) -> None:
        self._list()

    @property
    def _app(self) -> Choosing:
        assert isinstance(self.app, Choosing)
        return self.app

    def _problems(self) -> Content:
        lines = [Content.styled(f"✗ {text(line)}", "$error") for line in self._app.wrong()]
        return Content("\n").join(lines)

    def _list(self) -> None:
        """Writes the values anew; the chosen row stays."""
        listed, settings = self.query_one(Choices), self._app.settings
        options = [Option(_line(row, settings, self._note(row)), id=row.name) for row in self._rows]
        at = listed.highlighted
        listed.clear_options()
        listed.add_options(options)
        listed.highlighted = at or 0
        wrong = self.query_one("#wrong", Static)
        wrong.update(self._problems())
        wrong.display = bool(self._app.wrong())

    def _note(self, row: Row) -> str:
        """What holds now where the value alone does not say it."""
        app = self._app
        if row.id == "theme" and app.display_facts.theme:
            return f"now {text(app.theme)}, by --theme"
        if row.id == "theme" and app.no_color:
            return "no colours now: NO_COLOR"
        if row.id == "ascii":
            return "on now" if app.is_ascii else "off now"
        if row.id == "keymap":
            count = len(app.settings.keymap)
            return f"{count} changed" if count else ""
        return ""

    @on(OptionList.OptionHighlighted)
    def _explain(self, message: OptionList.OptionHighlighted) -> None:
        row = next(row for row in self._rows if row.name == message.option.id)
        self.query_one("#explained", Static).update(Content.styled(row.help, "$muted"))

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.action_change(1)

    def action_change(self, by: int) -> None:
        """The next value of the chosen row, or what is behind it."""
        at = self.query_one(Choices).highlighted
        row = self._rows[at or 0]
        if row.values:
            self._app.change_settings(**{row.id: row.after(self._app.settings, by)})
            self._list()
        elif by > 0:
            self._doors[row.id]()

    def action_leave(self) -> None:
        self.dismiss(None)


def _line(row: Row, settings: Settings, note: str) -> Content:
    return Content.assemble(
        f"{row.label:<{LABEL_WIDTH}}",
        (row.word(settings), "bold"),
        (f"   {note}" if note else "", "$muted"),
    )
