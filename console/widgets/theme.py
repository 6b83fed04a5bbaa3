"""The colours of the console: the only place with colour values.

A theme gives Textual's own names (primary, success, …) and the VARIABLES below, which say what a
colour means here. To add a theme: one entry in THEMES. Themes of others get the values of
`defaults`, made from the colours they do have.
"""

from __future__ import annotations

from dataclasses import replace

from textual.theme import BUILTIN_THEMES, Theme

DEFAULT = "gladius"

VARIABLES = (
    "frame",  # borders
    "frame-focus",  # the border of the focused panel
    "muted",  # labels, old values, what is not so important
    "information",  # saving, validating, [INFO]
    "frozen",  # stopped by a signal
    "stream-background",
    "stream-foreground",
    "track",  # the empty part of a bar
)


def _theme(name: str, colours: dict[str, str], meanings: dict[str, str], *, dark: bool) -> Theme:
    variables = {
        **meanings,
        "block-cursor-foreground": colours["background"],
        "block-cursor-background": colours["primary"],
        "input-selection-background": f"{colours['primary']} 35%",
        "scrollbar": meanings["frame"],
        "scrollbar-hover": meanings["muted"],
        "scrollbar-active": colours["primary"],
        "scrollbar-background": colours["background"],
        "scrollbar-background-hover": colours["background"],
        "scrollbar-background-active": colours["background"],
        "scrollbar-corner-color": colours["background"],
    }
    return Theme(name=name, dark=dark, variables=variables, **colours)  # type: ignore[arg-type]


DARK = _theme(
    "gladius",
    {
        "primary": "#d9a441",
        "secondary": "#6aa3d5",
        "accent": "#d9a441",
        "warning": "#e3c567",
        "error": "#ef6461",
        "success": "#74c17f",
        "foreground": "#d4d7dd",
        "background": "#0f1419",
        "surface": "#141a21",
        "panel": "#1a222b",
    },
    {
        "frame": "#36424f",
        "frame-focus": "#d9a441",
        "muted": "#8793a1",
        "information": "#6aa3d5",
        "frozen": "#5cc8cf",
        "stream-background": "#1e1e1e",
        "stream-foreground": "#d4d4d4",
        "track": "#3d4a58",
    },
    dark=True,
)

LIGHT = _theme(
    "gladius-light",
    {
        "primary": "#8a5a00",
        "secondary": "#1f5f99",
        "accent": "#8a5a00",
        "warning": "#735a00",
        "error": "#b3261e",
        "success": "#1a6e2e",
        "foreground": "#23282e",
        "background": "#f6f4ef",
        "surface": "#fbfaf7",
        "panel": "#ebe7de",
    },
    {
        "frame": "#bdb6a7",
        "frame-focus": "#8a5a00",
        "muted": "#676d75",
        "information": "#1f5f99",
        "frozen": "#0a6577",
        "stream-background": "#ffffff",
        "stream-foreground": "#23282e",
        "track": "#ddd7ca",
    },
    dark=False,
)

CONTRAST = _theme(
    "gladius-contrast",
    {
        "primary": "#ffd75f",
        "secondary": "#5fd7ff",
        "accent": "#ffd75f",
        "warning": "#ffff00",
        "error": "#ff8080",
        "success": "#5fff5f",
        "foreground": "#ffffff",
        "background": "#000000",
        "surface": "#000000",
        "panel": "#000000",
    },
    {
        "frame": "#b0b0b0",
        "frame-focus": "#ffff00",
        "muted": "#d0d0d0",
        "information": "#5fd7ff",
        "frozen": "#00ffff",
        "stream-background": "#000000",
        "stream-foreground": "#ffffff",
        "track": "#585858",
    },
    dark=True,
)

SAFE = _theme(
    # Blue is well, orange is not, yellow is between: apart for every kind of colour blindness,
    # and in lightness too. After the palette of Okabe and Ito.
    "gladius-safe",
    {
        "primary": "#d8dde3",
        "secondary": "#cc9bc2",
        "accent": "#d8dde3",
        "warning": "#f7ee6a",
        "error": "#f26b21",
        "success": "#56b4e9",
        "foreground": "#d4d7dd",
        "background": "#0f1419",
        "surface": "#141a21",
        "panel": "#1a222b",
    },
    {
        "frame": "#36424f",
        "frame-focus": "#f7ee6a",
        "muted": "#8793a1",
        "information": "#cc9bc2",
        "frozen": "#8fd3f5",
        "stream-background": "#1e1e1e",
        "stream-foreground": "#d4d4d4",
        "track": "#3d4a58",
    },
    dark=True,
)

THEMES: tuple[Theme, ...] = (DARK, LIGHT, CONTRAST, SAFE)

LIGHT_TERMINAL = replace(
    # Textual's own warns in bright red, which is an error to whoever reads it, and yellow cannot
    # be read on white. Blue is what the program says itself, as amber is in the others.
    BUILTIN_THEMES["ansi-light"],
    warning="ansi_magenta",
    accent="ansi_blue",
    variables={
        **BUILTIN_THEMES["ansi-light"].variables,
        "frame-focus": "ansi_blue",
        "information": "ansi_cyan",
    },
)

MENDED: tuple[Theme, ...] = (LIGHT_TERMINAL,)
"""Themes of Textual in our words, under their own names."""


def defaults() -> dict[str, str]:
    """Values of VARIABLES for a theme that does not know them: names every terminal has."""
    return {
        "frame": "ansi_bright_black",
        "frame-focus": "ansi_yellow",
        "muted": "ansi_bright_black",
        "information": "ansi_blue",
        "frozen": "ansi_cyan",
        "stream-background": "ansi_default",
        "stream-foreground": "ansi_default",
        "track": "ansi_bright_black",
    }
