"""What the terminal at hand can show and send, and what was asked for this start alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

THEMES = (
    "gladius", "gladius-light", "gladius-contrast", "gladius-safe", "ansi-dark", "ansi-light",
)  # fmt: skip
"""The themes that are offered; `widgets.theme` has ours, the rest is Textual's."""

PLAIN_TERMINALS = ("linux", "vt100", "vt102", "vt220", "ansi", "cons25", "sun")
"""Terminals whose font or character set has little but ASCII; also `vt100-…`."""

TELLING_APART = ("xterm-kitty", "xterm-ghostty", "foot", "rio", "contour")
"""Terminals that send Ctrl+Shift with a letter as a key of its own (the kitty protocol)."""

BETWEEN = ("TMUX", "STY", "ZELLIJ")
"""What is set inside a multiplexer, which does not pass such keys on."""


@dataclass(frozen=True, slots=True)
class Display:
    """How this start is shown, whatever the settings say."""

    theme: str = ""
    """Asked for by an option; empty: as in the settings."""
    ascii: bool = False
    """Asked for by an option."""
    needs_ascii: bool = False
    """The terminal or the locale shows nothing else; a setting may still say otherwise."""
    colourless: bool = False
    """NO_COLOR is set, or the option was given."""
    modifiers: bool = False
    """Whether the terminal is known to report Ctrl+Shift with a letter."""

    def is_ascii(self, wanted: bool | None) -> bool:
        """Whether to draw in ASCII only, with such a setting."""
        return self.ascii or (self.needs_ascii if wanted is None else wanted)


def display(
    environ: Mapping[str, str],
    encoding: str,
    *,
    theme: str = "",
    ascii: bool = False,
    no_color: bool = False,
) -> Display:
    """What the environment says, and the options. `encoding` is that of the locale."""
    kind = environ.get("TERM", "")
    return Display(
        theme=theme,
        ascii=ascii,
        needs_ascii=not _is_unicode(encoding) or _is_one_of(kind, PLAIN_TERMINALS),
        colourless=no_color or bool(environ.get("NO_COLOR")),
        modifiers=_is_one_of(kind, TELLING_APART) and not any(map(environ.get, BETWEEN)),
    )


def _is_unicode(encoding: str) -> bool:
    return encoding.lower().replace("-", "").replace("_", "") in ("utf8", "utf16", "utf32")


def _is_one_of(kind: str, names: tuple[str, ...]) -> bool:
    return any(kind == name or kind.startswith(f"{name}-") for name in names)
