"""Which lines of the stream are shown: those with a text in them, those of a level, or both.

A filter is row numbers, as a search is. Levels are what the counts in the border count
(`core.formats.levels`), so the chip and the filter agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.core.sources import SearchPattern
from console.widgets.stream_hits import Hits, compiled, problem
from console.widgets.stream_text import OWN, plain_text

if TYPE_CHECKING:
    from console.core.formats.levels import Level
    from console.core.sources import RowSource
    from console.widgets.stream_hits import Keep

LEVELS = ("", "warning", "error")
"""What a filter by level can be, in the order a key goes through: all, warnings and errors,
errors."""

_NAMES = {"": "", "warning": "warnings and errors", "error": "errors"}


class Filter(Hits):
    """The rows with `text` that are of `level`; an empty one of the two does not count."""

    def __init__(
        self, source: RowSource, text: str, level: str, origin: int, *, regex: bool = False
    ) -> None:
        """Starts at row `origin`. `error` says why nothing is filtered by this text."""
        self.text, self.level, self.regex = text, level, regex
        wanted = SearchPattern(text, regex) if text else None
        rough = SearchPattern(_hints(level), regex=True) if level else wanted
        error = problem(wanted) if wanted else ""
        keep = self.shows if level else None
        super().__init__(source, None if error else rough, origin, keep=keep)
        self.error = error
        self._marker = compiled(wanted) if wanted and not error else None

    def shows(self, row: bytes) -> bool:
        """Whether a row is one of those meant."""
        if self._marker is not None and not self._marker.search(plain_text(row)):
            return False
        return not self.level or is_of(row, self.level)

    def says(self) -> str:
        """What is shown, in words."""
        parts = [_NAMES[self.level]] if self.level else []
        return " ".join([*parts, *([f"&{self.text}"] if self.text else [])])


def is_of(row: bytes, level: str) -> bool:
    """Whether a row is of a level; errors are among the warnings."""
    if row.startswith(OWN):
        return False
    # Imported here: with it come all formats of logs, which a first paint does not wait for.
    from console.core.formats.levels import level as level_of

    found = level_of(row)
    return found == "error" or (found is not None and level == "warning")


def error_pattern() -> SearchPattern:
    """What finds every error, and a little more; `is_of` tells for sure."""
    return SearchPattern(_hints("error"), regex=True)


def is_error(row: bytes) -> bool:
    """Whether a row is an error."""
    return is_of(row, "error")


def _hints(level: str) -> str:
    from console.core.formats.levels import hints

    names: tuple[Level, ...] = ("error",) if level == "error" else ("error", "warning")
    return hints(*names)


def both(one: Keep | None, other: Keep | None) -> Keep | None:
    """What both let through."""
    if one is None or other is None:
        return one or other
    return lambda row: one(row) and other(row)
