"""A picture of a terminal: what a person saw, as an SVG with its colours."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

if TYPE_CHECKING:
    import pyte

THEME = TerminalTheme(
    (15, 20, 25),
    (212, 215, 221),
    [
        (15, 20, 25), (239, 100, 97), (116, 193, 127), (227, 197, 103),
        (106, 163, 213), (190, 140, 200), (92, 200, 207), (212, 215, 221),
    ],
)  # fmt: skip
"""For colours that are told by name."""

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
    return console.export_svg(title=title, theme=THEME)


def _line(display: pyte.Screen, y: int) -> Text:
    text = Text(no_wrap=True, overflow="crop")
    row = display.buffer[y]
    for x in range(display.columns):
        cell = row[x]
        text.append(
            cell.data,
            Style(
                color=_colour(cell.fg),
                bgcolor=_colour(cell.bg),
                bold=cell.bold,
                italic=cell.italics,
                underline=cell.underscore,
                reverse=cell.reverse,
                strike=cell.strikethrough,
            ),
        )
    return text


def _colour(name: str) -> str:
    if len(name) == 6 and all(sign in "0123456789abcdefABCDEF" for sign in name):
        return f"#{name}"
    if name.startswith("bright"):
        return f"bright_{_NAMES.get(name[6:], name[6:])}"
    return _NAMES.get(name, name)
