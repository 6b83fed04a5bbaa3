"""Bookmarks, folded tracebacks, and the menu of the stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from console.core.sources import SearchPattern
from console.widgets.keyname import key_of
from console.widgets.stream_filtering import Filtering
from console.widgets.stream_folds import Fold, found_around, found_at
from console.widgets.stream_hits import portions
from console.widgets.stream_picking import NO_LINE
from console.widgets.stream_text import FOLDED
from console.widgets.stream_whole import belonging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from textual import events
    from textual.geometry import Offset

    from console.widgets.stream_lines import Place
    from console.widgets.stream_whole import Whole


_BREATH_SECONDS = 0.001
"""Between two slices, so that keys and rows come in between."""
_HEAD = SearchPattern("Traceback (most recent call last)")


class Marking(Filtering):
    """A pane with bookmarks and folds."""

    _heads: Iterator[Sequence[int]] | None = None
    _folding: Whole | None = None
    """What was shown of the log when all were to be folded or unfolded."""

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
        """Folds the traceback at hand, or unfolds it; with a filter on, unfolded are all its
        lines, folded those that pass."""
        fold = self.fold_at_hand()
        if fold is None:
            self.notify(
                f"no traceback is in view; {key_of('next_error')} goes to the next error",
                markup=False,
            )
        else:
            self._turn(fold)

    def action_fold_all(self) -> None:
        """Folds every traceback of the log, a portion at a time; of a filter at once."""
        lines = self.canvas.lines
        if lines.whole is not None:
            self._heads = None
            self._tell_all(lines.whole.count, "folded")
            self.canvas.keep_place(lines.whole.close)
            self.changed()
        else:
            self._begin_all()

    def action_unfold_all(self) -> None:
        """Shows all lines of all tracebacks; with a filter on, of those that belong to what it
        shows."""
        lines = self.canvas.lines
        self._heads = None
        if lines.whole is None:
            self._tell_all(len(lines.folds), "unfolded")
            self.canvas.keep_place(lines.folds.clear)
            self.changed()
        else:
            self._begin_all()

    def _tell_all(self, count: int, became: str) -> None:
        """Says what became of all: most of it is out of sight."""
        which = {0: "no traceback", 1: "1 traceback"}.get(count, f"{count:,} tracebacks")
        self.notify(f"{which} {became}", markup=False)

    def _begin_all(self) -> None:
        lines = self.canvas.lines
        if lines.source is not None:
            self._heads, self._folding = portions(lines.source, _HEAD, 0), lines.whole
            self._fold_on()

    def fold_at_hand(self) -> Fold | None:
        """The traceback a key is meant for, folded or not: that of the line at hand, else the last
        one in view."""
        lines, place = self.canvas.lines, self.at_hand()
        if place is None:
            return None
        if (found := self._fold_of(place.line)) is not None:
            return found
        for other in reversed(self.canvas.places):
            if other.row.startswith(FOLDED):
                return lines.folds.at(other.line)
            if lines.begins_traceback(other) and (found := self._fold_of(other.line)):
                return found
        return None

    def is_unfolded(self, fold: Fold) -> bool:
        """Whether all lines of a traceback are shown."""
        lines = self.canvas.lines
        if lines.whole is not None:
            return lines.whole.at(fold.head) == fold
        return lines.folds.at(fold.head) != fold

    def _fold_of(self, line: int) -> Fold | None:
        """The traceback of a line; with a filter on, also one that comes right after it."""
        lines = self.canvas.lines
        if lines.whole is None:
            return lines.folds.at(line) or found_around(lines.get, line)
        whole = lines.whole
        found = whole.at(line) or whole.at(line + 1) or belonging(lines.get, line)
        return found if found is not None and found.end <= lines.settled else None

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
            folded = self.canvas.lines.folds.at(place.line)
            if self.canvas.lines.whole is None and folded is not None:
                self._turn(folded)
            elif self.canvas.lines.begins_traceback(place) and (fold := self._fold_of(place.line)):
                self._turn(fold)

    def _fold_on(self) -> None:
        """Folds what one slice of the log has, with a filter on unfolds it; comes back for the
        next slice."""
        lines = self.canvas.lines
        is_as_before = lines.whole is self._folding
        portion = next(self._heads, None) if self._heads is not None and is_as_before else None
        if portion is None:
            if self._heads is not None and is_as_before:
                whole, count = lines.whole, len(lines.folds)
                self._tell_all(*((count, "folded") if whole is None else (whole.count, "unfolded")))
            self._heads = self._folding = None
            return
        found: list[Fold] = []
        for row in portion:
            # The next of a chain is in the fold of the whole chain.
            if not found or row + 1 >= found[-1].end:
                fold = found_at(lines.get, row + 1)
                found += [fold] if fold is not None else []
        whole = lines.whole
        if whole is not None:
            # Rows head-2 … end-2: the line before it, as what was logged with an error, counts.
            found = [
                one
                for one in found
                if one.end <= lines.settled
                and whole.filter.any_in(max(0, one.head - 2), one.end - 1)
            ]
        if found:
            add = lines.folds.add if whole is None else whole.open
            self.canvas.keep_place(lambda: add(*found))
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
        whole, is_unfolded = lines.whole, self.is_unfolded(fold)
        change: Callable[[Fold], None]
        if whole is not None:
            change = whole.close if is_unfolded else whole.open
        else:
            change = lines.folds.add if is_unfolded else lines.folds.open
        self.canvas.keep_place(lambda: change(fold))
        spot = fold.head
        if whole is not None and is_unfolded:
            before = lines.line(lines.position(fold.head - 1))
            spot = before if before == fold.head - 1 else lines.line(lines.position(fold.head))
        self.canvas.marks.spot = spot
        self.changed()
