"""The whole screen in plain ASCII: every character that is more becomes one of as many cells.

A filter over what is drawn, so that nothing gets past it: frames, bars, curves, signs of states,
and foreign text. To choose another sign for a character: SIGNS.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter

from console.widgets.chart_signs import BRAILLE

if TYPE_CHECKING:
    from textual.color import Color

UNKNOWN = "?"
"""For what has no likeness."""

_BY_SIGN: dict[str, str] = {
    "-": "─┄┅┈┉╌╍╴╶╸╺–—−‐‑‒⎯▏▎▍▃",
    "=": "═━▌▋▊▉▄",
    "|": "│┃┆┇┊┋╎╏║╵╷╹╻▮‖▕▐",
    "+": "╭╮╰╯┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬✓✔▅±",
    "#": "█■▪",
    "*": "●•★▓▆◆",
    ":": "▒⋮⋯",
    ".": "░·∙⋅▂",
    "_": "▁",
    "%": "▇◐◑",
    "o": "○◌◦△",
    "x": "✗✘×✕",
    "!": "▲⚠",
    "v": "▼↓⇣▾",
    "^": "▀↑⇡▔",
    ">": "→▸▶›»≥",
    "<": "←◂◀‹«≤╡",
    "~": "…≈∼",
    "'": "‘’′",
    '"': "“”″",
    " ": "\u00a0\u2002\u2003\u2009\u200a\u202f°",
    "d": "Δδ",
    "a": "α",
    "b": "β",
    "e": "ε",
    "u": "µμ",
    "i": "∞",
    "$": "€",
}
SIGNS: dict[str, str] = {char: sign for sign, chars in _BY_SIGN.items() for char in chars}
"""The likeness of a character; those of `_BY_SIGN` have the width of one cell."""

_WORDS = (("∞  ", "inf"), ("  ∞", "inf"), (" → ", " ->"))
"""What needs more room than its cell, where it has it."""


class _Table(dict[int, str]):
    """The translation of each code point, worked out when it first comes."""

    def __missing__(self, code: int) -> str:
        found = self[code] = _likeness(chr(code))
        return found


def _likeness(char: str) -> str:
    """ASCII of as many cells as the character has."""
    if char.isascii():
        return char
    if sign := SIGNS.get(char):
        return sign
    if BRAILLE <= ord(char) < BRAILLE + 256:
        return _stroke(ord(char) - BRAILLE)
    cells = cell_len(char)
    base = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return base if len(base) == cells and base.isprintable() else UNKNOWN * cells


_ROWS = (0x09, 0x12, 0x24, 0xC0)
"""The dots of a braille cell in each row, from the top down."""
_LEFT = 0x47


def _stroke(dots: int) -> str:
    """What a braille cell looks like from afar: where its dots are, and which way they go."""
    rows = [row for row, bits in enumerate(_ROWS) if dots & bits]
    if not rows:
        return " "
    if len(rows) == 1:
        return "'--."[rows[0]]
    left = [row for row in rows if dots & _ROWS[row] & _LEFT]
    right = [row for row in rows if dots & _ROWS[row] & ~_LEFT]
    if not left or not right:
        return "|" if len(rows) >= 3 else ":"
    slope = sum(left) / len(left) - sum(right) / len(right)
    if abs(slope) < 0.5:
        return "|" if len(rows) >= 3 else "-"
    return "/" if slope > 0 else "\\"


_TABLE = _Table()


def plain(text: str) -> str:
    """The text in ASCII, in as many cells as it had."""
    if text.isascii():
        return text
    cells = cell_len(text)
    for sign, word in _WORDS:
        text = text.replace(sign, word)
    found = text.translate(_TABLE)
    # Characters that are drawn together may take fewer cells than one by one.
    return found if len(found) == cells else found[:cells].ljust(cells)


class Ascii(LineFilter):
    """Lets nothing through but ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(plain(segment.text), segment.style)
            for segment in segments
        ]
