"""`notify:`: by which ways a person is told, of what, and how often at most.

    notify:
      phone: {ntfy: https://ntfy.sh/my-topic, on: [critical, finished]}
      team: {slack: env:SLACK_WEBHOOK, on: [failed, dead], at_most: 2}    # two a minute
      box: {webhook: https://example.org/hook, token: env:HOOK_TOKEN, on: all}
      mail: {command: [notify-send, training], on: alert.gpu_hot}
      terminal: off                                       # of attached screens

A way has a name of one's own and is exactly one of `ntfy`, `slack`, `webhook` and `command`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from console.core.config_entries import entries
from console.core.config_kind import COMMAND, COUNT, Kind, wrong
from console.core.config_problem import Mark, Problems, Wrong, nearest, quote
from console.core.config_yaml import Path
from console.core.notify import EVENTS, RULED, SUMS, USUAL
from console.core.redaction import ADDRESSES

SECTION = "notify"
TERMINAL = "terminal"
KINDS = (*ADDRESSES, "command")
FROM_ENVIRONMENT = "env:"
TEXTS = (*KINDS, "token")
"""Entries whose plain scalars stay as written."""

USUAL_PER_MINUTE, MOST_PER_MINUTE, MOST_WAYS = 6, 600, 20
LONGEST_ADDRESS = 2000
EXAMPLE = "{ntfy: https://ntfy.sh/my-topic, on: [critical, finished]}"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}")

MarksOf = Callable[[Path], tuple[Mark, Mark]]


@dataclass(frozen=True, slots=True)
class Way:
    """One way. `target` is an address, or `env:NAME` for one in the environment; of a command its
    words are in `command`."""

    name: str
    kind: str
    target: str = ""
    command: tuple[str, ...] = ()
    token: str = ""
    on: tuple[str, ...] = USUAL
    per_minute: int = USUAL_PER_MINUTE

    def __repr__(self) -> str:
        """Without address and token, which are secrets."""
        return f"Way({self.name!r}, {self.kind!r})"


@dataclass(frozen=True, slots=True)
class Notify:
    """All ways, and what the terminals of attached screens tell."""

    ways: tuple[Way, ...] = ()
    terminal: tuple[str, ...] = USUAL


def check(given: object, rules: Iterable[str], marks: MarksOf, problems: Problems) -> Notify:
    """The ways; what is wrong with the section goes to `problems`. `rules`: ids of alerts."""
    if given is None:
        return Notify()
    if not isinstance(given, Mapping):
        found = "a list" if isinstance(given, list) else quote(given)
        message = f"expected ways by their names, found {found}"
        problems.add(marks((SECTION,))[1], message, f"for example  phone: {EXAMPLE}")
        return Notify()
    if len(given) > MOST_WAYS:
        problems.add(marks((SECTION,))[0], f"{len(given)} ways, {MOST_WAYS} are the most")
        return Notify()
    kinds = _settings(tuple(rules))
    terminal: tuple[str, ...] = USUAL
    ways = []
    for name, said in given.items():
        if name == TERMINAL:
            terminal = _terminal(said, kinds, marks, problems)
        elif (way := _way(name, said, kinds, marks, problems)) is not None:
            ways.append(way)
    return Notify(tuple(ways), terminal)


def _is_off(said: object) -> bool:
    return said is False or said == "off"


def _terminal(
    said: object, kinds: Mapping[str, Kind], marks: MarksOf, problems: Problems
) -> tuple[str, ...]:
    path: Path = (SECTION, TERMINAL)
    if _is_off(said):
        return ()
    if said is None or said is True or said == "on":
        return USUAL
    if not isinstance(said, Mapping):
        hint = "write {on: [critical, finished]}, or off"
        problems.add(marks(path)[1], f"expected on: and what to tell, found {quote(said)}", hint)
        return USUAL
    found = entries(path, said, {"on": kinds["on"]}, marks, problems).get("on", USUAL)
    return tuple(found)


def _way(
    name: object, said: object, kinds: Mapping[str, Kind], marks: MarksOf, problems: Problems
) -> Way | None:
    path: Path = (SECTION, name if isinstance(name, (str, int)) else str(name))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        expected = "a name of at most 40 letters, digits, _ and -"
        problems.add(marks(path)[0], f"expected {expected}, found {quote(name)}")
        return None
    if _is_off(said):
        return None
    if not isinstance(said, Mapping):
        hint = f"write {EXAMPLE}, or off"
        problems.add(marks(path)[1], f"expected a way, found {quote(said)}", hint)
        return None
    found = entries(path, said, kinds, marks, problems)
    ways = [kind for kind in KINDS if said.get(kind) is not None]
    if len(ways) != 1:
        what = " and ".join(ways) or "none of them"
        problems.add(marks(path)[0], f"expected one of {', '.join(KINDS)}, found {what}")
        return None
    kind = ways[0]
    if "token" in said and kind not in ("ntfy", "webhook"):
        message = f"{SECTION}.{name}.token: {kind} has none"
        problems.add(marks((*path, "token"))[0], message, "leave it out")
    if kind not in found:
        return None
    target, command = ("", found[kind]) if kind == "command" else (found[kind], ())
    return Way(
        name, kind, target, command, found.get("token", ""), found.get("on", USUAL),
        found.get("at_most", USUAL_PER_MINUTE),
    )  # fmt: skip


def address_problem(url: str, *, topic: bool) -> str | None:
    """What is wrong with an address to post to; None when nothing is. It is never quoted."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "an address such as https://example.org/hook"
    if parts.scheme not in ("http", "https") or not host or len(url) > LONGEST_ADDRESS:
        return "an address that begins with https:// or http://"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "an address of plain ASCII letters; others as %.."
    if "@" in parts.netloc:
        return "an address without a password; a token has token:"
    if topic and not parts.path.strip("/"):
        return "an address that ends with a topic, such as https://ntfy.sh/my-topic"
    return None


