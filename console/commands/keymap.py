"""Which keys a command has: those of its row in the table, or those the person chose.

`keys_of` is what every widget asks that shows a key. `read` makes what stands in the settings
(`keymap:`, by the id of a command) into keys, and says of each entry that cannot be used why.
A letter of a command that orders the trainer at once goes on to ask, whichever letter it is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.commands.command import Scope

if TYPE_CHECKING:
    from console.commands.command import Command

Keys = tuple[str, ...]
Chosen = Mapping[str, Keys]
"""Textual key names by the id of a command."""

NAMED = frozenset({
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete",
    "space", "backspace", "enter", "tab", "escape", *(f"f{number}" for number in range(1, 25)),
})  # fmt: skip
"""Keys that have a name instead of a character."""

ALIASES = {
    "esc": "escape",
    "return": "enter",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "pagedn": "pagedown",
    "del": "delete",
    "ins": "insert",
}
_CHARACTERS = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
MODIFIERS = ("ctrl", "alt", "shift")

TAKEN: dict[str, str] = {
    "escape": "goes one step back everywhere",
    "enter": "presses the button that has the focus",
    "tab": "goes to the next panel",
    "shift+tab": "goes to the panel before",
    "ctrl+c": "copies, and says how to leave",
    "ctrl+h": "is Backspace in many terminals",
    "ctrl+i": "is Tab in a terminal",
    "ctrl+j": "is Enter in a terminal",
    "ctrl+m": "is Enter in a terminal",
    "backspace": "is Ctrl+H in many terminals",
}
"""Keys nothing can be moved to, and why."""

_chosen: dict[str, Keys] = {}
_reported: list[str] = []


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry of the keymap that is not used."""

    command: str
    reason: str


def use(chosen: Chosen) -> None:
    """From now on these commands have these keys, all others those of the table."""
    _chosen.clear()
    _chosen.update(chosen)


def reports(kind: str) -> None:
    """The terminal is known to tell such keys apart, e.g. `ctrl+shift`."""
    if kind not in _reported:
        _reported.append(kind)


def forget_reports() -> None:
    """Nothing is known of the terminal."""
    _reported.clear()


def keys_of(command: Command) -> Keys:
    """All keys of a command that this terminal can send; those that act at once come first."""
    return (*acting(command), *asking(command))


def acting(command: Command) -> Keys:
    """Keys that act at once."""
    return tuple(filter(_is_sent, given(command, _chosen)[0]))


def asking(command: Command) -> Keys:
    """Letters that ask to be pressed again."""
    return given(command, _chosen)[1]


def given(command: Command, chosen: Chosen) -> tuple[Keys, Keys]:
    """Its keys with such a keymap: those that act at once, and those that ask."""
    found = chosen.get("pause" if command.id == "resume" else command.id)
    if found is None:
        return command.keys, command.typed
    if not command.typed:
        return tuple(found), ()
    return tuple(k for k in found if not _is_typed(k)), tuple(k for k in found if _is_typed(k))


def _is_sent(key: str) -> bool:
    return not key.startswith("ctrl+shift+") or "ctrl+shift" in _reported


def _is_typed(key: str) -> bool:
    """Whether a key is one that also stands in a text somebody types."""
    return "+" not in key and (key not in NAMED or key == "space")


def key_from(written: str) -> str:
    """Textual's name of a key as a person writes it: `F4`, `^K`, `Ctrl+Shift+R`, `?`, `PgUp`.

    Raises ValueError with a sentence when there is no such key.
    """
    wanted = written.strip()
    if len(wanted) == 2 and wanted[0] == "^":
        wanted = f"ctrl+{wanted[1]}"
    *modifiers, last = [wanted] if len(wanted) <= 1 else _parts(wanted)
    modifiers = [modifier.lower() for modifier in modifiers]
    known = all(modifier in MODIFIERS for modifier in modifiers)
    name = _last(last, plain=not modifiers)
    if not known or not name:
        raise ValueError(f"there is no key {written.strip()!r}")
    if modifiers == ["shift"] and len(name) == 1:
        return name.upper()
    return "+".join([*(word for word in MODIFIERS if word in modifiers), name])


