"""The same picture in fewer bytes: of colours only what changes, of blanks only how many.

Textual says the whole style before each piece of text and takes it back after it. `Thrift` keeps
account of what the terminal has and says the difference. Anything it does not know goes through
as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_MOVES = re.compile(r"(?:\x1b\[[0-9;]*[HG]|\r\n?)+")
_BLANKS = re.compile(" {12,}")
_SEEN_IN_BLANKS = frozenset({"4", "7", "9"})
_BARE_COLOURS = range(30, 50)
_BRIGHT_COLOURS = range(90, 108)


class Ink(NamedTuple):
    """How the terminal writes: parameters of SGR for text, background and everything else."""

    text: str = ""
    behind: str = ""
    rest: frozenset[str] = frozenset()


PLAIN = Ink()


class Thrift:
    """For all that goes to one terminal, in order."""

    def __init__(self) -> None:
        self._now: Ink | None = PLAIN

    def less(self, data: str, *, blanks: bool = False) -> str:
        """What to write instead of `data`. `blanks`: runs of them are erased, not written; the
        terminal must erase in the colour of the background, as all but GNU screen do."""
        if "\x1b[" not in data:
            return data
        written: list[str] = []
        wanted = self._now
        for number, part in enumerate(_SGR.split(data)):
            if number % 2:
                following = _after(wanted, part)
                if following is None:
                    written += [_change(self._now, wanted), f"\x1b[{part}m"]
                    self._now = None
                wanted = following
            elif part:
                if wanted != self._now and not _MOVES.fullmatch(part):
                    written.append(_change(self._now, wanted))
                    self._now = wanted
                if blanks and wanted is not None and not wanted.rest & _SEEN_IN_BLANKS:
                    part = _BLANKS.sub(_erased, part)
                written.append(part)
        written.append(_change(self._now, wanted))
        self._now = wanted
        return "".join(written)


def _erased(found: re.Match[str]) -> str:
    count = len(found[0])
    return f"\x1b[{count}X\x1b[{count}C"


@lru_cache(maxsize=4096)
def _after(ink: Ink | None, parameters: str) -> Ink | None:
    """The ink after a sequence; None when it is not known."""
    words = (parameters or "0").split(";")
    at = 0
    while at < len(words):
        word = words[at] or "0"
        if word == "0":
            ink = PLAIN
        elif ink is None:
            return None
        elif word in ("38", "48"):
            length = {"2": 5, "5": 3}.get(words[at + 1] if at + 1 < len(words) else "", 0)
            colour = ";".join(words[at : at + length])
            if not length or at + length > len(words):
                return None
            ink = ink._replace(text=colour) if word == "38" else ink._replace(behind=colour)
            at += length - 1
        elif int(word) in _BARE_COLOURS or int(word) in _BRIGHT_COLOURS:
            is_text = word[-2] in "39"
            colour = "" if word in ("39", "49") else word
            ink = ink._replace(text=colour) if is_text else ink._replace(behind=colour)
        elif word in ("1", "2", "3", "4", "5", "7", "8", "9"):
            ink = ink._replace(rest=ink.rest | {word})
        else:
            return None
        at += 1
    return ink


@lru_cache(maxsize=4096)
def _change(now: Ink | None, wanted: Ink | None) -> str:
    """The sequence from one ink to another."""
    if wanted is None or now == wanted:
        return ""
    if wanted == PLAIN:
        return "\x1b[0m"
    words: list[str] = []
    if now is None or now.rest - wanted.rest:
        words, now = ["0"], PLAIN
    words += sorted(wanted.rest - now.rest)
    if wanted.text != now.text:
        words.append(wanted.text or "39")
    if wanted.behind != now.behind:
        words.append(wanted.behind or "49")
    return f"\x1b[{';'.join(words)}m"
