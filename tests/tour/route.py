"""Walking a route: what to do, what must then be seen, and a picture of it.

A stop is done by keys or the mouse, through the terminal; what does not come in time is told with
the screen as it was, and the tour goes on, so that one fault does not hide the others.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.tour.picture import svg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tests.pty.terminal import Terminal

QUIET_SECONDS = 0.15
"""So long nothing may have come for a picture to be one of the whole screen, …"""
LATEST_SECONDS = 0.4
"""… but of a screen that never rests there is one, too."""
BETWEEN_SECONDS = 0.04
"""The least between two keys; nobody types faster, and a paste comes at once."""
ESCAPE_SECONDS = 0.2

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "shift+right": "\x1b[1;2C",
    "shift+left": "\x1b[1;2D",
    "alt+left": "\x1b[1;3D",
    "alt+r": "\x1br",
    "shift+tab": "\x1b[Z",
    "ctrl+up": "\x1b[1;5A",
    "ctrl+down": "\x1b[1;5B",
    "ctrl+0": "\x1b[48;5u",
    "ctrl+shift+e": "\x1b[69;6u",
    "ctrl+shift+s": "\x1b[83;6u",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
    "f9": "\x1b[20~",
    "shift+f10": "\x1b[21;2~",
    "backspace": "\x7f",
    **{f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "acefklpqsz"},
}


@dataclass(frozen=True, slots=True)
class Mouse:
    """A click (or more) on the first place where a text stands, or `dx` cells right of it.

    Buttons as the terminal numbers them: 0 left, 2 right, 8 more with Alt held.
    """

    text: str
    button: int = 0
    times: int = 1
    dx: int = 0
    dy: int = 0


@dataclass(frozen=True, slots=True)
class Hover:
    """The mouse goes there, without a button."""

    text: str
    dx: int = 0
    dy: int = 0


@dataclass(frozen=True, slots=True)
class Wheel:
    """The wheel over a text; `down` or up."""

    text: str
    down: bool = True
    times: int = 3
    dx: int = 0
    dy: int = 0


@dataclass(frozen=True, slots=True)
class Drag:
    """From one text to another."""

    start: str
    stop: str


@dataclass(frozen=True, slots=True)
class Beside:
    """Something that is done beside the terminal, e.g. to a file; it is told the tour's folder."""

    do: Callable[[Path], object]


Act = str | Mouse | Hover | Wheel | Drag | Beside
"""A key by name, or text to type with `text:` before it, or the mouse, or beside the terminal."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place of the tour."""

    name: str
    acts: tuple[Act, ...]
    see: str
    """A regular expression that must match a line of the screen, or empty."""
    not_see: str = ""
    seconds: float = 8.0


@dataclass(slots=True)
class Walk:
    """One terminal on its way; pictures go into `folder`."""

    terminal: Terminal
    folder: Path
    title: str
    home: Path
    """Where the program works."""
    failed: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def go(self, stops: Iterable[Stop]) -> None:
        """Every stop in turn."""
        for stop in stops:
            problem = self._at(stop)
            self._picture(stop.name)
            if problem:
                self.failed.append(f"{self.title}: {stop.name}: {problem}")
                (self.folder / f"{self.title}-failed.txt").write_text("\n\n".join(self.failed))
            print(f"  {'✗' if problem else '✓'} {self.title}  {stop.name}", flush=True)  # noqa: T201

    def _at(self, stop: Stop) -> str:
        for act in stop.acts:
            try:
                self._do(act)
            except LookupError as error:
                return str(error)
            # What comes at once after an Escape is a sequence that begins with it.
            time.sleep(ESCAPE_SECONDS if act == "escape" else BETWEEN_SECONDS)
            self._rest(BETWEEN_SECONDS)
        deadline = time.monotonic() + stop.seconds
        while True:
            lines = self.terminal.screen()
            seen = not stop.see or any(re.search(stop.see, line) for line in lines)
            gone = not stop.not_see or not any(re.search(stop.not_see, line) for line in lines)
            if seen and gone:
                return ""
            if time.monotonic() > deadline:
                shown = "\n".join(f"    {line}" for line in lines)
                missing = stop.not_see if seen else stop.see
                return f"{'still' if seen else 'no'} {missing!r} on the screen:\n{shown}"
            self._rest(0.1)

    def _do(self, act: Act) -> None:
        send = self.terminal.send
        if isinstance(act, str):
            typed = act.removeprefix("text:")
            if typed == act:
                send(KEYS.get(act, act))
            else:
                for letter in typed:
                    send(letter)
                    time.sleep(BETWEEN_SECONDS)
        elif isinstance(act, Beside):
            act.do(self.home)
        elif isinstance(act, Drag):
            (x, y), (to_x, to_y) = self._find(act.start), self._find(act.stop)
            send(f"\x1b[<0;{x};{y}M\x1b[<32;{to_x};{to_y}M\x1b[<0;{to_x};{to_y}m")
        else:
            x, y = self._find(act.text)
            send(mouse(act, x + act.dx, y + act.dy))

    def _find(self, text: str) -> tuple[int, int]:
        """Column and line (from 1) of the first place where a text stands."""
        for y, line in enumerate(self.terminal.screen(), 1):
            if (x := line.find(text)) >= 0:
                return x + 1, y
        raise LookupError(f"{text!r} is nowhere to be clicked")

    def _rest(self, quiet: float) -> None:
        """Waits until the screen was quiet for so long."""
        deadline = time.monotonic() + LATEST_SECONDS
        while time.monotonic() < deadline:
            chunks = self.terminal.chunks
            if chunks and time.monotonic() - chunks[-1].at > quiet:
                return
            time.sleep(quiet / 3)

    def _picture(self, name: str) -> None:
        self._rest(QUIET_SECONDS)
        number = len(self.taken) + 1
        file = f"{self.title}-{number:02}-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.svg"
        (self.folder / file).write_text(svg(self.terminal.display(), name), encoding="utf-8")
        self.taken.append(file)


def mouse(act: Mouse | Hover | Wheel, x: int, y: int) -> str:
    """What a terminal sends when the mouse does this at a place, both from 1."""
    if isinstance(act, Hover):
        return f"\x1b[<35;{x};{y}M"
    if isinstance(act, Wheel):
        return f"\x1b[<{65 if act.down else 64};{x};{y}M" * act.times
    return f"\x1b[<{act.button};{x};{y}M\x1b[<{act.button};{x};{y}m" * act.times


def index(files: Sequence[str]) -> str:
    """A page with all pictures."""
    figures = "\n".join(
        f'<figure><img src="{file}" alt="{file}" loading="lazy"><figcaption>{file}</figcaption>'
        "</figure>"
        for file in files
    )
    style = "body{background:#0f1419;color:#d4d7dd;font-family:sans-serif}img{max-width:100%}"
    return (
        "<!doctype html><meta charset=utf-8><title>gladius-console: the tour</title>"
        f"<style>{style}</style>\n{figures}\n"
    )
