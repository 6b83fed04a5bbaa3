"""Colours and attributes (SGR, ECMA-48 8.3.117) in one canonical, bounded form.

A style is the text between `\\x1b[` and `m`: attributes in ascending order, foreground,
background; "" is the default. Concealed text (8) is shown as what it is; underline colours,
fonts and unknown codes are dropped.
"""

from __future__ import annotations

import re
from functools import lru_cache

RESET = "\x1b[0m"

_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_FOREGROUND = rf"(?:[39][0-7]|38;5;{_BYTE}|38;2;{_BYTE};{_BYTE};{_BYTE})"
_BACKGROUND = rf"(?:(?:4|10)[0-7]|48;5;{_BYTE}|48;2;{_BYTE};{_BYTE};{_BYTE})"

# The canonical styles with at most one attribute: nearly all that programs print.
CANONICAL = (
    rf"(?:[1-79](?:;{_FOREGROUND})?(?:;{_BACKGROUND})?"
    rf"|{_FOREGROUND}(?:;{_BACKGROUND})?|{_BACKGROUND})"
)

_ON = frozenset({1, 2, 3, 4, 5, 6, 7, 9})
_OFF = {22: {1, 2}, 23: {3}, 24: {4}, 25: {5, 6}, 27: {7}, 29: {9}}
_PLAIN = frozenset([*range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108)])
_CODES_LIMIT = 64  # a longer list is not a colour
_EXTENDED = frozenset({38, 48, 58})


@lru_cache(maxsize=4096)
def apply(style: str, parameters: str) -> str:
    """The canonical style after the sequence `CSI parameters m`. Malformed ones change nothing."""
    codes = _codes(parameters)
    if codes is None:
        return style
    attributes, colours = _parse(style)
    position = 0
    while position < len(codes):
        code = codes[position]
        if code in _EXTENDED:
            used, colour = _extended(codes[position:])
            if colour and code != 58:
                colours[code // 10] = colour
            position += used
            continue
        _apply_one(code, attributes, colours)
        position += 1
    return _canonical(attributes, colours)


def _apply_one(code: int, attributes: set[int], colours: dict[int, str]) -> None:
    if code == 0:
        attributes.clear()
        colours.clear()
    elif code in _ON:
        attributes.add(code)
    elif code in _OFF:
        attributes -= _OFF[code]
    elif code in (39, 49):
        colours.pop(code // 10, None)
    elif code in _PLAIN:
        colours[3 if code // 10 in (3, 9) else 4] = str(code)


def _codes(parameters: str) -> list[int] | None:
    """The numbers of a parameter list; sub-parameters (`38:2::1:2:3`, `4:3`) are laid flat."""
    if not re.fullmatch(r"[0-9;:]*", parameters) or len(parameters) > 4 * _CODES_LIMIT:
        return None
    codes: list[int] = []
    for part in parameters.split(";"):
        main, *rest = (int(piece or 0) if len(piece) < 6 else 0 for piece in part.split(":"))
        if main in _EXTENDED and rest:
            wanted = 3 if rest[0] == 2 else 1
            codes += [main, rest[0], *rest[1:][-wanted:]]
        elif not rest:
            codes.append(main)
        elif main == 4:
            codes.append(24 if rest[0] == 0 else 4)
    return codes[:_CODES_LIMIT]


def _extended(codes: list[int]) -> tuple[int, str | None]:
    """How many codes an extended colour takes, and its canonical form when it is a valid one."""
    length = {5: 3, 2: 5}.get(codes[1] if len(codes) > 1 else 0)
    if length is None:
        return 1, None
    values = codes[:length]
    is_valid = len(values) == length and all(value <= 255 for value in values[2:])
    return length, ";".join(map(str, values)) if is_valid else None


def _parse(style: str) -> tuple[set[int], dict[int, str]]:
    """Attributes, and colours under 3 (foreground) and 4 (background), of a canonical style."""
    attributes: set[int] = set()
    colours: dict[int, str] = {}
    for piece in re.findall(r"[34]8;5;\d+|[34]8;2;\d+;\d+;\d+|\d+", style):
        first = int(piece.partition(";")[0])
        if first in _ON:
            attributes.add(first)
        else:
            colours[3 if first // 10 in (3, 9) else 4] = piece
    return attributes, colours


def _canonical(attributes: set[int], colours: dict[int, str]) -> str:
    pieces = [str(attribute) for attribute in sorted(attributes)]
    return ";".join(pieces + [colours[plane] for plane in (3, 4) if plane in colours])
