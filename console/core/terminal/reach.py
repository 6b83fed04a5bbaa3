"""How many rows above the bottom a program may still return to: the rule by which rows settle.

A row that has settled is final, and nobody can know whether a program will move up again, so:

- *Plain.* While no cursor movement is in play a row settles at its newline.
- *Reach.* A move up shows how far above the bottom the program returns; that many rows stay live
  from then on. After `rows` + `PATIENCE` new rows without going up as far, the reach falls to the
  farthest move seen meanwhile, in the end to none.
- *Bars.* A row that was rewritten in place, or begun with a carriage return, may be the upper one
  of two progress bars: it stays live, at most one row beyond the reach, until an ordinary row is
  finished below it.
- *Hidden cursor.* A program that hides the cursor draws a display of several rows: `HIDDEN` rows
  stay live until it moves up for the first time; then all from the row it last went up to, because
  the display may grow, and the patience is `ROWS`. When it shows the cursor the display is over.
- *Released.* When the bottom row is rewritten `REWRITES` times without the cursor leaving it, the
  program lives on that row alone, and everything above it settles.
- A move up beyond the live rows, a clear-screen or a move to an absolute row destroys nothing: all
  rows settle and drawing begins on a new one. The first frame of a block of rows that came without
  any of these signs is therefore seen twice.

At most `ROWS` rows are live. All of it depends on the bytes alone, never on time or chunks.
"""

from __future__ import annotations

from dataclasses import dataclass

ROWS = 50
PATIENCE = 8
HIDDEN = 16
REWRITES = 2


@dataclass(slots=True)
class Reach:
    """`rows` above the bottom stay live; the rest is what it was learned from."""

    rows: int = 0
    lower: int = 0  # the farthest move up since one as far as `rows`
    age: int = 0  # rows begun since then
    drawn: int = 0  # rows from the target of the last move up to the bottom
    is_hidden: bool = False  # the cursor
    is_guess: bool = False  # assumed from a hidden cursor
    rewrites: int = 0  # of the bottom row, since the cursor came to it

    def keep(self) -> int:
        """How many rows above the bottom are to stay live."""
        return min(max(self.rows, self.drawn if self.is_hidden else 0), ROWS - 1)

    def moved_up(self, wanted: int) -> None:
        """The cursor went, or wanted to go, to `wanted` rows above the bottom."""
        self.rewrites = 0
        self.drawn = min(wanted, ROWS)
        if self.is_guess or wanted >= self.rows:
            self._learn(min(wanted, ROWS - 1))
        else:
            self.lower = max(self.lower, wanted)

    def row_begun(self) -> None:
        """A new bottom row was begun."""
        self.rewrites = 0
        if not self.rows:
            return
        self.age += 1
        self.drawn = min(self.drawn + 1, ROWS)
        if self.age > self.rows + (ROWS if self.is_hidden else PATIENCE):
            self._learn(self.lower)
            self.drawn = 0

    def is_released(self) -> bool:
        """Counts a rewrite of the bottom row; whether the rows above it are given up."""
        self.rewrites += 1
        return self.rewrites >= REWRITES

    def cursor_hidden(self, is_hidden: bool) -> None:
        """The cursor was hidden, so a display begins, or shown, so it has ended."""
        self.is_hidden = is_hidden
        if not is_hidden:
            self._learn(0)
            self.drawn = 0
        elif not self.rows:
            self._learn(HIDDEN)
            self.is_guess = True

    def _learn(self, rows: int) -> None:
        self.rows = rows
        self.lower = self.age = 0
        self.is_guess = False
