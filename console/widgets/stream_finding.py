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

    def compose(self) -> ComposeResult:
        yield SearchBar()

    @property
    def search(self) -> Search | None:
        """The search that is on, if any."""
        return self.canvas.search

    def show_rows(self, source: RowSource) -> None:
        """Shows the rows as they are now, and searches what is new."""
        if self.canvas.lines.source is not source:
            self.canvas.search = None
        super().show_rows(source)
        if self.search is not None:
            self._pump()

    def action_open_search(self) -> None:
        """Opens the line to type a search into."""
        self._origin = max(0, self.canvas.view.top - 1)
        self.canvas.bar_open = True
        self._bar.open()
        self.changed()

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
        source = self.canvas.lines.source
        if source is None or not event.text:
            self.canvas.search = None
            self._bar.show_count("", True)
        else:
            self.canvas.search = Search(source, event.text, self._origin, regex=event.regex)
            self._tell()
            self._pump()
        self.changed()

    def on_search_bar_moved(self, event: SearchBar.Moved) -> None:
        event.stop()
        self._go(forward=event.forward)

    def on_search_bar_closed(self, event: SearchBar.Closed) -> None:
        event.stop()
        if not event.keep:
            self.canvas.search = None
        self.canvas.bar_open = False
        self._bar.close()
        self.focus()
        self.changed()

    @property
    def _bar(self) -> SearchBar:
        return self.query_one(SearchBar)

    def _go(self, *, forward: bool) -> None:
        """To the hit after the current one, or after what is in view when that was left."""
        if self.search is None:
            raise SkipAction
        view, current = self.canvas.view, self.search.current
        shown = range(view.top, view.top + self.canvas.shown())
        if current is None or current + 1 not in shown:
            current = view.top - 2 if forward else shown.stop - 1
        self._jump(self.search.next(current, forward=forward))

    def _jump(self, row: int | None) -> None:
        if self.search is None or row is None:
            return
        self.search.current = row
        canvas, view = self.canvas, self.canvas.view
        if row + 1 < view.floor:
            view.unclear()
        view.show(row + 1, canvas.shown(), 0 if canvas.wrap else view.height // 2)
        self._tell()
        self.changed()

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
            self._bar.show_count(self.search.count(), found)
