"""A menu over the screen: the context menu of a panel, or what can be done with something.

`Menu(title, entries)` is pushed as a screen; its answer is the id of an entry, or None. What
cannot be chosen now is dimmed and says why. A letter chooses its entry at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.content import Content
from textual.geometry import Offset, Size
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
FRAME = 2
"""Rows of the border."""


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

    def __init__(
        self, title: str, entries: Sequence[Entry], *, foot: str = "", at: Offset | None = None
    ) -> None:
        """`at` is the cell of the screen it is about; None: it opens in the middle."""
        super().__init__()
        self._title, self._entries, self._foot = text(title), tuple(entries), foot
        self._at = at

    def compose(self) -> ComposeResult:
        width = max((len(text(entry.label)) for entry in self._entries), default=0)
        listed = Entries(*(_option(entry, width) for entry in self._entries), markup=False)
        listed.corners(self._title, "", self._foot, "Esc close")
        longest = max((len(_line(entry, width).plain) for entry in self._entries), default=0)
        listed.styles.width = max(longest + MARGIN, len(self._title) + len(self._foot) + 20)
        if self._at is not None:
            self.styles.align = ("left", "top")
        self._list = listed
        self._place(self.app.size)
        yield listed

    def on_resize(self, event: events.Resize) -> None:
        self._place(event.size)

    def _place(self, room: Size) -> None:
        """Puts it where it was asked for, on a screen of this size."""
        if self._at is None:
            return
        wanted = self._list.styles.width
        width = min(int(wanted.value) if wanted is not None else 0, room.width * 96 // 100)
        height = min(len(self._entries) + FRAME, room.height * 90 // 100)
        self._list.styles.offset = placed(self._at, Size(width, height), room)

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


def placed(at: Offset, size: Size, room: Size) -> Offset:
    """Where a menu of this size about the cell `at` begins: below it, else above it, on the screen
    in any case, and beside the line it is about if it can."""
    x = max(0, min(at.x, room.width - size.width))
    if at.y + 1 + size.height <= room.height:
        return Offset(x, at.y + 1)
    if size.height <= at.y < room.height:
        return Offset(x, at.y - size.height)
    return Offset(x, max(0, room.height - size.height))


def _option(entry: Entry, width: int) -> Option:
    return Option(_line(entry, width), id=entry.id, disabled=bool(entry.reason))


def _line(entry: Entry, width: int) -> Content:
    label = f"{text(entry.label):<{width}}"
    if entry.reason:
        return Content.assemble((label, "$muted"), (f"  {text(entry.reason)}", "$muted italic"))
    return Content.assemble(label, (f"  {entry.key}" if entry.key else "", "$muted"))
