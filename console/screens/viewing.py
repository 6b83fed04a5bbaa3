"""The configuration as a page: coloured, masked, with a search in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.geometry import Region
from textual.widgets import Input, Static

from console.core.format_text import text
from console.core.recognition import told
from console.screens.modal import Modal
from console.widgets.frame import Framed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.screens.commanding import Commanding

MOST_COLOURED = 100_000
"""Characters of a file that is coloured; a larger one would make the screen wait."""


class Sheet(Framed, ScrollableContainer):
    """The frame; lines are not wrapped, so that indentation can be read."""


class Viewing(Modal[None]):
    """Lines of YAML to read. / searches, n and N go on, y copies all."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "Close"),
        ("q", "dismiss", "Close"),
        ("slash,ctrl+f", "search", "Search"),
        ("n", "hit(1)", "Next"),
        ("N", "hit(-1)", "Previous"),
        ("y,ctrl+c", "copy", "Copy"),
    ]
    AUTO_FOCUS = "Sheet"

    def __init__(self, title: str, lines: Sequence[str], note: str = "") -> None:
        super().__init__()
        self._title, self._note = title, note
        self._plain = [text(line) if line.strip() else "" for line in lines]
        self._coloured = coloured(self._plain)
        self._hits: list[int] = []
        self._at = 0
        self._page, self._body = Sheet(), Static("", id="yaml")

    def compose(self) -> ComposeResult:
        with self._page:
            yield self._body
        field = Input(placeholder="search", id="find", compact=True)
        field.display = False
        yield field

    def on_mount(self) -> None:
        self._draw()

    def _draw(self) -> None:
        typed = self.query_one("#find", Input).value
        shown = list(self._coloured)
        for number, line in enumerate(self._hits):
            style = "reverse bold $warning" if number == self._at else "reverse $warning"
            start = _fold(self._plain[line], typed).find(_fold(typed, typed))
            shown[line] = shown[line].stylize(style, start, start + len(typed))
        self._body.update(Content("\n").join(shown))
        count = f"{self._at + 1}/{len(self._hits)}" if self._hits else "no hit"
        found = f"/{text(typed)} {count}" if typed else self._note
        self._page.corners(self._title, found, "/ search  y copy", "Esc close")

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        word = message.value
        wanted = _fold(word, word)
        self._hits = [
            index for index, line in enumerate(self._plain) if word and wanted in _fold(line, word)
        ]
        self._at = 0
        self._draw()
        self._go()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        """The line of the search goes, its hits stay."""
        self.query_one("#find").display = False
        self._page.focus()

    def action_search(self) -> None:
        field = self.query_one("#find", Input)
        field.display = True
        field.focus()

    def action_hit(self, by: int) -> None:
        if self._hits:
            self._at = (self._at + by) % len(self._hits)
            self._draw()
            self._go()

    def _go(self) -> None:
        if self._hits:
            line = self._hits[self._at]
            word = self.query_one("#find", Input).value
            start = max(0, _fold(self._plain[line], word).find(_fold(word, word)))
            where = Region(start, line, len(word), 1)
            self._page.scroll_to_region(where, animate=False, force=True, immediate=True)

    def action_leave(self) -> None:
        """Leaves the search first, then the page."""
        field = self.query_one("#find", Input)
        if field.display:
            field.value, field.display = "", False
            self._page.focus()
        else:
            self.dismiss(None)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard("\n".join(self._plain))


def coloured(lines: Sequence[str]) -> list[Content]:
    """Lines of YAML with their colours."""
    if sum(map(len, lines)) > MOST_COLOURED:
        return [Content(line) for line in lines]
    from textual.highlight import highlight  # it brings pygments, which takes its time

    found = highlight("\n".join(lines), language="yaml").split("\n", allow_blank=True)
    parts = [*found, *([Content("")] * len(lines))]
    return parts[: len(lines)]


def _fold(line: str, typed: str) -> str:
    """Capitals count only where some are typed."""
    return line if typed != typed.lower() else line.lower()


def view(screen: Commanding) -> None:
    """Opens the file as the run was started with it."""
    session, state = screen.session, screen.session.link.state
    name = text(state.configuration.filename or "configuration")
    found, note = session.config_text(), "as started"
    files = session.configurations()
    if files is not None:
        try:
            found, note = files.shown()
        except (OSError, ValueError) as error:
            found, note = f"# {error}", "cannot be read"
    lines = ["# the frozen copy cannot be read"] if found is None else found.splitlines()
    understood = [f"# {label}: {said}" for label, said in told(state)]
    if understood:
        lines += ["", *understood]
    screen.app.push_screen(Viewing(f"CONFIG {name}", lines, note))
