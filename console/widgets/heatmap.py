"""A family of metrics as a heatmap: rows are its members, columns are steps, shades are values.

`show` gives it a picture; `room` says how many columns of cells there are for a family. A value is
told by shade and colour, so that it can be read without colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widget import Widget

from console.core import format as fmt
from console.core.heatmap import share, shortened
from console.widgets.chart import VALUE, nothing, quiet
from console.widgets.frame import Framed
from console.widgets.text import Part, fitted, joined, padded, spread

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.geometry import Size

    from console.core.heatmap import Cells, Family, Member, Picture

SHADES = " ░▒▓█"
FINE = 4
"""Shades of colour within one character; the character alone tells the fifth of the range."""
COVERED = 0.25
"""How much more of a cell each of SHADES covers than the one before."""
NOT_KNOWN = "·"
BELOW = 2
"""Lines below the rows: the steps and the scale."""
SCALE_CELLS = 20
LEAST_NAME = 4
TALL = 3
"""Lines a row has at most, where there are few."""
SHARE = 0.9
"""The part of the screen's height it may have."""
BORDER = 2
EMPTY_LINES = 3


def _ramp() -> Iterator[tuple[str, str]]:
    """(character, style) from the least to the greatest: the cell's background fills what the
    character leaves free, up to what the next one covers."""
    for index, character in enumerate(SHADES):
        free = 1.0 - COVERED * index
        for fine in range(FINE):
            behind = 0.0 if free == 0 else COVERED * fine / FINE / free
            yield character, f"$primary on $primary {behind:.0%}" if behind else "$primary"


RAMP = tuple(_ramp())


class Heatmap(Framed, Widget, can_focus=True):
    """The picture, with the keys that scroll its rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("up,k", "scroll_rows(-1)", "Up"),
        ("down,j", "scroll_rows(1)", "Down"),
        ("pageup", "page(-1)", "Page up"),
        ("pagedown", "page(1)", "Page down"),
        ("home", "scroll_rows(-1000000)", "First"),
        ("end", "scroll_rows(1000000)", "Last"),
    ]
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.picture: Picture | None = None
        self._family: Family | None = None
        self._place = ""
        self._top = 0

    def begin(self, family: Family | None, place: str) -> None:
        """Another family is read: its picture is not there yet. `place`: which of how many."""
        if family is None or self._family is None or family.title != self._family.title:
            self._top, self.picture = 0, None
        self._family, self._place = family, place
        self._renew()
        self.refresh(layout=True)

    def show(self, picture: Picture) -> None:
        """Shows what was read."""
        self.picture, self._family = picture, picture.family
        self._renew()

    def room(self, family: Family) -> int:
        """Columns of cells there are for this family."""
        return max(0, self.size.width - self._name_cells(family) - 1)

    def on_resize(self) -> None:
        self._renew()

    def action_scroll_rows(self, rows: int) -> None:
        self._top += rows
        self._renew()

    def action_page(self, pages: int) -> None:
        self.action_scroll_rows(pages * max(1, self._rows - 1))

    def on_mouse_scroll_down(self) -> None:
        self.action_scroll_rows(3)

    def on_mouse_scroll_up(self) -> None:
        self.action_scroll_rows(-3)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As high as all rows, which are higher where there are few."""
        if self._family is None:
            return EMPTY_LINES
        return len(self._family.members) * self._tall + BELOW

    @property
    def _tall(self) -> int:
        """Lines of a row."""
        members = 1 if self._family is None else len(self._family.members)
        room = int(self.app.size.height * SHARE) - BORDER - BELOW
        return max(1, min(TALL, room // members))

    @property
    def _rows(self) -> int:
        """Rows there is room for."""
        return max(1, (self.size.height - BELOW) // self._tall)

    def _renew(self) -> None:
        members = () if self._family is None else self._family.members
        self._top = max(0, min(self._top, len(members) - self._rows))
        title = "HEATMAP" if self._family is None else f"HEATMAP {fmt.text(self._family.title)}"
        last = min(len(members), self._top + self._rows)
        shown = f"{self._top + 1}–{last} of {len(members)}" if members else ""
        keys = "↑↓ " if len(members) > self._rows else ""
        self.corners(title, self._place, f"{keys}{shown}", "Esc close")
        self.refresh()

    # the picture

    def render(self) -> Content:
        width, height = self.size
        picture = self.picture
        if picture is None or not picture.rows:
            why = "reading …" if picture is None and self._family else "nothing was recorded yet"
            return Content("\n").join(nothing([why], width, height))
        name, cells = self._name_cells(picture.family), self.room(picture.family)
        lines = [line for row in self._visible(picture) for line in self._row(*row, picture)]
        steps = spread(
            quiet(f"step {fmt.number(picture.low)}"), quiet(fmt.number(picture.high)), cells
        )
        lines += [steps.pad_left(name + 1), padded(_scale(picture, width), width)]
        return Content("\n").join(lines)

    def _visible(self, picture: Picture) -> Iterator[tuple[Member, Cells]]:
        end = self._top + self._rows
        yield from zip(
            picture.family.members[self._top : end], picture.rows[self._top : end], strict=True
        )

    def _row(self, member: Member, row: Cells, picture: Picture) -> list[Content]:
        """The lines of one member; its name stands in the first."""
        name, room = self._name_cells(picture.family), self.room(picture.family)
        cells = [*_cells(row, picture, room)]
        names = [_named(member.label, name), *[" " * name] * (self._tall - 1)]
        return [joined([(f"{text} ", "$muted"), *cells]) for text in names]

    def _name_cells(self, family: Family) -> int:
        longest = max(fmt.width(fmt.text(member.label)) for member in family.members)
        return min(longest, max(LEAST_NAME, self.size.width // 3))


def _named(label: str, cells: int) -> str:
    return fmt.pad(shortened(fmt.text(label), cells), cells)


def _cells(row: Cells, picture: Picture, cells: int) -> Iterator[tuple[str, str]]:
    """One row in `cells` cells, equal neighbours together."""
    looks = [_look(value, picture) for value in row]
    spread_out = (looks[cell * len(looks) // cells] for cell in range(cells))
    for (character, style), same in groupby(spread_out):
        yield character * sum(1 for _ in same), style


def _look(value: float | None, picture: Picture) -> tuple[str, str]:
    if value is None or picture.least is None or picture.greatest is None:
        return NOT_KNOWN, "$muted"
    return _shade(share(value, picture.least, picture.greatest))


def _shade(part: float) -> tuple[str, str]:
    return RAMP[min(len(RAMP) - 1, int(part * len(RAMP)))]


def _scale(picture: Picture, width: int) -> Content:
    """`0.012  ░▒▓█ 0.98   · not known   the newest value of each column`."""
    if picture.least is None or picture.greatest is None:
        return quiet(f"{NOT_KNOWN} not known")
    ramp = [_shade(cell / (SCALE_CELLS - 1)) for cell in range(SCALE_CELLS)]
    low, high = (_figure(value) for value in (picture.least, picture.greatest))
    scale = joined([(f"{low} ", VALUE), *ramp, (f" {high}", VALUE)])
    if picture.least == picture.greatest:
        scale = joined([(f"all {low}", VALUE)])
    parts = [
        Part(scale),
        Part(quiet(f"{NOT_KNOWN} not known"), 1),
        Part(quiet("the newest value of each column"), 2),
    ]
    return fitted(parts, width, "   ")


def _figure(value: float) -> str:
    return fmt.setting(float(f"{value:.3g}"))
