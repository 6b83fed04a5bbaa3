"""A stylesheet that parses each source once, as long as the theme is the same.

Textual 8.2.8 parses all of them again when an app begins with a theme of its own, and when a widget
is new: it forgets what it parsed when variables are set, also when they are the same, and remembers
64 sources.
"""

from __future__ import annotations

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

SOURCES = 512
"""Sources whose rules are remembered: more than there are."""


class ParsedOnce(Stylesheet):
    """Set variables that are the same change nothing."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(SOURCES)

    def set_variables(self, variables: dict[str, str]) -> None:
        """Takes the variables; rules are forgotten only when these are others."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parses what was not parsed with these variables yet."""
        self.parse()
