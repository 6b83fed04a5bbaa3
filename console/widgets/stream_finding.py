"""Searching in the stream: the bar is typed into, the view goes along, hits are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.actions import SkipAction

from console.widgets.stream_bar import SearchBar
from console.widgets.stream_picking import Picking
from console.widgets.stream_search import Search

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from console.core.sources import RowSource, SearchPattern

_BREATH_SECONDS = 0.001
"""Between two slices of a search, so that keys and rows come in between."""


class Finding(Picking):
    """A pane that can be searched."""

    _origin = 0
    _pumping = False
    _typed = ("", False)
    """What is searched for, and whether it is a regular expression."""

    def compose(self) -> ComposeResult:
        yield SearchBar("/")

    @property
    def search(self) -> Search | None:
        """The search that is on, if any."""
        return self.canvas.search

    def show_rows(self, source: RowSource) -> None:
        """Shows the rows as they are now, and searches what is new."""
        if self.canvas.lines.source is not source:
            self.canvas.search = None
        super().show_rows(source)
        if self.search is not None and self.search.is_stale:
            self.search_anew()
        elif self.search is not None:
            self._pump()

    def action_open_search(self) -> None:
        """Opens the line to type a search into."""
        self._origin = max(0, self.canvas.lines.line(self.canvas.view.top) - 1)
        self._bar.open()
        self.show_bars()

    def search_for(self, pattern: SearchPattern) -> None:
        """Searches from the end back: the newest hit is shown first; n and N go on."""
        source = self.canvas.lines.source
        if source is None:
            return
        self._origin = source.count()
        self.canvas.search = Search(source, pattern.text, self._origin, regex=pattern.regex)
        self._pump()
        self.changed()

    def action_search_next(self) -> None:
        """Goes to the next hit."""
        self._go(forward=True)

    def action_search_previous(self) -> None:
        """Goes to the hit before."""
        self._go(forward=False)

    def action_leave(self) -> None:
        """Drops the selection, else the search."""
        if self.search is not None and self.canvas.selection is None:
            self.canvas.search = None
            self.changed()
            return
        super().action_leave()

    def on_search_bar_changed(self, event: SearchBar.Changed) -> None:
        event.stop()
        if event.sign == "/":
            self._typed = (event.text, event.regex)
            self.search_anew()

    def on_search_bar_moved(self, event: SearchBar.Moved) -> None:
        event.stop()
        if self.search is not None:
            self._go(forward=event.forward)

    def on_search_bar_closed(self, event: SearchBar.Closed) -> None:
        event.stop()
        if event.sign != "/":
            return
        if not event.keep or (self.search is not None and self.search.error):
            self.canvas.search = None
        self._bar.close()
        self.focus()
        self.show_bars()

    def find(self, text: str) -> None:
        """Searches for a text from what is in view on."""
        self._origin = max(0, self.canvas.lines.line(self.canvas.view.top) - 1)
        self._typed = (text, False)
        self._bar.take(text)
        self.search_anew()

    def search_anew(self) -> None:
        """Searches what is shown now for what was typed."""
        source, (text, regex) = self.canvas.lines.source, self._typed
        if source is None or not text:
            self.canvas.search = None
            self._bar.show_count("", True)
        else:
            chosen = self.canvas.lines.filter
            within = None if chosen is None else chosen.shows
            self.canvas.search = Search(source, text, self._origin, regex=regex, within=within)
            self._tell()
            self._pump()
        self.show_bars()

    def show_bars(self) -> None:
        """Leaves room in the border for the line that is typed into."""
        width = self.size.width
        self.canvas.bar_cells = max(bar.cells(width) for bar in self.query(SearchBar))
        self.changed()

    @property
    def _bar(self) -> SearchBar:
        return self.query_one(SearchBar)

    def _go(self, *, forward: bool) -> None:
        """To the hit after the current one, or after what is in view when that was left."""
        if self.search is None:
            raise SkipAction
        view, lines, current = self.canvas.view, self.canvas.lines, self.search.current
        shown = range(view.top, view.top + self.canvas.shown())
        if current is None or lines.position(current + 1) not in shown:
            current = lines.line(view.top) - 2 if forward else lines.line(shown.stop) - 1
        self._jump(self.search.next(current, forward=forward))

    def _jump(self, row: int | None) -> None:
        if self.search is None or row is None:
            return
        self.search.current = row
        self.go_to(row)
        self._tell()

    def _pump(self) -> None:
        """Searches one slice, and comes back for the next one."""
        if not self._pumping:
            self._pumping = True
            self._slice()

    def _slice(self) -> None:
        search = self.search
        if search is None:
            self._pumping = False
            return
        before = search.count()
        self._pumping = search.step()
        if search.current is None and (best := search.best()) is not None:
            self._jump(best)
        if self._pumping:
            self.set_timer(_BREATH_SECONDS, self._slice)
        if search.count() != before:
            self._tell()
            self.changed()

    def _tell(self) -> None:
        """Says the count in the bar."""
        if self.search is not None:
            found = bool(len(self.search)) or not self.search.done
            bad = bool(self.search.error)
            self._bar.show_count(self.search.count(), found, bad=bad)
            self.show_bars()
