"""The live rows of a trainer's output and the cursor in them; when they settle says `reach`."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from console.core.terminal.reach import ROWS, Reach
from console.core.terminal.row import CELLS_LIMIT, Row

VERSIONS = 1 << 14
"""Versions of live rows that are kept until they are taken; a slice of output has fewer."""

VERSION_CELLS = 2048
"""A longer one that is replaced is no progress bar, and is not kept."""


@dataclass(frozen=True, slots=True)
class Version:
    """Clean text of a live row that was replaced, or left with a newline. `row` is its number and
    `after` how many rows had settled by then, both counted from the first row taken with it."""

    row: int
    after: int
    text: bytes


class Window:
    """Live rows, cursor, current style, and what has settled since it was last taken."""

    def __init__(self) -> None:
        self.rows = [Row()]
        self.row = 0  # the cursor
        self.column = 0
        self.style = ""
        self.reach = Reach()
        self._is_moved = False  # the next change begins a new version of its row
        self._beyond = 0  # rows the program went above the top without drawing
        self._settled: list[bytes | memoryview] = []  # clean text, whole rows
        self._count = 0
        self._told: list[int] = []  # of the rows that settled, those that were versions before
        self._versions: deque[Version] = deque(maxlen=VERSIONS)

    def is_plain(self) -> bool:
        """Whether a line of clean text would settle at its newline, just as it is."""
        return (
            len(self.rows) == 1
            and self.rows[0].is_new()
            and not (self.column or self.style or self.reach.keep())
            and not (self._is_moved or self._beyond)
        )

    def pass_through(self, rows: bytes | memoryview, count: int) -> None:
        """Settle clean rows that need no window; only when it is plain."""
        self._settled.append(rows)
        self._count += count

    def write(self, text: str) -> None:
        """Printable text at the cursor."""
        row = self.rows[self.row]
        if self._is_moved:
            self._begin_version(row)
        self._beyond = 0
        self.column = row.put(self.column, text, self.style)

    def newline(self) -> None:
        """Line feed with carriage return, as on the way to a terminal."""
        self.column = self._beyond = 0
        self.row += 1
        self._is_moved = self.row < len(self.rows)
        if self._is_moved:
            self.reach.rewrites = 0
        else:
            self.rows.append(Row())
            self.reach.row_begun()
            self._settle(max(self.reach.keep(), self._bars()))
        if self.row:
            self._keep_version(self.row - 1, is_whole=True)

    def to_column(self, column: int) -> None:
        """The cursor to a column of its row, counted from 0."""
        self.column = min(max(column, 0), CELLS_LIMIT)
        self._is_moved = True

    def up(self, count: int) -> None:
        """`count` rows up; beyond the live rows a new row is begun instead."""
        self.reach.moved_up(len(self.rows) - 1 - self.row + count + self._beyond)
        self._is_moved = True
        if count <= self.row:
            self.row -= count
            return
        beyond = self._beyond + count - self.row
        self.begin_below()
        self._beyond = beyond

    def down(self, count: int) -> None:
        """`count` rows down, at most to the bottom row."""
        self.row = min(self.row + count, len(self.rows) - 1)
        self.reach.rewrites = 0
        self._is_moved = True

    def begin_below(self) -> None:
        """Go on below everything drawn so far; nothing is destroyed. The column stays."""
        if all(row.is_blank() for row in self.rows):
            self.row = 0
        else:
            self.settle_all()
        self._is_moved = False

    def replaced(self, is_all: bool) -> Row:
        """The cursor's row, of which a part, or all, is about to be erased."""
        row = self.rows[self.row]
        if (is_all or self._is_moved) and not row.is_blank():
            self._keep_version(self.row)
            self._count_rewrite()
        row.was_moved = True
        return row

    def drop_below(self) -> None:
        """Erase the rows below the cursor."""
        for index in range(self.row + 1, len(self.rows)):
            self._keep_version(index)
        del self.rows[self.row + 1 :]

    def settle_all(self) -> None:
        """Every row settles, but blank ones from the cursor on: they never were rows."""
        self._settle_first(self._used())
        self.rows = [Row()]
        self.row = 0
        self.reach.rewrites = 0

    def live(self) -> list[bytes]:
        """The rows that may still change, without blank ones from the cursor on."""
        return [row.render() for row in self.rows[: self._used()]]

    def take(self) -> tuple[bytes, int, list[Version], list[int]]:
        """What has settled since the last call, how many rows that is, the versions of live rows
        meanwhile, and which of the settled rows are among those."""
        taken = b"".join(self._settled), self._count, list(self._versions), self._told
        self._settled, self._count, self._told = [], 0, []
        self._versions.clear()
        return taken

    def save(self) -> dict[str, Any]:
        """JSON-able state after `take`."""
        numbers = {name: getattr(self, name) for name in _SAVED}
        rows = [row.save() for row in self.rows]
        return {"rows": rows, "reach": asdict(self.reach), **numbers}

    @classmethod
    def load(cls, state: dict[str, Any]) -> Window:
        """The window `save` described."""
        window = cls()
        window.rows = [Row.load(row) for row in state["rows"]]
        window.reach = Reach(**state["reach"])
        for name in _SAVED:
            setattr(window, name, state[name])
        return window

    def _begin_version(self, row: Row) -> None:
        self._is_moved = False
        row.was_moved = True
        if row.is_blank():
            row.is_bar = not (row.was_used or self.column)
            row.clear()
        elif self.column < len(row.cells):
            self._keep_version(self.row)
            row.is_bar = True
            row.cut = 0
            self._count_rewrite()

    def _count_rewrite(self) -> None:
        if self.row == len(self.rows) - 1 and self.reach.is_released():
            self._settle(0)

    def _keep_version(self, index: int, *, is_whole: bool = False) -> None:
        """The text of a row as it is now, unless it was kept before. `is_whole`: the program left
        the row with a newline."""
        row = self.rows[index]
        if row.was_told or row.is_blank():
            return
        if is_whole or len(row.cells) <= VERSION_CELLS:
            row.was_told = True
            self._versions.append(Version(self._count + index, self._count, row.render()))

    def _bars(self) -> int:
        """How many rows above the bottom may belong to progress bars that are still alive."""
        held = 0
        for distance in range(1, min(self.reach.rows + 2, len(self.rows), ROWS)):
            row = self.rows[-1 - distance]
            if row.is_bar:
                held = distance
            elif not row.is_blank():
                break
        return held

    def _settle(self, keep: int) -> None:
        """Settle all but the bottom row and `keep` rows above it."""
        self._settle_first(len(self.rows) - 1 - keep)

    def _settle_first(self, count: int) -> None:
        if count <= 0:
            return
        self._settled += [row.render() + b"\n" for row in self.rows[:count]]
        self._told += [self._count + i for i in range(count) if self.rows[i].was_told]
        self._count += count
        del self.rows[:count]
        self.row -= count

    def _used(self) -> int:
        count = len(self.rows)
        while count > self.row and self.rows[count - 1].is_blank():
            count -= 1
        return count


_SAVED = ("row", "column", "style", "_is_moved", "_beyond")
