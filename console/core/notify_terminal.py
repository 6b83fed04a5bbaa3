"""By which means the terminal of an attached screen calls: what a person chose, and what this kind
of terminal understands. Pure: the environment is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.core import notify_form
from console.core.notify import INFO, SEVERITIES, Notice

PER_MINUTE = 6
"""Calls of one screen a minute; the rest in one."""

BELL_ONLY = ("linux", "dumb", "vt", "screen")
"""Kinds of terminals that might show the letters of a sequence they do not know."""

BY_OSC777 = ("foot", "rxvt")
LONGEST_NAME_CELLS = 24


@dataclass(frozen=True, slots=True)
class Means:
    """What of it is switched on."""

    bell: bool = True
    osc9: bool = True
    osc777: bool = False
    passthrough: bool = False
    """In tmux: sequences are wrapped, so that it hands them on (allow-passthrough)."""
    tmux: bool = False
    """In tmux: the name of our window says so until a key is pressed."""
    severity: str = INFO
    """Of what is graver than this, or as grave."""

    def tells(self, notice: Notice) -> bool:
        return SEVERITIES.index(notice.severity) >= SEVERITIES.index(self.severity)

    def sequence(self, title: str, said: str) -> str:
        """What is written to the terminal."""
        return notify_form.terminal(
            title, said, bell=self.bell, osc9=self.osc9, osc777=self.osc777,
            passthrough=self.passthrough,
        )  # fmt: skip


def means(chosen: Mapping[str, Any], environ: Mapping[str, str]) -> Means:
    """What `notices:` in the settings says (`bell`, `osc9`, `osc777`, `tmux`, `severity`), else
    what this terminal is likely to show once. A value that is none of its kind is none given."""
    term = environ.get("TERM", "dumb") or "dumb"
    in_tmux = bool(environ.get("TMUX")) and bool(environ.get("TMUX_PANE"))
    shows = in_tmux or not term.startswith(BELL_ONLY)
    is_777 = term.startswith(BY_OSC777) or bool(environ.get("VTE_VERSION"))
    usual = {"bell": True, "osc9": shows and not is_777, "osc777": shows and is_777, "tmux": True}
    said = {
        name: chosen[name] if isinstance(chosen.get(name), bool) else default
        for name, default in usual.items()
    }
    severity = chosen.get("severity")
    return Means(
        bell=said["bell"],
        osc9=said["osc9"],
        osc777=said["osc777"],
        passthrough=in_tmux,
        tmux=in_tmux and said["tmux"],
        severity=severity if severity in SEVERITIES else INFO,
    )


def window_name(title: str) -> str:
    """A name for tmux's window. In one `#(…)` would be a command to run, `%H` a time."""
    from console.core.format_text import cut, text

    plain = "".join(sign for sign in text(title) if sign not in "#%")
    return cut(f"! {plain}", LONGEST_NAME_CELLS)
