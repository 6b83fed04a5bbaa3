"""One row of cells that a cursor can still change.

A cell is a character with the marks that combine with it; a wide character is followed by an
empty cell. Columns and marks together are bounded, so a row has a bounded size; what does not
fit is counted and named at the end of the row.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from typing import Any

from wcwidth import wcwidth

from console.core.terminal.sgr import RESET

CELLS_LIMIT = 8192

# Characters that are surely one cell wide: Latin, Greek, Cyrillic, arrows to braille.
NARROW = re.compile("[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0373\u0400-\u0482\u2010-\u2027"
                    "\u2030-\u205e\u2190-\u2319\u2400-\u25fc\u2800-\u28ff]*")  # fmt: skip


@lru_cache(maxsize=4096)
def width(character: str) -> int:
    """Cells of a character: 0 for a combining mark, 1 or 2. A single character is given."""
    return max(wcwidth(character), 0)


class Row:
    """Cells, their styles, and what the window must know to settle the row.

    `is_bar`: rewritten in place, or begun with a carriage return, so likely a progress bar.
    `was_used`: something visible was ever written. `was_told`: the text as it is was kept as a
    version. `cut`: bytes that did not fit.
    """

    __slots__ = (
        "cells",
        "cut",
        "is_bar",
        "is_coloured",
        "marks",
        "styles",
        "was_moved",
        "was_told",
        "was_used",
    )

    def __init__(self) -> None:
        self.cells: list[str] = []
        self.styles: list[str] = []
        self.marks = 0
        self.cut = 0
        self.is_coloured = False
        self.is_bar = False
        self.was_used = False
        self.was_moved = False
        self.was_told = False

    def is_blank(self) -> bool:
        """Whether nothing can be seen on it."""
        return not (self.cut or "".join(self.cells).strip(" ") or any(self.styles))

    def is_new(self) -> bool:
        """Whether nothing ever happened to it."""
        return not (self.cells or self.was_used or self.was_moved or self.is_bar or self.cut)

    def clear(self) -> None:
        """No cells; what the row once was is still known."""
        self.cells, self.styles = [], []
        self.marks = self.cut = 0
        self.is_coloured = self.was_told = False

    def put(self, column: int, text: str, style: str) -> int:
        """Write printable `text` from `column` on; returns the column after it."""
        room = CELLS_LIMIT - column - self.marks
        if room <= 0 or (len(text) > room and NARROW.fullmatch(text)):
            room = max(room, 0)
            self.cut += len(text[room:].encode())
            text = text[:room]
        if not text:
            return column
        self.was_used, self.was_told = True, False
        if style:
            self.is_coloured = True
        if column > len(self.cells):
            self._pad(column)
        if NARROW.fullmatch(text):
            return self._replace(column, list(text), style)
        for character in text:
            column = self._put_one(column, character, style)
        return column

    def erase(self, start: int, stop: int) -> None:
        """Blank the cells from `start` to before `stop`; at the end of the row they go away."""
        stop = min(stop, len(self.cells))
        if start >= stop:
            return
        self.was_told = False
        self._replace(start, [" "] * (stop - start), "")
        if stop == len(self.cells):
            del self.cells[start:], self.styles[start:]
            self.cut = 0

    def delete(self, start: int, count: int) -> None:
        """Take cells out; the rest of the row moves left."""
        self.erase(start, start + count)
        del self.cells[start : start + count], self.styles[start : start + count]

    def runs(self) -> list[tuple[str, str]]:
        """(style, text) pairs of the row, without the blanks an overwritten row ends with."""
        if not self.is_coloured:
            text = "".join(self.cells)
            return [("", text.rstrip(" ") if self.was_moved else text)]
        runs = []
        position = 0
        for style, group in groupby(self.styles):
            length = sum(1 for _ in group)
            runs.append((style, "".join(self.cells[position : position + length])))
            position += length
        if self.was_moved and runs and not runs[-1][0]:
            runs[-1] = ("", runs[-1][1].rstrip(" "))
        return runs

    def render(self) -> bytes:
        """The clean row without a newline: self-contained, ends reset when coloured."""
        text = "".join(
            f"\x1b[{style}m{text}{RESET}" if style else text for style, text in self.runs()
        )
        if self.cut:
            text += f" …[+{self.cut} bytes]"
        return text.encode()

    def _pad(self, column: int) -> None:
        missing = column - len(self.cells)
        self.cells += [" "] * missing
        self.styles += [""] * missing

    def _replace(self, column: int, cells: list[str], style: str) -> int:
        end = column + len(cells)
        old = self.cells
        if column < len(old):
            if old[column] == "":
                self._blank_half(column - 1)
            if end < len(old) and old[end] == "":
                old[end] = " "
            if self.marks:
                self.marks -= sum(max(len(cell) - 1, 0) for cell in old[column:end])
        old[column:end] = cells
        self.styles[column:end] = [style] * len(cells)
        return end

    def _blank_half(self, column: int) -> None:
        """Half of a wide character was overwritten: nothing of it is left."""
        self.marks -= len(self.cells[column]) - 1
        self.cells[column] = " "

    def _put_one(self, column: int, character: str, style: str) -> int:
        cells = width(character)
        if column + self.marks + max(cells, 1) > CELLS_LIMIT:
            self.cut += len(character.encode())
            return column
        at = column - 1 if column < 2 or self.cells[column - 1] else column - 2
        if cells == 0 and column and self.styles[at] == style:
            self.cells[at] += character
            self.marks += 1
            return column
        return self._replace(column, [character, ""] if cells == 2 else [character], style)

    def save(self) -> dict[str, Any]:
        """JSON-able: the text by colour, and what is known of it. A mark that has a cell of its
        own begins a run of its own."""
        runs: list[tuple[str, str]] = []
        for cell, style in zip(self.cells, self.styles, strict=True):
            if runs and runs[-1][0] == style and not (cell and width(cell[0]) == 0):
                runs[-1] = (style, runs[-1][1] + cell)
            else:
                runs.append((style, cell))
        return {"runs": runs, **{name: getattr(self, name) for name in _SAVED}}

    @classmethod
    def load(cls, state: dict[str, Any]) -> Row:
        """The row `save` described, cell by cell."""
        row = cls()
        for style, text in state["runs"]:
            row.is_coloured = row.is_coloured or bool(style)
            for index, character in enumerate(text):
                cells = width(character)
                if cells == 0 and index:
                    row.cells[-1 if row.cells[-1] else -2] += character
                    row.marks += 1
                    continue
                row.cells += [character, ""] if cells == 2 else [character]
                row.styles += [style] * max(cells, 1)
        for name in _SAVED:
            setattr(row, name, state[name])
        return row


_SAVED = ("cut", "is_bar", "was_moved", "was_told", "was_used")
