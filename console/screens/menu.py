"""A menu over the screen: the context menu of a panel, or what can be done with something.

`Menu(title, entries)` is pushed as a screen; its answer is the id of an entry, or None. What
cannot be chosen now is dimmed and says why. A letter chooses its entry at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from console.core.format_text import text
from console.screens.modal import Modal
from console.widgets.frame import Framed
from console.widgets.keyname import key_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

MARGIN = 6
"""Cells beside the text: frame, padding, the column of letters."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a menu."""

    id: str
    label: str
    key: str = ""
    """A letter that chooses it while the menu is open, or the name of a key to tell."""
    reason: str = ""
    """Why it cannot be chosen now."""


class Entries(Framed, OptionList):
    """The list in its frame."""


class Menu(Modal[str | None]):
    """Asks for one of some entries."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape,q", "leave", "Close")]
    AUTO_FOCUS = "Entries"

    def __init__(self, title: str, entries: Sequence[Entry], *, foot: str = "") -> None:
        super().__init__()
        self._title, self._entries, self._foot = text(title), tuple(entries), foot

    def compose(self) -> ComposeResult:
        width = max((len(text(entry.label)) for entry in self._entries), default=0)
        listed = Entries(*(_option(entry, width) for entry in self._entries), markup=False)
        listed.corners(self._title, "", self._foot, "Esc close")
        longest = max((len(_line(entry, width).plain) for entry in self._entries), default=0)
        listed.styles.width = max(longest + MARGIN, len(self._title) + len(self._foot) + 20)
        yield listed

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(message.option.id)

    def on_key(self, event: events.Key) -> None:
        """A letter of an entry; Enter is that of the chosen one."""
        if event.key == "enter":
            return
        for entry in self._entries:
            if entry.key in (event.character, key_name(event.key)) and not entry.reason:
                event.stop()
                self.dismiss(entry.id)
                return

    def on_click(self, event: events.Click) -> None:
        """A click beside the menu closes it."""
        if event.widget is self:
            self.dismiss(None)

    def action_leave(self) -> None:
        self.dismiss(None)


def _option(entry: Entry, width: int) -> Option:
    return Option(_line(entry, width), id=entry.id, disabled=bool(entry.reason))


def _line(entry: Entry, width: int) -> Content:
    label = f"{text(entry.label):<{width}}"
    if entry.reason:
        return Content.assemble((label, "$muted"), (f"  {text(entry.reason)}", "$muted italic"))
    return Content.assemble(label, (f"  {entry.key}" if entry.key else "", "$muted"))
