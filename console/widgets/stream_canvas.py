"""The picture of the stream: lines, hits, selection and frame as segments, row by row.

`Canvas.draw` builds the whole pane and costs only its visible rows; what was painted once is
kept. It also knows what lies under the mouse.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment

from console.core import format as say
from console.widgets.stream_border import (
    ASCII,
    UNICODE,
    Facts,
    Piece,
    Zone,
    corners,
    edge,
    thumb,
)
from console.widgets.stream_lines import Place, StreamLines, last_page, moved, unwrapped, wrapped
from console.widgets.stream_marks import Marks
from console.widgets.stream_select import Point, Selection
from console.widgets.stream_text import FOLDED, Painted, fitted, paint, styled_over
from console.widgets.stream_view import Viewport

if TYPE_CHECKING:
    from rich.style import Style

    from console.core.state import Output
    from console.widgets.stream_search import Search
    from console.widgets.stream_text import Palette

_KEPT = 1024
_LONGEST_PATTERN = 24
_LEAST_SIDED = 8
"""Columns below which the frame has no sides."""
_LEAST = 4
"""Columns below which nothing is drawn."""


class Canvas:
    """Draws what it is told: the attributes without underscore are set by the widget."""

    def __init__(self) -> None:
        self.lines = StreamLines()
        self.view = Viewport()
        self.marks = Marks()
        self.search: Search | None = None
        self.selection: Selection | None = None
        self.wrap = False
        self.bare = False
        self.focus = False
        self.bar_cells = 0
        """How much of the lower border a line to type into lies on."""
        self.cleared_line = 0
        """The first line that was not cleared away; 0 when none was."""
        self.places: list[Place] = []
        self.moved = 0
        """How many rows the text moved up since the picture before; 0 when it did not."""
        self._anchor = 0
        self._palette: Palette | None = None
        self._frames: tuple[Style, Style] | None = None
        self._painted: OrderedDict[bytes, Painted] = OrderedDict()
        self._fitted: OrderedDict[tuple[bytes, int], list[Segment]] = OrderedDict()
        self._fitted_for: tuple[object, ...] = ()
        self._zones: dict[int, list[Zone]] = {}
        self._size = (0, 0)
        self._signs = UNICODE

    def dress(self, palette: Palette, frame: Style, focused: Style, *, plain: bool) -> None:
        """Takes the colours of the theme; what was painted in others is dropped."""
        signs = ASCII if plain else UNICODE
        if (palette, (frame, focused), signs) == (self._palette, self._frames, self._signs):
            return
        self._palette, self._frames, self._signs = palette, (frame, focused), signs
        self._painted.clear()
        self._fitted.clear()

    @property
    def inner(self) -> tuple[int, int, int, int]:
        """Where the lines stand: x, y, width, height."""
        width, height = self._size
        if self.bare or width < _LEAST_SIDED:
            return 1, 0, max(0, width - 2), max(0, height - 1)
        return 2, 1, max(0, width - 4), max(0, height - 2)

    def draw(self, width: int, height: int, output: Output | None) -> list[list[Segment]]:
        """Every row of the pane, each exactly `width` cells."""
        self._size = (width, height)
        palette = self._palette
        if palette is None or self._frames is None or width <= 0 or height <= 0:
            return []
        if width < _LEAST:
            return [[Segment(" " * width, palette.base)]] * height
        frame = self._frames[1 if self.focus else 0]
        x, _y, inner_width, inner_height = self.inner
        before = self.places
        self._lay_out(inner_width, inner_height)
        self.moved = moved(before, self.places)
        self.places = self.places[:inner_height]
        rows = [self._row(place, inner_width, palette) for place in self.places]
        rows += [[Segment(" " * inner_width, palette.base)]] * (inner_height - len(rows))
        sides = self._right_side(inner_height, frame, palette)
        side_left = [Segment(self._signs.side, frame)] if x > 1 else []
        plain = [*side_left, Segment(" ", palette.base)]
        gutter = [[*side_left, sign] if sign else plain for sign in self._gutter(palette)]
        gutter += [plain] * (inner_height - len(gutter))
        parts = zip(gutter, rows, sides, strict=True)
        picture = [[*left, *row, *side] for left, row, side in parts]
        return self._framed(picture, output, palette, frame)

    def paint(self, row: bytes) -> Painted:
        """A row as text and styles, from what is kept where possible."""
        found = self._painted.get(row)
        if found is None:
            assert self._palette is not None, "dressed before it draws"
            found = self._painted[row] = paint(row, self._palette)
            if len(self._painted) > _KEPT:
                self._painted.popitem(last=False)
        return found

    def point_at(self, x: int, y: int) -> Point | None:
        """The place in the stream under a cell of the pane; None where there is no line."""
        left, top, width, _height = self.inner
        if not 0 <= y - top < len(self.places):
            return None
        place = self.places[y - top]
        return Point(place.line, place.left + min(max(0, x - left), max(0, width - 1)))

    def action_at(self, x: int, y: int) -> str:
        """The action of the word in the border under a cell; empty where there is none."""
        zones = self._zones.get(y, ())
        return next((action for start, end, action in zones if start <= x < end), "")

    def place_at(self, y: int) -> Place | None:
        """What stands in a row of the pane."""
        top = self.inner[1]
        return self.places[y - top] if 0 <= y - top < len(self.places) else None

    def top_line(self) -> int:
        """The line in view first, or what it was before there was none."""
        if self.lines.measure():
            self._anchor = self.lines.line(self.view.top)
        return self._anchor

    def keep_place(self, change: Callable[[], object]) -> None:
        """Does what gives lines other positions; what is in view stays there."""
        lines, view = self.lines, self.view
        self.top_line()
        change()
        lines.measure()
        cleared = lines.position(self.cleared_line) if self.cleared_line else 0
        view.rebase(lines.position(self._anchor), cleared)

    def widest(self) -> int:
        """Cells of the longest line in view."""
        return max((self.paint(place.row).width for place in self.places), default=0)

    def shown(self) -> int:
        """How many lines are in view, at least in part."""
        return self.places[-1].at - self.view.top + 1 if self.places else 0

    def _lay_out(self, width: int, height: int) -> None:
        lines, view = self.lines, self.view
        total = lines.measure()
        if not self.wrap:
            view.fit(total, height, lines.first)
            numbers, rows = lines.at(view.top, height)
            self.places = unwrapped(rows, view.top, view.left, numbers)
            return
        first = max(view.floor, total - height)
        _, rows = lines.at(first, height)
        last_top = last_page(rows, first + len(rows), width, height, self.paint)
        view.fit(total, height, lines.first, last_top)
        numbers, rows = lines.at(view.top, height)
        end = view.top >= last_top
        self.places = wrapped(rows, view.top, width, height, self.paint, numbers, end=end)

    def _row(self, place: Place, width: int, palette: Palette) -> list[Segment]:
        """One line of text, with hits and selection; kept while it has none of its own."""
        wanted = (width, self.wrap, self.search and self.search.pattern)
        if self._fitted_for != wanted:
            self._fitted_for = wanted
            self._fitted.clear()
        current = self.search is not None and self.search.current == place.line - 1
        cells = self.selection.cells(place.line) if self.selection else None
        key, alone = (place.row, place.left), not current and cells is None
        if alone and key in self._fitted:
            return self._fitted[key]
        painted = self.paint(place.row)
        runs: Sequence[tuple[int, Style]] = painted.runs
        if self.search:
            style = palette.current if current else palette.match
            runs = styled_over(runs, self.search.spans(painted.text), style)
        if cells is not None:
            span = (painted.character(cells[0]), painted.character(cells[1]))
            runs = styled_over(runs, [span], palette.selection)
        row = fitted(painted, runs, place.left, width, palette, cut=not self.wrap)
        if alone:
            self._fitted[key] = row
            if len(self._fitted) > _KEPT:
                self._fitted.popitem(last=False)
        return row

    def _gutter(self, palette: Palette) -> list[Segment | None]:
        """What stands before each line: a bookmark, where one went to, a traceback that folds."""
        signs, marks = self._signs, self.marks
        found: list[Segment | None] = []
        for place in self.places:
            sign = None
            if place.line - 1 in marks:
                sign = Segment(signs.mark, palette.mark)
            elif place.line == marks.spot:
                sign = Segment(signs.spot, palette.title)
            elif place.row.startswith(FOLDED):
                sign = Segment(signs.folded, palette.error)
            elif self.lines.begins_traceback(place):
                whole = self.lines.whole
                is_open = whole is None or whole.at(place.line) is not None
                sign = Segment(signs.unfolded if is_open else signs.folded, palette.muted)
            found.append(sign)
        return found

    def _right_side(self, height: int, frame: Style, palette: Palette) -> list[list[Segment]]:
        """The right edge of each line: border and scrollbar with marks of hits in one."""
        view, signs = self.view, self._signs
        bar = thumb(height, view.floor, view.total, view.top, self.shown())
        sided = self.inner[0] > 1
        hits, marks = self._marked(height)
        rows = []
        for y in range(height):
            if y in bar:
                end = Segment(signs.thumb, palette.title)
            else:
                end = Segment(signs.side if sided else " ", frame)
            if y in hits:
                end = Segment(signs.hit if y not in bar else signs.thumb, palette.match_mark)
            if y in marks:
                end = Segment(signs.mark, palette.mark)
            rows.append([Segment(" ", palette.base), end] if sided else [end])
        return rows

    def _marked(self, height: int) -> tuple[set[int], set[int]]:
        """Rows of the scrollbar that stand for a part of the log with a hit, and with a bookmark
        in it."""
        hits, marks = set[int](), set[int]()
        search = self.search if self.search is not None and len(self.search) else None
        if search is None and not len(self.marks):
            return hits, marks
        floor, span = self.view.floor, max(self.view.total - self.view.floor, height)
        edges = [self.lines.line(floor + y * span // height) - 1 for y in range(height + 1)]
        for y in range(height):
            if search is not None and search.any_in(edges[y], edges[y + 1]):
                hits.add(y)
            if self.marks.any_in(edges[y], edges[y + 1]):
                marks.add(y)
        return hits, marks

    def _framed(
        self,
        picture: list[list[Segment]],
        output: Output | None,
        palette: Palette,
        frame: Style,
    ) -> list[list[Segment]]:
        width, _height = self._size
        signs, view = self._signs, self.view
        chosen = self.lines.filter
        facts = Facts(
            lines=self.lines.end - 1,
            below=view.below(self.shown()),
            follow=view.follow,
            cleared=view.cleared,
            output=output,
            search=self._found(),
            selecting=self.selection is not None and not self.selection.empty,
            bare=not self.inner[1],
            shown=None if chosen is None or chosen.error else view.total,
            filtering=chosen is not None and not chosen.done,
            filter=say.cut(chosen.says(), _LONGEST_PATTERN) if chosen is not None else "",
            level=chosen.level if chosen is not None else "",
        )
        words = corners(facts, width, signs)
        ends = signs.corners if self.inner[0] > 1 else signs.rule * 4
        bottom_left = [Piece(" " * self.bar_cells)] if self.bar_cells else words[2]
        bottom, zones = edge(bottom_left, words[3], width, palette, frame, ends[2:])
        self._zones = {len(picture): zones}
        if self.inner[1]:
            top, zones = edge(words[0], words[1], width, palette, frame, ends[:2])
            self._zones = {0: zones, len(picture) + 1: self._zones[len(picture)]}
            picture.insert(0, top)
        picture.append(bottom)
        return picture[-self._size[1] :]

    def _found(self) -> str:
        if self.search is None:
            return ""
        return f"/{say.cut(self.search.pattern.text, _LONGEST_PATTERN)} {self.search.count()}"
