"""Bookmarks of the stream, and the line somebody went to last. Numbers only."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable


class Marks:
    """Rows with a bookmark, in order."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.spot: int | None = None
        """The line (not row) somebody went to last."""

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, row: int) -> bool:
        place = bisect_left(self.rows, row)
        return place < len(self.rows) and self.rows[place] == row

    def take(self, rows: Iterable[int]) -> None:
        """Those that were kept."""
        self.rows = sorted({row for row in rows if row >= 0})

    def toggle(self, row: int) -> bool:
        """Sets a bookmark, or takes it away; whether there is one now."""
        if row in self:
            self.rows.remove(row)
            return False
        insort(self.rows, row)
        return True

    def any_in(self, first: int, end: int) -> bool:
        """Whether there is a bookmark in rows first … end-1."""
        return bisect_left(self.rows, first) < bisect_left(self.rows, end)

    def after(self, row: int) -> list[int]:
        """All bookmarks, those after a row first, then those up to it."""
        place = bisect_left(self.rows, row + 1)
        return self.rows[place:] + self.rows[:place]
