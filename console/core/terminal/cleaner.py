"""Bytes in any chunks → settled rows, live rows, and what those said meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from console.core.terminal.alphabet import CLEAN, TABBED, TOKEN, decode, is_unfinished
from console.core.terminal.controls import SINGLE, control_sequence
from console.core.terminal.plain import PIECE, end_of_piece, plain_lines
from console.core.terminal.window import Version, Window

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

_SHORT = 4096  # characters of a row that surely fits: at most two cells each
_FIRST = 256  # bytes that are looked at closely, before plain lines are expected again


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What one feed gave.

    `settled`: clean rows, each ending in a newline; `count` of them. `versions`: what live rows
    (progress bars) said meanwhile, oldest first, the newest 16,384; `told`: which of the settled
    rows, counted from the first, say what one of the versions has said, now or before.
    `live_changed`: `Cleaner.live` differs.
    """

    settled: bytes = b""
    count: int = 0
    versions: list[Version] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    live_changed: bool = False

    @property
    def frames(self) -> list[bytes]:
        """The texts of the versions."""
        return [version.text for version in self.versions]

    @property
    def frame_rows(self) -> list[int]:
        """For each of them its row, counted from the first of `settled`; one that is still live
        has a number ≥ `count`."""
        return [version.row for version in self.versions]


class Cleaner:
    """Turns a trainer's output into rows that are safe to show.

    A settled row is UTF-8 with colours (SGR) as its only sequences, begins with the colour that
    is active and ends reset when coloured; it never changes again. `live` holds the rows that
    may: an unfinished line, and up to 50 rows a progress display can still reach
    (`console.core.terminal.reach` has the rule). Rows longer than 8192 cells are cut and say so.
    A newline alone counts as carriage return and newline. Nothing raises on any input.
    """

    def __init__(self) -> None:
        self.live: list[bytes] = []
        self._window = Window()
        self._partial = b""  # the begin of a UTF-8 character
        self._carry = ""  # a control sequence, or a carriage return, that may go on

    def feed(self, data: bytes) -> Cleaned:
        """Take the next bytes. The rows settled in total do not depend on the chunks."""
        data = self._partial + data if self._partial else data
        if b"\r" in data:  # a search for one byte is ten times as fast as one for two
            data = data.replace(b"\r\n", b"\n")
        self._partial = b""
        position, size = 0, _FIRST
        while position < len(data):
            start, count = position, 0
            if self._window.is_plain() and not self._carry:
                position, count = plain_lines(data, start)
            if position > start:
                self._window.pass_through(memoryview(data)[start:position], count)
                size = _FIRST
            else:
                position = end_of_piece(data, start, size)
                self._obey(data[start:position])
                size = min(4 * size, PIECE)
        return self._cleaned()

    def flush(self) -> Cleaned:
        """The output has ended: live rows settle, an unfinished sequence is dropped."""
        if self._partial:
            self._resolve(decode(self._partial, final=True)[0], 0)
        self._window.settle_all()
        cleaned = self._cleaned()
        self._window, self._partial, self._carry = Window(), b"", ""
        return cleaned

    def save(self) -> dict[str, Any]:
        """JSON-able state: with it the next bytes give the same rows again."""
        return {
            "v": 1,
            "partial": self._partial.hex(),
            "carry": self._carry,
            "window": self._window.save(),
        }

    @classmethod
    def load(cls, state: dict[str, Any]) -> Cleaner:
        """A cleaner that goes on where `save` was called."""
        cleaner = cls()
        cleaner._partial = bytes.fromhex(state["partial"])
        cleaner._carry = state["carry"]
        cleaner._window = Window.load(state["window"])
        cleaner.live = cleaner._window.live()
        return cleaner

    def _cleaned(self) -> Cleaned:
        live = self._window.live()
        is_changed = live != self.live
        self.live = live
        return Cleaned(*self._window.take(), is_changed)

    def _obey(self, data: bytes) -> None:
        """Take lines that are not all plain; the bytes of the last one may go on."""
        text, used = decode(data)
        self._partial = data[used:]
        text, self._carry = self._carry + text, ""
        position = 0
        while position < len(text):
            start = position
            if self._window.is_plain():
                position = self._pass_through(text, start)
            if position == start:
                position = self._resolve(text, start)

    def _pass_through(self, text: str, start: int) -> int:
        """Settle the whole lines from `start` on that are clean already, or would be with their
        tabs expanded; returns where they end."""
        end = _end_of_lines(CLEAN, text, start, _SHORT)
        rows = text[start:end]
        if end == start:
            end = _end_of_lines(TABBED, text, start, _SHORT // 8)
            rows = text[start:end].expandtabs(8)
        self._window.pass_through(rows.encode(), rows.count("\n"))
        return end

    def _resolve(self, text: str, start: int) -> int:
        """Obey what stands in `text` until the window is plain again; returns where that is."""
        window = self._window
        for token in TOKEN.finditer(text, start):
            kind = token.lastgroup or ""
            if token.end() == len(text) and is_unfinished(token):
                self._carry = "\r" if kind == "back" else token.group()
            elif kind == "newline":
                window.newline()
                if window.is_plain():
                    return token.end()
            else:
                _KINDS[kind](window, token)
        return len(text)


def _end_of_lines(pattern: re.Pattern[str], text: str, start: int, limit: int) -> int:
    """Where the whole lines end that match from `start` on and have at most `limit` characters.
    Jumps from newline to newline about `limit` apart; no line is looked at alone."""
    match = pattern.match(text, start)
    end = text.rfind("\n", start, match.end()) + 1 if match else start
    while start < end:
        following = text.rfind("\n", start, min(start + limit + 1, end)) + 1
        if not following:
            break
        start = following
    return start


def _text(window: Window, token: re.Match[str]) -> None:
    window.write(token.group())


def _back(window: Window, token: re.Match[str]) -> None:
    moves = token.group()
    window.to_column(0 if moves[0] == "\r" else window.column - len(moves))


def _control_sequence(window: Window, token: re.Match[str]) -> None:
    control_sequence(window, token["parameters"], token["final"])


def _single(window: Window, token: re.Match[str]) -> None:
    control = SINGLE.get(token.group())
    if control:
        control(window)


def _nothing(window: Window, token: re.Match[str]) -> None:
    """Titles, clipboards, links, device strings: nothing of them is shown."""


_KINDS: dict[str, Callable[[Window, re.Match[str]], None]] = {
    "text": _text,
    "back": _back,
    "csi": _control_sequence,
    "string": _nothing,
    "escape": _single,
    "control": _single,
}
