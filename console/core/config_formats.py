"""`formats:`: lines of one's own trainer, as regular expressions with named groups.

    formats:
      - {name: mine, pattern: 'it (?P<step>\\d+) L=(?P<loss>\\S+)'}

They are looked for before the formats the console knows. What a group's name means is in
`formats.own`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from console.core.config_kind import TEXT, Kind, wrong
from console.core.config_problem import Mark, Problems, Wrong, nearest, quote
from console.core.config_yaml import Path
from console.core.pattern import Pattern

SECTION = "formats"
EXAMPLE = r"{name: mine, pattern: 'it (?P<step>\d+) L=(?P<loss>\S+)'}"
MOST_PATTERNS = 20
MOST_CHARACTERS = 1000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")

MarksOf = Callable[[Path], tuple[Mark, Mark]]


def check(given: object, marks: MarksOf, problems: Problems) -> tuple[Pattern, ...]:
    """The patterns in their order; what is wrong with the section goes to `problems`."""
    if given is None:
        return ()
    place = marks((SECTION,))[1]
    if not isinstance(given, list):
        found = "a mapping" if isinstance(given, Mapping) else quote(given)
        problems.add(place, f"expected a list of formats, found {found}", f"write - {EXAMPLE}")
        return ()
    if len(given) > MOST_PATTERNS:
        problems.add(place, f"{len(given)} formats, {MOST_PATTERNS} are the most")
        return ()
    patterns: dict[str, Pattern] = {}
    for index, said in enumerate(given):
        one = _pattern((SECTION, index), said, marks, problems)
        if one is not None and one.name in patterns:
            problems.add(marks((SECTION, index, "name"))[1], f"two formats are called {one.name}")
        elif one is not None:
            patterns[one.name] = one
    return tuple(patterns.values())


def _pattern(path: Path, given: object, marks: MarksOf, problems: Problems) -> Pattern | None:
    if not isinstance(given, Mapping):
        found = f"expected name and pattern, found {quote(given)}"
        problems.add(marks(path)[1], found, f"write {EXAMPLE}")
        return None
    said: dict[str, Any] = {}
    for key, value in given.items():
        kind = SETTINGS.get(key)
        if kind is None:
            close = nearest(str(key), SETTINGS)
            hint = f"did you mean {close}?" if close else f"known here: {', '.join(SETTINGS)}"
            problems.add(marks((*path, key))[0], f"unknown setting {quote(key)} of a format", hint)
            continue
        try:
            said[key] = kind.read(value)
        except Wrong as error:
            dotted = ".".join(map(str, (*path, key)))
            problems.add(marks((*path, key))[1], f"{dotted}: {error.message}", error.hint)
    for key in SETTINGS if given.keys() <= SETTINGS.keys() else ():
        if key not in given:
            message = f"{key} is missing"
            problems.add(marks(path)[1], message, f"for example {EXAMPLE}")
    return Pattern(said["name"], said["pattern"]) if len(said) == len(SETTINGS) else None


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise wrong("a name of at most 40 letters, digits, _, . and -", value)
    from console.core.formats import FORMATS  # here: few configurations have formats

    if value in {known.name for known in FORMATS}:
        raise Wrong(f"{quote(value)} is a format the console knows", "give yours another name")
    return value


def _expression(value: Any) -> re.Pattern[bytes]:
    text = TEXT.read(value)
    if len(text) > MOST_CHARACTERS:
        raise Wrong(f"{len(text)} characters, {MOST_CHARACTERS} are the most")
    try:
        found = re.compile(text.encode())
    except (re.error, OverflowError, RecursionError) as error:
        raise Wrong(f"this is no regular expression: {error}", _hint(text)) from None
    if not found.groupindex:
        raise Wrong("no group has a name", "name what a value is: (?P<loss>\\S+)")
    if found.search(b""):
        raise Wrong("this fits an empty line, and so every line", "let it hold a word of yours")
    return found


def _hint(text: str) -> str | None:
    return "in Python a named group is (?P<loss>…)" if "(?<" in text else None


SETTINGS: dict[str, Kind] = {
    "name": Kind("a name", _name, is_text=True),
    "pattern": Kind("a regular expression", _expression, is_text=True),
}