def _parts(wanted: str) -> list[str]:
    """`ctrl+k` in its parts; a plus at the end is the key itself."""
    if wanted.endswith("++"):
        return [*wanted[:-2].split("+"), "+"]
    return wanted.split("+")


def _last(word: str, *, plain: bool) -> str:
    if len(word) == 1:
        if not word.isprintable() or word == " ":
            return "space" if word == " " else ""
        if word.isalnum():
            return word if plain else word.lower()
        return _sign_name(word)
    lower = word.lower()
    lower = ALIASES.get(lower, lower)
    if lower in NAMED:
        return lower
    return lower if lower in CHARACTERS else ""


def _sign_name(sign: str) -> str:
    name = unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")
    return _CHARACTERS.get(name, name)


CHARACTERS: dict[str, str] = {
    _sign_name(sign): sign for sign in map(chr, range(33, 127)) if not sign.isalnum()
}
"""The signs of a keyboard by Textual's names of their keys."""


def moved(command: Command, key: str) -> str:
    """Its keys as the settings hold them, with another one in place of the first of its kind."""
    keys, typed = given(command, _chosen)
    if command.typed and _is_typed(key):
        typed = (key, *typed[1:])
    else:
        keys = (key, *keys[1:])
    return ",".join(dict.fromkeys((*keys, *typed)))


def read(wanted: Mapping[str, object], table: Sequence[Command]) -> tuple[Chosen, list[Refused]]:
    """The keymap that can be used, and what of `wanted` cannot, with the reason."""
    by_id = {command.id: command for command in table}
    chosen: dict[str, Keys] = {}
    refused: list[Refused] = []
    for name, value in wanted.items():
        try:
            chosen[name] = _entry(name, value, by_id)
        except ValueError as error:
            refused.append(Refused(str(name), str(error)))
    while found := next(conflicts(chosen, table), None):
        del chosen[found.command]
        refused.append(found)
    return chosen, refused


def _entry(name: str, value: object, by_id: Mapping[str, Command]) -> Keys:
    """The keys of one entry. Raises ValueError with the reason when it cannot be used."""
    if name not in by_id:
        raise ValueError("there is no such command")
    if name == "resume":
        raise ValueError("resume has the keys of pause")
    written = value.split(",") if isinstance(value, str) and value.strip() != "," else value
    if isinstance(written, str):
        written = [written]
    if not isinstance(written, Iterable) or isinstance(written, Mapping):
        raise ValueError("keys are expected, e.g. [F4, ctrl+s]")
    words = [str(word) for word in written if str(word).strip()]
    keys = tuple(dict.fromkeys(key_from(word) for word in words))
    if not keys:
        raise ValueError("at least one key is needed")
    for key in keys:
        if key in TAKEN and key not in by_id[name].keys:
            raise ValueError(f"{key} {TAKEN[key]}")
    return keys


def conflicts(chosen: Chosen, table: Sequence[Command]) -> Iterator[Refused]:
    """Chosen keys that would mean two things in one place."""
    for command in table:
        if command.id not in chosen:
            continue
        for other in table:
            shared = [key for key in _all(command, chosen) if key in _all(other, chosen)]
            if shared and _meet(command, other):
                yield Refused(command.id, f"{shared[0]} is the key of {other.label} ({other.id})")


def _all(command: Command, chosen: Chosen) -> Keys:
    keys, typed = given(command, chosen)
    return (*keys, *typed)


def _meet(one: Command, other: Command) -> bool:
    """Whether a key of both could not be told apart."""
    if one.id == other.id or {one.id, other.id} == {"pause", "resume"}:
        return False
    return Scope.RUN in (one.scope, other.scope) or one.scope is other.scope


def textual_keymap(table: Sequence[Command]) -> dict[str, str]:
    """What `App.set_keymap` takes: the keys of every command that has others than in the table.

    A binding has the id of its command, or that after its scope and a dot.
    """
    found = {}
    for command in table:
        if command.id not in _chosen or command.id == "resume":
            continue
        keys, typed = given(command, _chosen)
        for name in (command.id, f"{command.scope}.{command.id}"):
            found[name] = ",".join(keys) or NO_KEY
            if command.typed:
                found[f"{name}-letter"] = ",".join(typed) or NO_KEY
    return found


NO_KEY = "no_key"
"""A key no keyboard has: Textual keeps the keys of the table where it is given none."""
