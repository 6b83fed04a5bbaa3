"""What a person chose for their screens: kept between starts, the same for all runs.

To keep another choice: a field here with its default. `of` reads what a file holds; a value that
is none of its kind is told and the default taken; it stays in the file until another is chosen, as
a name not known here does (a newer version's).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices. Those that are not plain values are mappings of their own."""

    theme: str = ""
    """Empty: the default, by what the terminal is."""
    ascii: bool | None = None
    """Plain characters only; None: where the terminal needs it."""
    reduced_motion: bool = False
    """Nothing moves or blinks that need not."""
    refresh: int = 30
    """How often in a second charts and numbers are drawn at most; 0: as often as there is need."""
    confirm_letters: bool = True
    """Whether a letter that orders the trainer at once asks to be pressed again."""
    follow: bool = True
    wrap: bool = False
    slow_link: int = 0
    """Bytes a second the terminal gets at most; 0: as many as there are."""
    view: Mapping[str, Any] = field(default_factory=dict)
    """The arrangement: fields of `screens.arrangement.View`."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """Which metric a chart shows instead of its own: chart name → metric."""
    notices: Mapping[str, Any] = field(default_factory=dict)
    """Which notices go which way, as far as that differs from the defaults."""
    keymap: Mapping[str, Any] = field(default_factory=dict)
    """Keys other than the table's: command id → a key or several; see `commands.keymap`."""
    other: Mapping[str, Any] = field(default_factory=dict)
    """What the file holds beside these."""


NAMES = frozenset(one.name for one in fields(Settings)) - {"other"}


def of(found: Mapping[str, Any]) -> tuple[Settings, list[str]]:
    """The settings in a mapping, and a sentence for each value that could not be taken."""
    hints = get_type_hints(Settings)
    taken: dict[str, Any] = {}
    problems: list[str] = []
    for name in sorted(NAMES & found.keys()):
        value = found[name]
        if _fits(value, hints[name]):
            taken[name] = value
        elif value is not None:
            problems.append(f"{name}: {_wanted(hints[name])} is expected")
    rest = {
        str(name): value
        for name, value in found.items()
        if name not in taken and not (name in NAMES and value is None)
    }
    return replace(Settings(), **taken, other=rest), problems


def changed(settings: Settings, **values: Any) -> Settings:
    """With other values. Raises ValueError for one that is none of its kind, KeyError for a name
    that is no setting."""
    hints = get_type_hints(Settings)
    for name, value in values.items():
        if name not in NAMES:
            raise KeyError(name)
        if not _fits(value, hints[name]):
            raise ValueError(f"{name}: {_wanted(hints[name])} is expected")
    rest = {name: value for name, value in settings.other.items() if name not in values}
    return replace(settings, **values, other=rest)


def plain(settings: Settings) -> dict[str, Any]:
    """What a file is to hold: only what differs from the defaults, and what it held besides."""
    default = Settings()
    found = {name: getattr(settings, name) for name in sorted(NAMES)}
    kept = {name: value for name, value in found.items() if value != getattr(default, name)}
    return {**settings.other, **kept}


def _fits(value: object, hint: Any) -> bool:
    kinds = get_args(hint) if get_origin(hint) is not Mapping and get_args(hint) else (hint,)
    return any(_is(value, kind) for kind in kinds)


def _is(value: object, kind: Any) -> bool:
    if kind is bool:
        return isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if get_origin(kind) is Mapping:
        if not isinstance(value, Mapping):
            return False
        part = get_args(kind)[1]
        return all(
            isinstance(name, str) and (part is Any or isinstance(one, part))
            for name, one in value.items()
        )
    return isinstance(value, kind)


def _wanted(hint: Any) -> str:
    if get_origin(hint) is Mapping:
        return "a mapping of names"
    words = {bool: "true or false", int: "a whole number of 0 or more", str: "a text"}
    kinds = [kind for kind in (get_args(hint) or (hint,)) if kind is not type(None)]
    return " or ".join(words[kind] for kind in kinds)
