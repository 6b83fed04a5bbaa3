"""Searching the stream: pattern, hits, the current one. It is typed into `stream_bar.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.core.sources import SearchPattern
from console.widgets.stream_hits import Hits, Keep, compiled

if TYPE_CHECKING:
    from console.core.sources import RowSource

MAX_HITS = 100_000
MAX_SPANS = 64
"""Hits marked in one row."""


class Search(Hits):
    """One pattern over the rows of one source, as row numbers."""

    pattern: SearchPattern

    def __init__(
        self,
        source: RowSource,
        text: str,
        origin: int,
        *,
        regex: bool = False,
        within: Keep | None = None,
    ) -> None:
        """Starts at row `origin`. `error` says why nothing can be found with this pattern.

        `within` says which rows count: those that a filter shows.
        """
        pattern = SearchPattern(text, regex)
        super().__init__(source, pattern, origin, keep=within, limit=MAX_HITS)
        self.current: int | None = None
        self._marker = None if self.error else compiled(pattern)

    def best(self) -> int | None:
        """The hit to show first: the next one from the origin on, else the last one."""
        if self._after:
            return self._after[0]
        return self._before[-1] if self.done and self._before else None

    def next(self, row: int, *, forward: bool) -> int | None:
        """The nearest hit after (or before) a row, around the end if need be."""
        if not len(self):
            return None
        place = self.rank(row + 1) if forward else self.rank(row) - 1
        return self.hit(place % len(self))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the pattern is in the text of a row, in characters."""
        found: list[tuple[int, int]] = []
        for match in self._marker.finditer(text) if self._marker else ():
            if match.end() > match.start():
                found.append(match.span())
            if len(found) >= MAX_SPANS:
                break
        return found

    def count(self) -> str:
        """`3/17`, `3/100,000+`, `17…` while it goes on, or why there is none."""
        if self.error:
            return self.error
        total = len(self)
        if not total:
            return "no hit" if self.done else "…"
        more = "+" if self.is_full else ""
        more = more if self.done else "…"
        place = "" if self.current is None else f"{self.rank(self.current) + 1:,}/"
        return f"{place}{total:,}{more}"
