"""A picture of a terminal: what a person saw, as an SVG with its colours."""

from __future__ import annotations

import io
import re
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

if TYPE_CHECKING:
    import pyte
    from pyte.screens import Char

THEME = TerminalTheme(
    (15, 20, 25),
    (212, 215, 221),
    [
        (15, 20, 25), (239, 100, 97), (116, 193, 127), (227, 197, 103),
        (106, 163, 213), (190, 140, 200), (92, 200, 207), (212, 215, 221),
    ],
)  # fmt: skip
"""For colours that are told by name."""

FOREIGN = re.compile(r"@font-face\s*\{[^}]*\}|<!--.*?-->", re.DOTALL)
"""Whoever looks at a picture must not fetch a font from anywhere."""

_NAMES = {"brown": "yellow", "default": "default"}


def svg(display: pyte.Screen, title: str) -> str:
    """The screen as a standalone SVG."""
    console = Console(
        width=display.columns,
        file=io.StringIO(),
        record=True,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    for y in range(display.lines):
        console.print(_line(display, y), no_wrap=True, crop=True, end="\n")
    return FOREIGN.sub("", console.export_svg(title=title, theme=THEME))


def _line(display: pyte.Screen, y: int) -> Text:
    """A row; what has one style is one piece, or a picture would be thousands of letters."""
    row = display.buffer[y]
    cells = [row[x] for x in range(display.columns)]
    text = Text(no_wrap=True, overflow="crop")
    for style, run in groupby(cells, key=_style):
        text.append("".join(cell.data for cell in run), style)
    return text


def _style(cell: Char) -> Style:
    return Style(
        color=_colour(cell.fg),
        bgcolor=_colour(cell.bg),
        bold=cell.bold,
        italic=cell.italics,
        underline=cell.underscore,
        reverse=cell.reverse,
        strike=cell.strikethrough,
    )


@cache
def _colour(name: str) -> str:
    if len(name) == 6 and all(sign in "0123456789abcdefABCDEF" for sign in name):
        return f"#{name}"
    if name.startswith("bright"):
        return f"bright_{_NAMES.get(name[6:], name[6:])}"
    return _NAMES.get(name, name)
