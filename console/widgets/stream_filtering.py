"""Filtering the stream by text and level, and going from error to error. All in slices."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from textual.actions import SkipAction

from console.widgets.stream_bar import SearchBar
from console.widgets.stream_filter import LEVELS, Filter, both, error_pattern, is_error
from console.widgets.stream_finding import Finding
from console.widgets.stream_hits import portions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult

    from console.core.sources import RowSource

_BREATH_SECONDS = 0.001
"""Between two slices, so that keys and rows come in between."""
_NEWS_SECONDS = 0.03
"""So long new rows gather before they are filtered."""
_NEWEST_ROWS = 20_000
"""Of a log that is followed, so many of its last rows are filtered first."""


class Filtering(Finding):
    """A pane that shows some of its lines only."""

    _wanted = ("", False)
    """The text that lines are to have, and whether it is a regular expression."""
    _level = ""
    _sifting = False
    _quest: Iterator[Sequence[int]] | None = None

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield SearchBar("&")

    def show_rows(self, source: RowSource) -> None:
        """Shows the rows as they are now, and filters what is new."""
        found = self.canvas.lines.filter
        again = self.canvas.lines.source is not source or (found is not None and found.is_stale)
        super().show_rows(source)
        if again and (self._level or self._wanted[0]):
            self._filter_anew()
        elif found is not None and not self._sifting:
            self._sifting = True
            self.set_timer(_NEWS_SECONDS, self._sift)

    def action_open_filter(self) -> None:
        """Opens the line to type what lines are to have in them."""
        self._filter_bar.open()
        self.show_bars()

    def action_level(self, level: str | None = None) -> None:
        """Shows this level only, or the next of all, warnings and errors, errors."""
        if level is None:
            level = LEVELS[(LEVELS.index(self._level) + 1) % len(LEVELS)]
        self._level = level
        self._filter_anew()

    def action_unfilter(self) -> None:
        """Shows all lines again."""
        self._wanted, self._level = ("", False), ""
        self._filter_anew()

    def action_leave(self) -> None:
        """Drops the selection, else the search, else the filter."""
        try:
            super().action_leave()
        except SkipAction:
            if not self._level and not self._wanted[0]:
                raise
            self.action_unfilter()

    def action_next_error(self) -> None:
        """Goes to the next error after the line at hand; after the last one to the first."""
        place, view = self.at_hand(), self.canvas.view
        row = -1 if place is None else place.line - 1
        spot = self.canvas.marks.spot
        if place is not None and place.line != spot and not view.follow:
            row -= 1
        self._seek(row + 1)

    def action_first_error(self) -> None:
        """Goes to the first error of the log."""
        self._seek(0)

    def on_search_bar_changed(self, event: SearchBar.Changed) -> None:
        if event.sign == "&":
            self._wanted = (event.text, event.regex)
            self._filter_anew()

    def on_search_bar_closed(self, event: SearchBar.Closed) -> None:
        if event.sign != "&":
            return
        found = self.canvas.lines.filter
        bar = self._filter_bar
        bar.close()
        if not event.keep or (found is not None and found.error):
            self._wanted = ("", False)
            self._filter_anew()
        self.focus()
        self.show_bars()

    def go_to(self, row: int, part: int = 2) -> None:
        super().go_to(row, part)
        if self.canvas.lines.filter is None:
            self._wanted, self._level = ("", False), ""

    @property
    def _filter_bar(self) -> SearchBar:
        return self.query(SearchBar).last()

    def _filter_anew(self) -> None:
        """Filters by what is wanted now; where nothing is, all lines are shown."""
        canvas, lines, (text, regex) = self.canvas, self.canvas.lines, self._wanted
        source = lines.source
        found = None
        if source is not None and (text or self._level):
            newest = max(0, source.count() - _NEWEST_ROWS)
            top = canvas.top_line()
            origin = newest if canvas.view.follow else max(0, top - 1)
            found = Filter(source, text, self._level, origin, regex=regex)
        shown = found if found is not None and not found.error else None
        canvas.keep_place(lambda: setattr(lines, "filter", shown))
        canvas.selection = None
        self._say(found)
        if self.search is not None:
            self.search_anew()
        if shown is not None and not self._sifting:
            self._sifting = True
            self._sift()
        self.show_bars()

    def _sift(self) -> None:
        """Filters one slice, and comes back for the next one."""
        found = self.canvas.lines.filter
        self._sifting = False
        if found is None:
            return
        before, done = len(found), found.done
        self.canvas.keep_place(found.step)
        if not found.done:
            self._sifting = True
            self.set_timer(_BREATH_SECONDS, self._sift)
        if (before, done) != (len(found), found.done):
            self._say(found)
            self.changed()

    def _say(self, found: Filter | None) -> None:
        """Says in the bar how many lines there are, or what is wrong with the pattern."""
        bar = self._filter_bar
        if not bar.is_open:
            return
        if found is None:
            bar.show_count("", True)
        elif found.error:
            bar.show_count(found.error, False, bad=True)
        else:
            more = "" if found.done else "…"
            any_line = bool(len(found)) or not found.done
            count = f"{len(found):,}{more}" if any_line else "no line"
            bar.show_count(count, any_line)

    def _seek(self, start: int) -> None:
        """Looks for the first error from a row on, then from the beginning on."""
        lines = self.canvas.lines
        if lines.source is None:
            return
        within = None if lines.filter is None else lines.filter.shows
        keep, pattern = both(is_error, within), error_pattern()
        parts = [portions(lines.source, pattern, start, keep)]
        if start:
            parts.append(portions(lines.source, pattern, 0, keep))
        is_going = self._quest is not None
        self._quest = chain.from_iterable(parts)
        if not is_going:
            self._seek_on()

    def _seek_on(self) -> None:
        """Looks through one slice, and comes back for the next one."""
        portion = None if self._quest is None else next(self._quest, None)
        if portion is None:
            self._quest = None
            where = "in what is shown" if self.canvas.lines.filter is not None else "in the output"
            self.notify(f"no error {where}", markup=False)
        elif not portion:
            self.set_timer(_BREATH_SECONDS, self._seek_on)
        else:
            self._quest = None
            self.go_to(portion[0])
