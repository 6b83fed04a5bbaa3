"""What can be wrong with a configuration, and where: `FILE:LINE:COLUMN: what was expected`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from console.core.redaction import mask

MOST_PROBLEMS = 50
"""More are counted, not described: a wrong file must not cost minutes of comparing words."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place: line and column count from 1; both are None for a command line argument."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place, with the next step as `hint`."""

    file: str
    line: int | None
    column: int | None
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        text = f"{Mark(self.file, self.line, self.column)}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class ConfigError(Exception):
    """The configuration cannot be used; `problems` names every reason, in the file's order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class Wrong(ValueError):
    """A value is not what was expected; `at` leads from the value to the part that is wrong."""

    def __init__(self, message: str, hint: str | None = None, at: tuple[str | int, ...] = ()):
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.at = at


class Problems:
    """Collects problems, so that all of them are reported at once."""

    def __init__(self) -> None:
        self._found: dict[tuple[Mark, str], Problem] = {}
        self._more = 0

    @property
    def is_full(self) -> bool:
        return len(self._found) >= MOST_PROBLEMS

    def add(self, mark: Mark, message: str, hint: str | None = None) -> None:
        """Notes a problem once, however often an alias repeats it."""
        if (mark, message) in self._found:
            return
        if self.is_full:
            self._more += 1
            return
        self._found[mark, message] = Problem(mark.file, mark.line, mark.column, message, hint)

    def raise_any(self) -> None:
        """Raises ConfigError when anything was noted."""
        if not self._found:
            return
        found = sorted(self._found.values(), key=lambda one: (one.line or 0, one.column or 0))
        if self._more:
            found.append(Problem(found[0].file, None, None, f"{self._more} more problems"))
        raise ConfigError(found)


def quote(value: object, most: int = 60) -> str:
    """A value as an error may show it: one printable line, cut, without secrets."""
    text = printable(value if isinstance(value, str) else repr(value), most)
    return f"'{text}'" if isinstance(value, str) else text


def printable(text: str, most: int) -> str:
    """One line without control characters, cut, without secrets."""
    shown = mask(text[:10_000])
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in shown[:most])
    return shown + "…" if len(text) > most else shown


def nearest(word: str, valid: Iterable[str]) -> str | None:
    """The valid word a typing error most likely meant, or None."""
    close = difflib.get_close_matches(word[:80].lower(), list(valid), n=1, cutoff=0.6)
    return close[0] if close else None
