"""Colour sequences (SGR, ECMA-48 8.3.117) to Rich styles.

`sgr(style, parameters)` gives the style after one sequence. To add an attribute: a row in PLAIN.
Blinking and hidden text are left out on purpose: the first is not calm, the second not true.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from rich.color import Color
from rich.style import Style

if TYPE_CHECKING:
    from collections.abc import Iterator

RESET = Style()

PLAIN: dict[int, Style] = {
    1: Style(bold=True),
    2: Style(dim=True),
    3: Style(italic=True),
    4: Style(underline=True),
    7: Style(reverse=True),
    9: Style(strike=True),
    21: Style(underline=True),
    22: Style(bold=False, dim=False),
    23: Style(italic=False),
    24: Style(underline=False),
    27: Style(reverse=False),
    29: Style(strike=False),
    **{30 + n: Style(color=Color.from_ansi(n)) for n in range(8)},
    39: Style(color="default"),
    **{40 + n: Style(bgcolor=Color.from_ansi(n)) for n in range(8)},
    49: Style(bgcolor="default"),
    **{90 + n: Style(color=Color.from_ansi(8 + n)) for n in range(8)},
    **{100 + n: Style(bgcolor=Color.from_ansi(8 + n)) for n in range(8)},
}

_EXTENDED = {38: "color", 48: "bgcolor"}


@lru_cache(maxsize=4096)
def sgr(style: Style, parameters: str) -> Style:
    """The style after `ESC [ parameters m`; what is not known changes nothing.

    Colours may be written `38;5;n`, `38;2;r;g;b` or with colons. A default colour is dropped, so
    that what is behind shows.
    """
    codes = iter(parameters.split(";"))
    for code in codes:
        number, _, rest = code.partition(":")
        value = _number(number)
        if value == 0:
            style = RESET
        elif value in _EXTENDED:
            parts = iter(_without_space(rest)) if rest else codes
            style += _extended(_EXTENDED[value], parts)
        elif value in (39, 49):
            style = _without(style, "color" if value == 39 else "bgcolor")
        elif not (value == 4 and rest == "0"):
            style += PLAIN.get(value, RESET)
        else:
            style += PLAIN[24]
    return style


def _extended(name: str, parts: Iterator[str]) -> Style:
    """The colour that follows 38 or 48; takes its parameters from `parts`."""
    kind = _number(next(parts, ""))
    if kind == 5:
        numbers = [_number(part) for part in islice(parts, 1)]
        color = Color.from_ansi(numbers[0]) if numbers and numbers[0] < 256 else None
    elif kind == 2:
        numbers = [_number(part) for part in islice(parts, 3)]
        known = len(numbers) == 3 and max(numbers) < 256
        color = Color.from_rgb(*numbers) if known else None
    else:
        return RESET
    if color is None:
        return RESET
    return Style(color=color) if name == "color" else Style(bgcolor=color)


def _without_space(rest: str) -> list[str]:
    """Parameters of a colon form; `2::r:g:b` names a colour space that means nothing here."""
    parts = rest.split(":")
    if parts[0] == "2" and len(parts) > 4:
        del parts[1]
    return parts


def _without(style: Style, name: str) -> Style:
    """The style with one colour left to what is behind."""
    attributes = Style(
        bold=style.bold,
        dim=style.dim,
        italic=style.italic,
        underline=style.underline,
        reverse=style.reverse,
        strike=style.strike,
    )
    color = None if name == "color" else style.color
    bgcolor = None if name == "bgcolor" else style.bgcolor
    return attributes + Style(color=color, bgcolor=bgcolor)


def _number(text: str) -> int:
    """A parameter; none is 0, what is no number is unknown."""
    if not text:
        return 0
    return int(text) if text.isdecimal() and len(text) < 5 else -1
