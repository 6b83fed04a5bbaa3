"""Which lines of the stream are in view: scrolling, following, clearing. Numbers only.

They are positions of `StreamLines`, not numbers of lines: with a filter those differ.
"""

from __future__ import annotations


class Viewport:
    """A window of `height` lines over `total`, of which those before `floor` are hidden."""

    def __init__(self) -> None:
        self.total = 0
        self.height = 0
        self.left = 0
        self.follow = True
        self._first = 0
        self._cleared = 0
        self._top = 0
        self._last_top = 0

    @property
    def floor(self) -> int:
        """The first line that is not hidden."""
        return max(self._first, self._cleared)

    @property
    def cleared(self) -> bool:
        return self._cleared > self._first

    @property
    def top(self) -> int:
        """The first line in view."""
        return self._last_top if self.follow else self._clamped(self._top)

    def fit(self, total: int, height: int, first: int, last_top: int | None = None) -> None:
        """Takes new sizes. `first` is the first line there is at all.

        `last_top` is the first line of the last full page, where lines take several rows.
        """
        self.total, self.height, self._first = total, height, first
        self._last_top = max(self.floor, total - height if last_top is None else last_top)

    def below(self, shown: int) -> int:
        """How many lines there are after the `shown` ones in view."""
        return max(0, self.total - self.top - shown)

    def scroll(self, lines: int) -> None:
        """Moves by lines, down when positive. Upward stops following, the end starts it again."""
        target = self._clamped(self.top + lines)
        if lines < 0 and target == self.top:
            return
        self._top = target
        self.follow = lines > 0 and target >= self._last_top

    def stay(self) -> None:
        """Stops following, where it is."""
        self._top, self.follow = self.top, False

    def show(self, line: int, shown: int, above: int) -> None:
        """Brings a line into view without following.

        Nothing moves when it is among the `shown` ones; else it gets `above` lines above it.
        """
        inside = self.top <= line < self.top + shown
        self._top = self.top if inside else self._clamped(line - above)
        self.follow = False

    def clear(self, line: int) -> None:
        """Hides every line before `line`."""
        self._cleared = max(self.floor, line)
        self._last_top = max(self.floor, self._last_top)

    def unclear(self) -> None:
        """Shows them again."""
        self._cleared = 0
        self._last_top = max(self.floor, self.total - self.height)

    def rebase(self, top: int, cleared: int) -> None:
        """The same lines have other positions now: the one in view first, and the first one that
        was not cleared away (0: none was)."""
        self._top, self._cleared = top, cleared
        self._last_top = max(self._last_top, top)

    def _clamped(self, line: int) -> int:
        return min(max(line, self.floor), self._last_top)
