"""What can be said of a regular expression before it is tried: what every hit must hold.

Read from Python's own parse of it. `superset` is the same question for ripgrep, a little wider:
every row in which Python finds a hit is among those ripgrep finds, and each of them is judged by
Python afterwards. What is not known here is None, and then nothing is asked of ripgrep.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from console.backend.colours import COLOUR_SOURCE

if TYPE_CHECKING:
    from types import ModuleType

LONGEST_SOURCE = 16_384
_CONTEXT = 4
_ENOUGH = 5
_MOST_COPIES = 8
_LARGEST_RANGE = 512
_FEW_PLACES = 13
"""So many different letters before a colour ripgrep looks for at once (about 26 beginnings)."""

_INSIDE = {
    "CATEGORY_DIGIT": r"\d",
    "CATEGORY_NOT_DIGIT": r"\D",
    "CATEGORY_SPACE": r"\s\x1c-\x1f",
    "CATEGORY_NOT_SPACE": r"\S",
    "CATEGORY_WORD": r"\p{L}\p{N}\p{M}_",
    "CATEGORY_NOT_WORD": r"[^\p{L}\p{N}_]",
}
_ANY = "."


class Trust(IntEnum):
    """In which rows without colours and marks whatever ripgrep finds is a hit indeed."""

    ALL = 0
    ASCII = 1
    NONE = 2


class Superset(NamedTuple):
    """What to ask ripgrep for, each in a process of its own, and how far it is believed."""

    sources: list[str]
    trust: Trust


class _Unknown(Exception):
    """Something that is not translated."""


def _parser() -> ModuleType:
    from re import _parser  # type: ignore[attr-defined]  # the only place that reads the parse

    found: ModuleType = _parser
    return found


def parsed(source: str) -> Any:
    """Python's parse of an expression; None of a bad one, or one with other flags than usual."""
    try:
        tree = _parser().parse(source)
    except (re.error, RecursionError, OverflowError):
        return None
    return None if tree.state.flags & ~(re.UNICODE | re.MULTILINE) else tree


def superset(source: str, *, fold: bool) -> Superset | None:
    """Patterns for ripgrep; a row in which none of them is found has no hit.

    The first one is for hits that no colour sequence interrupts. `fold`: case does not matter.
    """
    walk = _Walk(fold)
    try:
        whole = walk.sequence(_parser().parse(source))
    except (_Unknown, re.error, RecursionError):
        return None
    if whole.nullable:
        return None
    raw = f"(?i:{whole.source})|\\x{{130}}" if fold else whole.source
    if any(_is_broad(place) for pair in whole.pairs for place in pair):
        # Such places before a colour are looked for slowly; what must be in every hit is not.
        text = required(source, fold=fold)
        if len(text) >= _ENOUGH:
            found = superset_of_text(text, fold=fold)
            return found and found._replace(trust=Trust.NONE)
        after = {following for _before, following in whole.pairs}
        return None if text else _joined([raw, _interrupted("", after)], walk.trust)
    pairs = _pairs(whole.pairs)
    if not fold:
        return _joined([raw, *pairs], walk.trust)
    # Together they are one pass over the file, but with so many beginnings that is a slow one.
    return _joined([raw], walk.trust, ["|".join(pairs)] if pairs else [])


def superset_of_text(text: str, *, fold: bool) -> Superset | None:
    """The same for a plain text in ASCII, of which only the case of ASCII does not matter."""
    raw = "".join(_sign(char, fold=fold) for char in text)
    after: dict[str, set[str]] = {}
    for index, char in enumerate(text[:-1]):
        after.setdefault(_sign(char, fold=fold), set()).add(_context(text[index + 1 :], fold=fold))
    if fold and len(after) > _FEW_PLACES:  # a beginning often met is better than many
        return _joined([raw, _interrupted("", set().union(*after.values()))], Trust.ALL)
    pairs = [_interrupted(before, found) for before, found in sorted(after.items())]
    return _joined([raw, *pairs], Trust.ALL)


def required(source: str, *, fold: bool) -> str:
    """The longest text that is in every hit, in ASCII; empty when there is none.

    With `fold` without letters that something outside ASCII becomes when it is lowered.
    """
    tree = parsed(source)
    return "" if tree is None else longest_text(tree, fold=fold)


