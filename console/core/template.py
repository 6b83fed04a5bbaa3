"""A configuration as a template for other runs: its source with the comments, secrets masked.

What the run uses wins: where the source says something else by now, or the start changed a value,
the value is replaced in its line. What comes out is read again and compared before it is given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import yaml

from console.core.config_diff import leaves, same
from console.core.config_load import Config, load
from console.core.config_problem import ConfigError
from console.core.redaction import MASK, mask, mask_tree

_BARE = re.compile(r"((?::|-)[ \t]+)" + re.escape(MASK) + r"(?=[ \t]*(?:#|$))", re.MULTILINE)
_ENTRY = re.compile(
    r"(?P<key>[ \t]*[^#\s][^:#]*:[ \t]+)(?P<value>[^#\n]*?)(?P<rest>[ \t]*(?:#.*)?)$"
)


def template(source: bytes | None, frozen: Config, header: Iterable[str]) -> tuple[str, bool]:
    """The text, and whether the comments of `source` are in it. Raises ValueError when no text can
    be made that says the same without the secrets."""
    head = "".join(f"# {line}\n" for line in header)
    wanted = mask_tree(frozen.tree)
    if source is not None:
        try:
            text = _masked(_as_used(source.decode("utf-8"), frozen))
        except (ConfigError, UnicodeDecodeError):
            text = None
        if text is not None and _says(head + text, wanted):
            return head + text, True
    plain = head + yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True, width=100)
    if not _says(plain, wanted):
        raise ValueError("this configuration cannot be written without its secrets")
    return plain, False


def veiled(text: str, config: Config) -> str:
    """A configuration's text without its secrets; the values alone where masking the text would
    not hide them all, such as a secret over several lines."""
    masked, wanted = _masked(text), mask_tree(config.tree)
    if _says(masked, wanted):
        return masked
    return yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True, width=100)


def _as_used(source: str, frozen: Config) -> str:
    """The source with the values the run began with, where they stand in a line of their own."""
    config = load(source.encode(), frozen.file)
    now, used = dict(leaves(config.tree)), dict(leaves(frozen.tree))
    lines = source.splitlines(keepends=True)
    for path, value in used.items():
        place = config.position(path)
        if place is None or same(now.get(path), value):
            continue
        line = lines[place[0] - 1]
        ending = line[len(line.rstrip("\r\n")) :]
        found = _ENTRY.match(line.rstrip("\r\n"))
        if found is not None and found["value"]:
            written = json.dumps(value, ensure_ascii=False)
            lines[place[0] - 1] = f"{found['key']}{written}{found['rest']}{ending}"
    return "".join(lines)


def _masked(text: str) -> str:
    """Without secrets, and still YAML: the mask is quoted."""
    return _BARE.sub(rf'\1"{MASK}"', mask(text))


def _says(text: str, wanted: object) -> bool:
    """Whether a text reads as this tree, secrets masked in both."""
    try:
        tree = load(text.encode(), "template").tree
    except ConfigError:
        return False
    one, other = dict(leaves(tree)), dict(leaves(wanted))
    return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
