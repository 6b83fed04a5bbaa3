"""What our own search can tell from undecoded rows, read from Python's parse of an expression.

`needles`: texts of which one is in every hit; looking for them costs next to nothing. `undecoded`:
the expression for bytes, where it means the same there, as decoding takes longer than most
searches. `has_case`: whether rows have to be lowered at all, which takes as long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from console.backend.search_tree import longest_text, parsed

if TYPE_CHECKING:
    from collections.abc import Callable

_BEYOND_ASCII = 0x80
_MOST_NEEDLES = 8
_SURE_LENGTH = 4
"""A single text so long is better than several longer ones."""

_NOT_ITSELF = re.compile(r"\\[xuUN0-9]|\[\^?\]?(?:\\.|[^]])*[^\x00-\x7f]")
"""In an expression: a character that is not written as itself, or a set that would be of bytes."""

_REPLACEMENT = 0xFFFD
"""What stands for bytes that are no text; no byte is it."""


def needles(source: str, *, fold: bool) -> tuple[str, ...]:
    """Texts in ASCII of which one is in every hit; none when nothing is known.

    With `fold` without letters that something outside ASCII becomes when it is lowered.
    """
    tree = parsed(source)
    return () if tree is None else _needles(tree, fold)


def undecoded(source: str, *, fold: bool) -> tuple[re.Pattern[bytes], bool] | None:
    """The expression for bytes, and whether it means the same always or only in rows of ASCII.

    `fold`: it is tried on lowered rows. None where it never does.
    """
    tree = parsed(source)
    if tree is None:
        return None
    try:
        kinds = {*map(_kind, _leaves(tree))}
        regex = re.compile(source.encode(), re.MULTILINE)
    except (re.error, UnicodeEncodeError, OverflowError):
        return None
    if "DIFFERS" in kinds or ("TEXT" in kinds and _NOT_ITSELF.search(source)):
        return None
    return regex, (not fold and "ASCII" not in kinds)


def nearest(text: bytes, wanted: tuple[bytes, ...]) -> Callable[[int], int]:
    """What gives the first place of any of some texts, from a byte on; -1: nowhere.

    It is to be asked for ascending bytes.
    """
    if len(wanted) == 1:
        return partial(text.find, wanted[0])
    ahead = [-2] * len(wanted)

    def find(start: int) -> int:
        best = -1
        for place, needle in enumerate(wanted):
            if ahead[place] < start and ahead[place] != -1:
                ahead[place] = text.find(needle, start)
            if ahead[place] >= 0 and (best < 0 or ahead[place] < best):
                best = ahead[place]
        return best

    return find


def _needles(items: Sequence[tuple[Any, Any]], fold: bool) -> tuple[str, ...]:
    """The best choice in a sequence: one long text, else the one whose shortest is longest."""
    longest = longest_text(items, fold=fold)
    if len(longest) < _SURE_LENGTH:
        choices = (_inner(str(kind), value, fold) for kind, value in items)
        others = max(choices, key=_shortest, default=())
        if _shortest(others) > len(longest):
            return others
    return (longest,) if longest else ()


def _inner(name: str, value: Any, fold: bool) -> tuple[str, ...]:
    """What must be in a part of a sequence."""
    if name == "SUBPATTERN" and not (value[1] or value[2]):
        return _needles(value[3], fold)
    if name in ("MAX_REPEAT", "MIN_REPEAT") and value[0] > 0:
        return _needles(value[2], fold)
    if name != "BRANCH":
        return ()
    branches = [_needles(branch, fold) for branch in value[1]]
    if not all(branches):
        return ()
    found = tuple(dict.fromkeys(text for branch in branches for text in branch))
    return found if len(found) <= _MOST_NEEDLES else ()


def _shortest(texts: tuple[str, ...]) -> int:
    return min(map(len, texts), default=0)


def has_case(source: str) -> bool:
    """Whether it can matter for an expression that a row is lowered before; also if unknown."""
    tree = parsed(source)
    return tree is None or not all(map(_is_caseless, _leaves(tree)))


def _leaves(items: Iterable[tuple[Any, Any]]) -> Iterator[tuple[str, Any]]:
    """The parts of an expression that stand for characters or places, each with its kind.

    A repeated single one is of kind "REPEATED LITERAL" and so on, any other thing is UNKNOWN.
    """
    for kind, value in items:
        match str(kind):
            case "MAX_REPEAT" | "MIN_REPEAT":
                is_single = len(value[2]) == 1
                for name, inner in _leaves(value[2]):
                    yield f"REPEATED {name}" if is_single and name == "LITERAL" else name, inner
            case "SUBPATTERN" if not (value[1] or value[2]):
                yield from _leaves(value[3])
            case "BRANCH":
                for branch in value[1]:
                    yield from _leaves(branch)
            case "ASSERT" | "ASSERT_NOT":
                yield from _leaves(value[1])
            case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN" | "AT" as name:
                yield name, value
            case _:
                yield "UNKNOWN", value


def _is_caseless(leaf: tuple[str, Any]) -> bool:
    """Whether it is in a lowered row just where it is in the row."""
    name, value = leaf
    if name == "IN":
        return all(_is_caseless_in(str(kind), inner) for kind, inner in value)
    if name.endswith("LITERAL") and name != "NOT_LITERAL":
        return value < _BEYOND_ASCII and not chr(value).isalpha()
    return name == "AT" and "BOUNDARY" not in str(value)


def _is_caseless_in(name: str, value: Any) -> bool:
    if name == "RANGE":
        low, high = value
        return high < _BEYOND_ASCII and not any(
            chr(code).isalpha() for code in range(low, high + 1)
        )
    if name == "LITERAL":
        return value < _BEYOND_ASCII and not chr(value).isalpha()
    return str(value) in ("CATEGORY_DIGIT", "CATEGORY_SPACE")


def _kind(leaf: tuple[str, Any]) -> str:
    """TEXT for a letter outside ASCII, ASCII for what is the same in ASCII only; DIFFERS."""
    name, value = leaf
    match name:
        case "LITERAL":
            if value == _REPLACEMENT:
                return "DIFFERS"
            return "" if value < _BEYOND_ASCII else "TEXT"
        case "REPEATED LITERAL":  # only its last byte would be repeated
            return "" if value < _BEYOND_ASCII else "DIFFERS"
        case "NOT_LITERAL" | "ANY":
            return "ASCII"
        case "IN":
            return max((_kind_in(str(kind), inner) for kind, inner in value), default="")
        case "AT":
            return "ASCII" if "BOUNDARY" in str(value) else ""
    return "DIFFERS"


def _kind_in(name: str, value: Any) -> str:
    if name in ("LITERAL", "RANGE"):
        high = value if name == "LITERAL" else value[1]
        return "" if high < _BEYOND_ASCII else "ASCII"
    if name == "CATEGORY":  # \x1c … \x1f are spaces in text only
        return "DIFFERS" if str(value).endswith("SPACE") else "ASCII"
    return "ASCII" if name == "NEGATE" else "DIFFERS"