def longest_text(items: Iterable[tuple[Any, Any]], *, fold: bool) -> str:
    """The same of a part of a parsed expression."""
    found, run = "", ""
    for kind, value in items:
        name = str(kind)
        if name == "AT":
            continue
        char = chr(value) if name == "LITERAL" else ""
        is_sure = char != "" and char.isascii() and not (fold and char in "ki")
        run = run + char if is_sure else ""
        found = max(found, run, key=len)
    return found


def _joined(parts: list[str], trust: Trust, others: Sequence[str] = ()) -> Superset | None:
    if sum(map(len, (*parts, *others))) > LONGEST_SOURCE or "\0" in parts[0]:
        return None
    return Superset(["|".join(parts), *others], trust)


class _Part:
    """A piece of an expression: its source, what it can begin and end with, what can follow.

    `edges`: ends of the row it asks for; each is translated once only, as it takes in the colours.
    """

    __slots__ = ("edges", "first", "last", "nullable", "pairs", "source")

    def __init__(
        self,
        source: str = "",
        first: frozenset[str] = frozenset(),
        last: frozenset[str] = frozenset(),
        nullable: bool = True,
        pairs: Iterable[tuple[str, str]] = (),
        edges: frozenset[str] = frozenset(),
    ) -> None:
        self.source, self.first, self.last = source, first, last
        self.nullable, self.pairs, self.edges = nullable, set(pairs), edges

    def then(self, other: _Part) -> _Part:
        """One after the other."""
        if self.edges & other.edges:
            raise _Unknown
        return _Part(
            self.source + other.source,
            self.first | (other.first if self.nullable else frozenset()),
            other.last | (self.last if other.nullable else frozenset()),
            self.nullable and other.nullable,
            self.pairs | other.pairs | {(a, b) for a in self.last for b in other.first},
            self.edges | other.edges,
        )


class _Walk:
    """Goes through a parse. `trust`: what was met so far means the same to ripgrep there."""

    def __init__(self, fold: bool) -> None:
        self._fold = fold
        self.trust = Trust.ASCII if fold else Trust.ALL

    def sequence(self, items: Iterable[tuple[Any, Any]]) -> _Part:
        state = getattr(items, "state", None)
        if state is not None and state.flags & ~(re.UNICODE | re.MULTILINE):
            raise _Unknown
        whole = _Part()
        for kind, value in items:
            whole = whole.then(self._item(str(kind), value))
        return whole

    def _item(self, kind: str, value: Any) -> _Part:
        match kind:
            case "LITERAL":
                if self._fold and chr(value).lower() != chr(value):
                    self.trust = Trust.NONE
                return self._place(_literal(chr(value)), _place(chr(value), fold=self._fold))
            case "NOT_LITERAL":
                return self._place(self._set([("NEGATE", None), ("LITERAL", value)]))
            case "ANY":
                return self._place(_ANY)
            case "IN":
                return self._place(self._set([(str(name), item) for name, item in value]))
            case "MAX_REPEAT" | "MIN_REPEAT":
                return self._repeat(*value)
            case "SUBPATTERN":
                return self._group(*value)
            case "BRANCH":
                return self._branch([self.sequence(branch) for branch in value[1]])
            case "AT":
                source = _EDGES.get(str(value), "")
                if not source:
                    self.trust = Trust.NONE
                return _Part(source, edges=frozenset([source] if source else ()))
            case "ASSERT" | "ASSERT_NOT":
                self.trust = Trust.NONE
                return _Part()
        raise _Unknown

    def _place(self, source: str, place: str | None = None) -> _Part:
        alone = frozenset([place or (f"(?i:{source})" if self._fold else source)])
        return _Part(source, alone, alone, nullable=False)

    def _group(self, _number: object, added: int, removed: int, items: Any) -> _Part:
        if added or removed:
            raise _Unknown
        part = self.sequence(items)
        part.source = f"(?:{part.source})"
        return part

    def _branch(self, parts: Sequence[_Part]) -> _Part:
        return _Part(
            f"(?:{'|'.join(part.source for part in parts)})",
            frozenset().union(*(part.first for part in parts)),
            frozenset().union(*(part.last for part in parts)),
            any(part.nullable for part in parts),
            set().union(*(part.pairs for part in parts)),
            frozenset().union(*(part.edges for part in parts)),
        )

    def _repeat(self, least: int, most: int, items: Any) -> _Part:
        part = self.sequence(items)
        low = min(least, _MOST_COPIES)
        high = str(int(most)) if int(most) <= _MOST_COPIES else ""
        if low < least or (not high and most is not _parser().MAXREPEAT):
            self.trust = Trust.NONE
        if part.edges and most > 1:
            raise _Unknown
        if most > 1:
            part.pairs |= {(a, b) for a in part.last for b in part.first}
        part.source = f"(?:{part.source}){{{low},{high}}}"
        part.nullable = part.nullable or least == 0
        return part

    def _set(self, items: list[tuple[str, Any]]) -> str:
        negated = items[0][0] == "NEGATE"
        parts, has_capitals, has_small = [], False, False
        for name, value in items[1:] if negated else items:
            if name == "LITERAL":
                low = high = value
            elif name == "RANGE":
                low, high = value
            elif name == "CATEGORY" and str(value) in _INSIDE:
                parts.append(_INSIDE[str(value)])
                # Python takes \x1c … \x1f for spaces.
                is_same = str(value) != "CATEGORY_NOT_SPACE"
                self.trust = max(self.trust, Trust.ASCII if is_same else Trust.NONE)
                continue
            else:
                raise _Unknown
            parts.append(f"\\x{{{low:x}}}-\\x{{{high:x}}}")
            chars = "".join(map(chr, range(low, min(high, low + _LARGEST_RANGE) + 1)))
            is_large = high - low > _LARGEST_RANGE
            has_capitals |= is_large or chars.lower() != chars
            has_small |= is_large or chars.upper() != chars
        if self._fold and (has_capitals or (negated and has_small)):
            self.trust = Trust.NONE
        if not negated:
            return f"[{''.join(parts)}]"
        if self._fold and has_capitals:
            return _ANY
        found = f"[^{''.join(parts)}]"
        return f"(?-i:{found})" if self._fold else found