def _address(value: Any, *, topic: bool = False) -> str:
    if _is_variable(value):
        return str(value)
    problem = address_problem(value, topic=topic) if isinstance(value, str) else None
    if not isinstance(value, str) or problem:
        expected = problem or "an address such as https://example.org/hook"
        raise Wrong(f"expected {expected}", "or env:NAME for one in the environment")
    return value


def _is_variable(value: object) -> bool:
    if not isinstance(value, str) or not value.startswith(FROM_ENVIRONMENT):
        return False
    name = value.removeprefix(FROM_ENVIRONMENT)
    if not _VARIABLE.fullmatch(name):
        raise wrong("env: and the name of a variable", value, "for example env:SLACK_WEBHOOK")
    return True


def _token(value: Any) -> str:
    if _is_variable(value):
        return str(value)
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
        raise Wrong("expected a token of plain ASCII letters", "or env:NAME")
    return value


def _per_minute(value: Any) -> int:
    try:
        number = int(COUNT.read(value))
    except Wrong:
        number = 0
    if not 1 <= number <= MOST_PER_MINUTE:
        raise wrong(f"a whole number from 1 to {MOST_PER_MINUTE}: notices a minute", value)
    return number


def _settings(rules: tuple[str, ...]) -> dict[str, Kind]:
    """The kinds of a way's entries, where alerts have these ids."""

    def word(value: object, at: tuple[int, ...]) -> str:
        event, dot, rule = str(value).partition(".")
        known = (*SUMS, *EVENTS) if not dot else rules
        if isinstance(value, str) and (value in known or (event in RULED and rule in known)):
            return value
        close = nearest(rule if dot else str(value), known)
        meant = f"{event}.{close}" if dot and close else close
        hint = f"did you mean {meant}?" if meant else f"there are {', '.join(known)}"
        if dot and event not in RULED:
            hint = f"a rule stands after {' or '.join(f'{one}.' for one in RULED)}"
        raise wrong("what can be told", value, hint, at)

    def words(value: Any) -> tuple[str, ...]:
        if _is_off(value):
            return ()
        items = value if isinstance(value, list) else [value]
        return tuple(
            word(item, (index,) if items is value else ()) for index, item in enumerate(items)
        )

    return {
        "ntfy": Kind("an address", lambda value: _address(value, topic=True), is_text=True),
        "slack": Kind("an address", _address, is_text=True),
        "webhook": Kind("an address", _address, is_text=True),
        "command": COMMAND,
        "token": Kind("a token", _token, is_text=True),
        "on": Kind("what is told", words),
        "at_most": Kind("notices a minute", _per_minute),
    }


def host_of(target: str) -> str:
    """The host of an address, which may be shown; what follows it is a secret."""
    if target.startswith(FROM_ENVIRONMENT):
        return f"${target.removeprefix(FROM_ENVIRONMENT)}"
    try:
        return urlsplit(target).hostname or ""
    except ValueError:
        return ""


def described(way: Way) -> str:
    """A way as it may be shown: `ntfy at ntfy.sh`, `command notify-send`."""
    if way.kind == "command":
        return f"command {way.command[0].rpartition('/')[2]}"
    return f"{way.kind} at {host_of(way.target)}"
