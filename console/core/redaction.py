"""Masks secrets in text and in trees of values, before anything is shown, exported or reported.

Three ways to know a secret: the name it is filed under (`api_key`, `HF_TOKEN`), its shape
(`ghp_…`), or its value (`secret_values` of the environment). Every pattern reads each character a
bounded number of times. A new kind of key is a word in a table, a new shape a row in `_SHAPES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

MASK = "***"

_SECRET_WORD = re.compile(
    "secrets?|passwords?|passwd|passphrase|credentials?|apikeys?|authorization|cookies?"
    "|privatekey|accesskey"
)
_BEFORE_KEY = re.compile(
    "api|access|private|secret|ssh|signing|encryption|auth|account|license|deploy"
)
"""`key` is a secret only behind one of these words: `sort_key` and `key` are not."""

_BEFORE_TOKENS = re.compile("auth|access|api|hf|refresh|bearer|secret|session|github|gitlab")
"""`tokens` are counted far more often than kept secret; behind these words they are secrets."""

_LANGUAGE_WORD = re.compile(
    "pad|eos|bos|unk|sep|cls|mask|special|per|image|audio|video|next|first|last|start|end|stop"
    "|each|num|max|min|new|added|prompt|begin|of|language|decoder|input|output|target"
)
"""Before `token` they make it a piece of text, not a password."""

_PLACE_WORD = re.compile("file|path|dir|folder|name|env")
"""As a last word they say where a secret is, which is no secret."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"hf_[A-Za-z0-9]{16,}+"
    r"|sk-[A-Za-z0-9_-]{16,}+"
    r"|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,}+"
    r"|gh[pousr]_[A-Za-z0-9]{20,}+"
    r"|github_pat_[A-Za-z0-9_]{20,}+"
    r"|glpat-[A-Za-z0-9_-]{16,}+"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}+"
    r"|AIza[0-9A-Za-z_-]{30,}+"
    r"|npm_[A-Za-z0-9]{30,}+"
    r"|pypi-[A-Za-z0-9_-]{30,}+"
    r"|(?<![_-])eyJ[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_-]*+"
    r")"
)
_BEARER = re.compile(r"(?i)(?<![a-z0-9])(bearer[ \t]++)[A-Za-z0-9._~+/=-]{8,}+")
ADDRESSES = ("ntfy", "slack", "webhook")
_ADDRESS_NAME = re.compile("|".join(ADDRESSES))
_ADDRESS = re.compile(
    r"(?i)(\b(?:slack|webhook|ntfy)[\"']?[ \t]*+[:=][ \t]*+[\"']?https?://[^\s/\"'?#,}\]]++)"
    r"[/?#][^\s\"',}\]]++"
)
"""Who knows such an address can post to it: it is shown up to its host."""

_HOOK = re.compile(
    r"(://(?:hooks\.slack\.com/[a-z]++|(?:[a-z]+\.)?discord(?:app)?\.com/api/webhooks"
    r"|[a-z0-9.-]*\.webhook\.office\.com|ntfy\.sh))/[^\s\"'<>]++"
)
_USERINFO = re.compile(r"(://)(?!git@)[^\s/@?#\"'<>]++@")
_PRIVATE_KEY = re.compile(
    r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)(?:[^-]|-(?!----))*+(-----END[A-Z -]{0,60}-----)?"
)

_NAMED = re.compile(
    r"(?<![\w.-])(?P<flag>--?)?(?P<name>[A-Za-z_][\w.-]*+)"
    r"(?:[\"']?[ \t]*+[:=]+(?P<gap>[ \t]*+)|(?P<space>[ \t]++))"
)
_VALUE = re.compile(
    r"(?:(?:bearer|basic|token)[ \t]++)?"
    r"(?:\\++[\"'][^\"'\\\n]*+(?:\\++[\"'])?"  # quoted within a quotation
    r"|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?|[^\s,;&'\"\]})]++)",
    re.IGNORECASE,
)
_WORD_BEFORE = re.compile(r"([A-Za-z]+)[ \t]$")
_SMALL_NUMBER = re.compile(r"[+-]?[0-9.,]{1,8}(?:[eE][+-]?[0-9]{1,3})?%?")


def is_secret_name(name: str) -> bool:
    """Whether what is filed under this name is a secret, judged by its words.

    `HF_TOKEN`, `wandbApiKey` and `db-password` are; `tokenizer`, `max_tokens` and `eos_token`
    are not.
    """
    words = [word.lower() for word in _WORD.findall(name[:200]) if not word.isdigit()]
    if not words or _PLACE_WORD.fullmatch(words[-1]):
        return False
    if any(_SECRET_WORD.fullmatch(word) for word in words):
        return True
    before = words[-2] if len(words) > 1 else ""
    judge = _LAST_WORDS.get(words[-1])
    return judge is not None and judge(before)


