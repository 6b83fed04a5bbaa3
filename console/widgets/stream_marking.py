"""Bookmarks, folded tracebacks, and the menu of the stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from console.core.sources import SearchPattern
from console.widgets.keyname import key_of
from console.widgets.stream_filtering import Filtering
from console.widgets.stream_folds import Fold, found_around, found_at, starts
from console.widgets.stream_hits import portions
from console.widgets.stream_picking import NO_LINE
from console.widgets.stream_text import FOLDED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from textual import events
    from textual.geometry import Offset

    from console.widgets.stream_lines import Place


_BREATH_SECONDS = 0.001
"""Between two slices, so that keys and rows come in between."""
_HEAD = SearchPattern("Traceback (most recent call last)")


class Marking(Filtering):
    """A pane with bookmarks and folds."""

    _heads: Iterator[Sequence[int]] | None = None

    class Marked(Message, namespace="stream"):
        """A row has a bookmark now, or none any more."""

        def __init__(self, row: int, is_set: bool) -> None:
            super().__init__()
            self.row = row
            self.is_set = is_set

    class MenuRequested(Message, namespace="stream"):
        """The menu is wanted; `at` is the cell of the screen that was pointed at."""

        def __init__(self, at: Offset | None = None) -> None:
            super().__init__()
            self.at = at

    def take_marks(self, rows: Iterable[int]) -> None:
        """Shows the bookmarks that were kept."""
        self.canvas.marks.take(rows)
        self.changed()

    def action_mark(self) -> None:
        """Sets a bookmark at the line at hand, or takes it away."""
        place = self.at_hand()
        if place is not None:
            self._mark(place.line)
        else:
            self.notify(NO_LINE, markup=False)

    def action_next_mark(self) -> None:
        """Goes to the next bookmark that is shown; after the last one to the first."""
        canvas, place = self.canvas, self.at_hand()
        if not len(canvas.marks):
            self.notify(f"no bookmark yet; {key_of('mark')} sets one", markup=False)
            return
        line = 0 if place is None else place.line
        row = line - 1 if line == canvas.marks.spot or canvas.view.follow else line - 2
        for found in canvas.marks.after(row):
            if canvas.lines.filter is None or canvas.lines.is_shown(found + 1):
                if found + 1 == canvas.marks.spot and len(canvas.marks) == 1:
                    self.notify("this is the only bookmark", markup=False)
                self.go_to(found)
                return
        self.notify("the filter hides all bookmarks; Esc shows all lines", markup=False)

    def action_fold(self) -> None:
        """Folds the traceback at hand, or unfolds it."""
        if self.canvas.lines.filter is not None:
            self.notify("a filter shows single lines; Esc shows all, to fold them", markup=False)
            return
        fold = self.fold_at_hand()
        if fold is None:
            self.notify(
                f"no traceback is in view; {key_of('next_error')} goes to the next error",
                markup=False,
            )
        else:
            self._turn(fold)

    def action_fold_all(self) -> None:
        """Folds every traceback of the log, a portion at a time."""
        lines = self.canvas.lines
        if lines.source is not None and lines.filter is None:
            self._heads = portions(lines.source, _HEAD, 0)
            self._fold_on()

    def action_unfold_all(self) -> None:
        """Shows all lines of all tracebacks."""
        self._heads = None
        self.canvas.keep_place(self.canvas.lines.folds.clear)
        self.changed()

    def fold_at_hand(self) -> Fold | None:
        """The traceback a key is meant for, folded or not: that of the line at hand, else the last
        one in view."""
        lines, place = self.canvas.lines, self.at_hand()
        if place is None or lines.filter is not None:
            return None
        found = lines.folds.at(place.line) or found_around(lines.get, place.line)
        if found is not None:
            return found
        for other in reversed(self.canvas.places):
            if other.row.startswith(FOLDED):
                return lines.folds.at(other.line)
            if starts(other.row) and (found := found_around(lines.get, other.line)):
                return found
        return None

    def action_menu(self) -> None:
        self.menu_at(None)

    def menu_at(self, at: Offset | None) -> None:
        self.post_message(self.MenuRequested(at))

    def clicked(self, place: Place, event: events.Click) -> None:
        """A click beside a traceback or on a folded one turns it over; a double click sets a
        bookmark. The third click in a row means the line, so that the second meant nothing."""
        super().clicked(place, event)
        gutter = event.x < self.canvas.inner[0]
        if event.chain in (2, 3) and not event.meta and not gutter:
            self._mark(place.line)
        elif event.chain == 1 and (gutter or place.row.startswith(FOLDED)):
            lines = self.canvas.lines
            if lines.filter is None and (
                fold := lines.folds.at(place.line) or found_at(lines.get, place.line)
            ):
                self._turn(fold)

    def _fold_on(self) -> None:
        """Folds what one slice of the log has, and comes back for the next one."""
        portion = None if self._heads is None else next(self._heads, None)
        if portion is None:
            self._heads = None
            return
        lines = self.canvas.lines
        found: list[Fold] = []
        for row in portion:
            # The next of a chain is in the fold of the whole chain.
            if not found or row + 1 >= found[-1].end:
                fold = found_at(lines.get, row + 1)
                found += [fold] if fold is not None else []
        if found:
            self.canvas.keep_place(lambda: lines.folds.add(*found))
            self.changed()
        self.set_timer(_BREATH_SECONDS, self._fold_on)

    def _mark(self, line: int) -> None:
        """Sets or takes away the bookmark of a line; the command and live rows have none."""
        if not 1 <= line < self.canvas.lines.settled:
            return
        is_set = self.canvas.marks.toggle(line - 1)
        self.canvas.marks.spot = line
        self.post_message(self.Marked(line - 1, is_set))
        self.changed()

    def _turn(self, fold: Fold) -> None:
        """Folds lines, or shows them again."""
        lines = self.canvas.lines
        is_folded = lines.folds.at(fold.head) == fold
        change = lines.folds.open if is_folded else lines.folds.add
        self.canvas.keep_place(lambda: change(fold))
        self.canvas.marks.spot = fold.head
        self.changed()
