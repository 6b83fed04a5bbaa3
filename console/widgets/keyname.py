"""How a key is written: `F2`, `^K`, `?`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.commands import BY_ID
from console.commands.keymap import CHARACTERS, keys_of

if TYPE_CHECKING:
    from console.commands import Command

SIGNS = {
    "slash": "/",
    "question_mark": "?",
    "backslash": "\\",
    "equals_sign": "=",
    "colon": ":",
    "comma": ",",
    "full_stop": ".",
    "at": "@",
    "plus": "+",
    "minus": "−",
    "ampersand": "&",
    "exclamation_mark": "!",
    "apostrophe": "'",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
}
MODIFIERS = {"ctrl": "^", "alt": "Alt+", "shift": "Shift+"}


def key_name(key: str) -> str:
    """A Textual key name as it stands on the screen: `f2` is `F2`, `ctrl+k` is `^K`."""
    *modifiers, last = key.split("+")
    name = SIGNS.get(last) or CHARACTERS.get(last, last)
    if len(last) > 1 and last[0] == "f" and last[1:].isdigit():
        name = last.upper()
    if modifiers and len(name) == 1:
        name = name.upper()
    return "".join(MODIFIERS.get(word, f"{word}+") for word in modifiers) + name


def first_key(command: Command, otherwise: str = "") -> str:
    """The key of a command that is shown where there is room for one, as it stands there."""
    keys = keys_of(command)
    return key_name(keys[0]) if keys else otherwise


def key_names(command: Command, gap: str = ", ") -> str:
    """All keys of a command, as they stand on the screen."""
    return gap.join(map(key_name, keys_of(command)))


def key_of(name: str) -> str:
    """The key of the command with this id, as it is shown."""
    return first_key(BY_ID[name])