_LAST_WORDS: dict[str, Callable[[str], bool]] = {
    "token": lambda before: not _LANGUAGE_WORD.fullmatch(before),
    "tokens": lambda before: bool(_BEFORE_TOKENS.fullmatch(before)),
    "key": lambda before: bool(_BEFORE_KEY.fullmatch(before)),
    "keys": lambda before: bool(_BEFORE_KEY.fullmatch(before)),
    "pwd": lambda before: before != "",  # alone it is the shell's working directory
}
"""Last words that need the word before them to be judged."""


def secret_values(environ: Mapping[str, str], shortest: int = 6) -> tuple[str, ...]:
    """The values of secret variables, longest first; `mask` hides them wherever they appear.

    Values below `shortest` characters are left out: hiding every `1` would hide the text.
    """
    found = {v for k, v in environ.items() if is_secret_name(k) and len(v) >= shortest}
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


def mask(text: str, values: Iterable[str] = ()) -> str:
    """The text with every secret replaced by `MASK`; `values` are hidden literally."""
    for value in values:
        if value:
            text = text.replace(value, MASK)
    text = _PRIVATE_KEY.sub(rf"\1{MASK}\2", text)
    text = _BEARER.sub(rf"\1{MASK}", text)
    text = _HOOK.sub(rf"\1/{MASK}", _ADDRESS.sub(rf"\1/{MASK}", text))
    text = _USERINFO.sub(rf"\1{MASK}@", text)
    return _mask_named(_SHAPES.sub(MASK, text))


def mask_tree(tree: object, values: Iterable[str] = ()) -> object:
    """A copy of nested mappings and lists without secrets.

    Everything below a secret name is masked, as is the word after a secret flag in a list of
    arguments (`--api-key`, `…`).
    """
    return _mask_node(tree, tuple(values))


def mask_arguments(words: Iterable[str], values: Iterable[str] = ()) -> tuple[str, ...]:
    """A command line as it may be shown."""
    return tuple(map(str, _mask_arguments(words, tuple(values))))


def mask_entry(name: str, value: object, values: Iterable[str] = ()) -> object:
    """`value` as it may be shown under `name` (dotted names are judged by their parts)."""
    if any(is_secret_name(part) for part in name.split(".")):
        return _hide(value)
    if isinstance(value, str) and _ADDRESS_NAME.fullmatch(name.rpartition(".")[2]):
        return _address(value)
    return mask_tree(value, values)


def _mask_node(node: object, values: tuple[str, ...]) -> object:
    if isinstance(node, str):
        return mask(node, values)
    if isinstance(node, Mapping):
        return {key: _mask_item(str(key), value, values) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return _mask_arguments(node, values)
    return node


def _mask_item(name: str, value: object, values: tuple[str, ...]) -> object:
    if is_secret_name(name):
        return _hide(value)
    if isinstance(value, str) and _ADDRESS_NAME.fullmatch(name):
        return _address(value)
    return _mask_node(value, values)


def _address(value: str) -> str:
    """What stands under the name of an address, up to its host."""
    return mask(f"webhook={value}").removeprefix("webhook=")


def _mask_arguments(items: Iterable[object], values: tuple[str, ...]) -> list[object]:
    """Items one by one; the one after a secret flag without `=` is its value."""
    masked: list[object] = []
    is_value = False
    for item in items:
        masked.append(_hide(item) if is_value else _mask_node(item, values))
        is_value = isinstance(item, str) and item.startswith("-") and is_secret_name(item)
        is_value = is_value and "=" not in str(item)
    return masked


def _hide(value: object) -> object:
    """The shape of a secret stays, so that a reader sees that something is set."""
    if isinstance(value, Mapping):
        return {key: _hide(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hide(item) for item in value]
    return value if value is None or isinstance(value, bool) or value == "" else MASK


def _mask_named(text: str) -> str:
    """Masks the value of `name=value`, `"name": "value"` and `--name value`."""
    parts: list[str] = []
    done = position = 0
    while found := _NAMED.search(text, position):
        position = found.end()
        if not _names_secret(found, text):
            # Only the separator is passed over: the value may itself be a name.
            continue
        value = _VALUE.match(text, position)
        if value is None or _is_harmless(found["name"], value[0]):
            continue
        parts += [text[done:position], _in_quotes(value[0])]
        done = position = value.end()
    return "".join([*parts, text[done:]]) if parts else text


def _names_secret(found: re.Match[str], text: str) -> bool:
    if found["space"] and found["flag"] != "--":
        return False
    if not is_secret_name(found["name"]):
        return False
    before = _WORD_BEFORE.search(text, max(0, found.start() - 24), found.start())
    return before is None or not _LANGUAGE_WORD.fullmatch(before[1].lower())


def _is_harmless(name: str, value: str) -> bool:
    """A `token` that is a small number counts something; an already masked value stays."""
    if value.strip("\"'") in ("", MASK):
        return True
    return name.lower().endswith("token") and _SMALL_NUMBER.fullmatch(value) is not None


def _in_quotes(value: str) -> str:
    quote = value[0] if value[0] in "\"'" else ""
    return f"{quote}{MASK}{quote}"
