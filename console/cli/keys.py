"""`keys`: what the terminal really sends for a key, and what that does here; `keys --list`: the
keys of all commands, and which of them this terminal can report."""

from __future__ import annotations

import argparse
import os
import re
import select
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from console.backend import settingsfile
from console.cli import asking
from console.cli.exits import DONE, USAGE, Failure
from console.cli.options import add_json
from console.cli.output import clean, print_json, table
from console.commands import COMMANDS, Command, Scope
from console.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

TOGETHER_SECONDS = 0.03
"""Bytes that come closer together than this are of one key."""

TWICE_SECONDS = 2.0
LEAVES = ("ctrl+c", "q")
_SPECIAL = ("ctrl+shift+", "ctrl+0", "ctrl+1", "shift+f")
_PRESS = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO[ -~]|\x1b[^\x1b\[O]|\x1b"
    rb"|[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf7][\x80-\xbf]{3}|.",
    re.DOTALL,
)
_TO_KITTY, _FROM_KITTY = "\x1b[>1u", "\x1b[<u"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list", action="store_true", help="list the keys of all commands")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    keymap = _keymap()
    if options.list or options.json:
        _list(keymap, asking.ask(), as_json=options.json)
        return DONE
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Failure(USAGE, "keys needs a terminal to press keys on; keys --list needs none")
    _try(keymap)
    return DONE


def _keymap() -> Mapping[str, str]:
    """What the person chose instead of the table's keys."""
    try:
        settings, problems = settingsfile.read(settingsfile.path_of())
    except settingsfile.Unreadable as error:
        settings, problems = Settings(), [str(error)]
    for problem in problems:
        print(f"settings: {clean(problem)}", file=sys.stderr)
    for name in settings.keymap:
        if name not in {command.id for command in COMMANDS}:
            print(f"settings: keymap: there is no command {clean(name)}", file=sys.stderr)
    return settings.keymap


def keys_of(command: Command, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """The Textual names of its keys, those of the person in place of the table's."""
    own = [key.strip() for key in keymap.get(command.id, "").split(",") if key.strip()]
    return tuple(own) or (*command.keys, *command.typed)


def is_reported(key: str, kitty: bool | None) -> bool | None:
    """Whether a terminal can tell this key from another one; None where it did not say."""
    return kitty if key.startswith(_SPECIAL) else True


# the list


def _list(keymap: Mapping[str, str], answers: asking.Answers, *, as_json: bool) -> None:
    found = [(command, keys_of(command, keymap)) for command in COMMANDS]
    found = [(command, keys) for command, keys in found if keys]
    if as_json:
        lines = [_object(command, keys, keymap, answers.kitty) for command, keys in found]
        print_json({"kitty": answers.kitty, "commands": lines})
        return
    rows = [
        (
            str(command.scope),
            "  ".join(_shown(key, answers.kitty) for key in keys),
            clean(command.label),
            command.help + ("  (yours)" if command.id in keymap else ""),
        )
        for command, keys in found
    ]
    print(table(("where", "keys", "command", "what it does"), rows))
    print(_about(answers))


def _shown(key: str, kitty: bool | None) -> str:
    return f"({clean(key)})" if is_reported(key, kitty) is not True else clean(key)


def _about(answers: asking.Answers) -> str:
    if answers.kitty:
        return "\nThis terminal tells Ctrl+Shift+X from Ctrl+X: every key above works."
    known = (
        "This terminal does not tell"
        if answers.is_there
        else "It is not known whether this \
terminal tells"
    )
    return f"\n{known} Ctrl+Shift+X from Ctrl+X: keys in brackets may not arrive; use the others."


def _object(
    command: Command, keys: Iterable[str], keymap: Mapping[str, str], kitty: bool | None
) -> dict[str, Any]:
    return {
        "id": command.id,
        "label": command.label,
        "scope": str(command.scope),
        "help": command.help,
        "keys": [{"key": key, "reported": is_reported(key, kitty)} for key in keys],
        "asks": list(command.typed),
        "yours": command.id in keymap,
    }


# the trial


def _try(keymap: Mapping[str, str]) -> None:
    """Shows keys until Ctrl+C or q is pressed twice, or the terminal is gone."""
    meanings = _meanings(keymap)
    print("Press keys; what arrives is shown. Ctrl+C twice or q q leaves.\n")
    print(f"{'bytes':<28} {'key':<20} command")
    sys.stdout.flush()
    source = sys.stdin.fileno()
    with asking.raw(source):
        try:
            _write(_TO_KITTY)
            _show_keys(source, meanings)
        finally:
            _write(_FROM_KITTY)
    print()


def _show_keys(source: int, meanings: Mapping[str, str]) -> None:
    last, last_at = "", float("-inf")
    presses = (press for data in _bunches(source) for press in split(data))
    for press in presses:
        for key in _names(press):
            _write(f"{_bytes(press):<28} {clean(key):<20} {meanings.get(key, '—')}\r\n")
            now = time.monotonic()
            if key in LEAVES and key == last and now - last_at < TWICE_SECONDS:
                return
            last, last_at = key, now


def _bunches(source: int) -> Iterator[bytes]:
    """The bytes that came together; ends with the terminal."""
    while True:
        select.select([source], [], [])
        data = b""
        while select.select([source], [], [], TOGETHER_SECONDS if data else 0)[0]:
            chunk = os.read(source, 64)
            if not chunk:
                return
            data += chunk
            if len(data) >= 256:
                break
        yield data


def split(data: bytes) -> list[bytes]:
    """One press after the other: a sequence, Alt and a character, or a character."""
    return _PRESS.findall(data)


def _names(data: bytes) -> list[str]:
    """The names Textual has for these bytes."""
    from textual import events
    from textual._parser import ParseError
    from textual._xterm_parser import XTermParser

    parser = XTermParser()
    try:
        found = [*parser.feed(data.decode("utf-8", "replace")), *parser.feed("")]
    except (ParseError, ValueError, OverflowError, ZeroDivisionError):
        found = []
    names = [event.key for event in found if isinstance(event, events.Key)]
    others = [type(event).__name__ for event in found if not isinstance(event, events.Key)]
    return names or [f"({other})" for other in others[:1]] or ["(no key)"]


def _bytes(data: bytes) -> str:
    """`ESC [ 1 ; 5 A` as it is written in manuals; nothing of it reaches the terminal as such."""
    words = {0x1B: "ESC", 0x20: "SPC", 0x7F: "DEL", 0x0D: "CR", 0x0A: "LF", 0x09: "TAB"}
    shown = [
        words.get(one) or (chr(one) if 0x20 < one < 0x7F else f"{one:02x}") for one in data[:12]
    ]
    return " ".join(shown) + (" …" if len(data) > 12 else "")


def _meanings(keymap: Mapping[str, str]) -> dict[str, str]:
    """Textual name of a key → what it does, everywhere first and then in which panel."""
    found: dict[str, list[str]] = {}
    for command in COMMANDS:
        where = "" if command.scope is Scope.RUN else f" ({command.scope})"
        asks = " (asks)" if command.typed and command.id not in keymap else ""
        for key in keys_of(command, keymap):
            again = asks if key in command.typed else ""
            found.setdefault(key, []).append(f"{command.label}{where}{again}")
    return {key: ", ".join(said) for key, said in found.items()}


def _write(said: str) -> None:
    os.write(sys.stdout.fileno(), said.encode("utf-8", "replace"))