_EDGES = {
    "AT_BEGINNING": rf"(?:^|\x1e|{COLOUR_SOURCE})",
    "AT_BEGINNING_STRING": rf"(?:^|\x1e|{COLOUR_SOURCE})",
    "AT_END": r"(?:$|\x1b)",
    "AT_END_STRING": r"(?:$|\x1b)",
}
"""The ends of a row, with colours before or after them; other places without width are left out."""


def _is_broad(place: str) -> bool:
    """Whether many characters fit a place."""
    return place == _ANY or "[^" in place or any(inside in place for inside in _INSIDE.values())


def _literal(char: str) -> str:
    is_plain = char == " " or (char.isascii() and char.isalnum())
    return char if is_plain else f"\\x{{{ord(char):x}}}"


def _sign(char: str, *, fold: bool) -> str:
    """One character, in both cases of ASCII."""
    if not fold or char.lower() == char.upper():
        return _literal(char)
    return f"[{char.lower()}{char.upper()}]"


def _place(char: str, *, fold: bool) -> str:
    """One character where it counts, in each case that lowers to it."""
    if fold and char.lower() != char.upper() and (char in "kis" or not char.isascii()):
        return f"(?:(?i:{_literal(char)})|\\x{{130}})"
    return _sign(char, fold=fold)


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[str]:
    after: dict[str, set[str]] = {}
    for before, following in pairs:
        after.setdefault(before, set()).add(following)
    return [_interrupted(before, found) for before, found in sorted(after.items())]


def _interrupted(before: str, after: set[str]) -> str:
    """A character, colour sequences, and what comes after them."""
    return f"{before}(?:{COLOUR_SOURCE})+(?:{'|'.join(sorted(after))})"


def _context(text: str, *, fold: bool) -> str:
    """The next few characters, after each of which there may be colours again."""
    found = ""
    for char in reversed(text[1:_CONTEXT]):
        found = f"(?:\\x1b|{_sign(char, fold=fold)}{found})"
    return _sign(text[0], fold=fold) + found
