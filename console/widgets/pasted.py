"""Keeps what is pasted from being taken for keys, and from holding up the keys after it.

A terminal that marks a paste (bracketed paste) has it read here at once, a megabyte in a moment;
the marks' order and their absence are not trusted. One that does not mark it sends characters as
if they were typed: more of them at once than anybody types are a paste too. Of either, a widget
that takes text gets an `events.Paste` with what can be shown; nothing of it is a key.
"""

from __future__ import annotations

import re
import time
from itertools import pairwise
from typing import TYPE_CHECKING

from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import BRACKETED_PASTE_END, BRACKETED_PASTE_START, XTermParser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from textual.message import Message

TEXT_CHARACTERS = 1_000
"""What a paste hands on at most, and those that follow it at once: a line is all there is to type
in. The rest is left out."""

CHANGES_AT_ONCE = 16
"""Keys in one read, not counting one that repeats the one before: a line that stalls for a second
brings a dozen."""

WINDOW_SECONDS, WINDOW_CHANGES, WINDOW_KEYS = 0.25, 32, 64
"""Keys within so short a time: nobody types them, and no key held down repeats like that."""

QUIET_SECONDS = 0.5
"""Silence that ends a paste nobody marked."""

PATIENCE_SECONDS = 3.0
"""Silence that ends a paste whose end never came."""

_STRING = r"\x1b[\]PX^_][^\x1b\x07]*(?:\x1b\\|\x07)"
_SIZE = r"\x1b\[48;[1-9]\d*;[1-9][\d:;]*t"
_REPORT = rf"{_SIZE}|\x1b\[(?:\?[\d;]*\$?[a-z]|[IO]|\d+;\d+R)"
_MOVE = r"\x1b\[<(?:3[2-9]|[45]\d|6[0-3]);\d+;\d+[Mm]"
_KEY = r"\x1b(?:\[M...|\[[0-?]*[ -/]*[@-~]|O.|[^\x1b])?|[^\x1b]"

_CSI = r"\x1b\[[0-?]*[ -/]*(?:[@-~]|(?=\x1b))"
"""Also one that breaks off where the next begins."""
_KNOWN = rf"{_SIZE}|\x1b\[(?:\?\d+;\d\$y|[IO]|\d+;\d+R|<[\d;]+[Mm]|M|[\d:;]+[u~ABCDEFHPQRS])"
"""Of the answers only those that Textual reads: it would tell another as the keys of its signs."""

_strings = re.compile(_STRING, re.DOTALL)
_reports = re.compile(_REPORT)
_sizes = re.compile(_SIZE)
_moves = re.compile(f"(?:{_MOVE})+(?={_MOVE})")
_presses = re.compile(_KEY, re.DOTALL)
_places = re.compile(r"(\x1b\[<\d+);[\d;]*(?=[Mm])")
_old_places = re.compile(r"(\x1b\[M.)..", re.DOTALL)
_sequences = re.compile(_CSI)
_begun = re.compile(
    r"(?:\x1b(?:\[(?:M.{0,2}|[0-?]*[ -/]*)|O|[\]PX^_][^\x1b\x07]{0,126}\x1b?)?)?\Z", re.DOTALL
)
_known = re.compile(_KNOWN)
_ending = re.compile(r"(?:\x1b(?:\[(?:2(?:01?)?)?)?)?\Z")
_NOTHING = "\x1b[?0;0$y"
"""An answer to no question: in place of what is taken out, whose ends must not come together."""
_nothings = re.compile(f"(?:{re.escape(_NOTHING)}){{2,}}")


def _understood(found: re.Match[str]) -> str:
    """A sequence that means something; any other would come as the keys of its characters."""
    sequence = found[0]
    known = sequence in ANSI_SEQUENCES_KEYS or _known.fullmatch(sequence)
    return sequence if known else _NOTHING


def _once(data: str) -> str:
    """Of very many answers of the terminal in one read, each different one once."""
    if len(_reports.findall(data)) <= CHANGES_AT_ONCE:
        return data
    seen: set[str] = set()

    def new(found: re.Match[str]) -> str:
        known = found[0] in seen
        seen.add(found[0])
        return _NOTHING if known else found[0]

    return _reports.sub(new, data)


class PasteProof(XTermParser):
    """A parser that tells pastes from keys. `clock` is monotonic, in seconds."""

    def __init__(self, debug: bool = False, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(debug)
        self._clock = clock
        self._marked = self._burst = False
        self._text: list[str] = []
        self._room = TEXT_CHARACTERS
        self._held = ""
        """The beginning of a sequence, whose rest may come with the next read."""
        self._held_at = self._heard_at = self._window_at = self._taken_at = 0.0
        self._changes = self._count = 0
        self._last = ""
        self._fed = False
        """Whether the tick that comes is one after a read, and not after a silence."""

    def feed(self, data: str) -> Iterable[Message]:
        """The messages in what was read; an empty read is the end of input."""
        if not data:
            yield from super().feed(data)
            return
        yield from self._grown_quiet()
        data, self._held, self._fed = self._held + data, "", True
        while data:
            reads = self._pasted if self._marked else self._typed
            data, messages = reads(data)
            yield from messages

    def tick(self) -> Iterable[Message]:
        """Call at regular intervals: what has grown quiet is over."""
        yield from self._grown_quiet()
        if (
            self._held
            and not self._marked
            and self._clock() - self._held_at > constants.ESCAPE_DELAY
        ):
            yield from self._let_go()
        yield from super().tick()

    def _grown_quiet(self) -> Iterator[Message]:
        patience = PATIENCE_SECONDS if self._marked else QUIET_SECONDS
        if (self._marked or self._burst) and self._clock() - self._heard_at > patience:
            if self._marked:
                self._held = ""
            yield self._over()

    def _over(self) -> Message:
        """The paste as one message: what can be shown of it."""
        text = "".join(self._text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
        text = "".join(one for one in text if one.isprintable() or one == "\n")
        self._text, self._marked, self._burst = [], False, False
        return events.Paste(text)

    def _pasted(self, data: str) -> tuple[str, Iterable[Message]]:
        """Reads up to the mark of the end; returns what is left, and messages."""
        self._heard_at = self._clock()
        before, mark, after = data.partition(BRACKETED_PASTE_END)
        if mark:
            self._take(before)
            return after, (self._over(),)
        ending = _ending.search(before)
        assert ending is not None  # it matches nothing at all, too
        self._held = ending[0]
        self._take(before[: ending.start()])
        return "", ()

    def _typed(self, data: str) -> tuple[str, Iterable[Message]]:
        """Reads up to the mark of a beginning; returns what is left, and messages."""
        before, mark, after = data.partition(BRACKETED_PASTE_START)
        if not mark:
            begun = _begun.search(data)
            assert begun is not None  # it matches nothing at all, too
            self._held, self._held_at = begun[0], self._clock()
            data = data[: begun.start()]
            return "", self._keys(data) if data else ()
        messages = list(self._keys(before)) if before else []
        if self._burst:
            messages.append(self._over())
        self._marked, self._heard_at = True, self._clock()
        return after, messages

    def _let_go(self) -> Iterator[Message]:
        """Nothing has followed the beginning of a sequence: Escape, or Alt and a sign, is a key.
        More than that nobody types so fast: it is the half of something."""
        held, self._held = self._held, ""
        if self._burst or len(held) > 2:
            self._take(held)
            return
        yield from super().feed(held)
        if self._timeout_time is not None:  # Textual waits no second time
            self._timeout_time = 0.0

    def _keys(self, data: str) -> Iterable[Message]:
        """Hands on what may have been typed; of a burst only the size of the window."""
        data = _moves.sub("", _strings.sub(_NOTHING, data))
        if self._is_burst(_reports.sub("", data)):
            self._burst, self._heard_at = True, self._clock()
            self._take(data)
            data = "".join(_sizes.findall(data)[-1:])
        data = _nothings.sub(_NOTHING, _sequences.sub(_understood, _once(data)))
        return super().feed(data) if data else ()

    def _is_burst(self, data: str) -> bool:
        """Whether these keys are more than anybody types."""
        if not data or self._burst:
            return bool(data)
        now = self._clock()
        if now - self._window_at > WINDOW_SECONDS:
            self._window_at, self._changes, self._count = now, 0, 0
        pressed = _presses.findall(_old_places.sub(r"\1  ", _places.sub(r"\1", data)))
        changes = sum(one != other for one, other in pairwise([self._last, *pressed]))
        self._last = pressed[-1]
        self._changes += changes
        self._count += len(pressed)
        return (
            changes > CHANGES_AT_ONCE or self._changes > WINDOW_CHANGES or self._count > WINDOW_KEYS
        )

    def _take(self, data: str) -> None:
        """Keeps the text of a paste, as far as there is room."""
        now = self._clock()
        if now - self._taken_at > QUIET_SECONDS:
            self._room = TEXT_CHARACTERS
        self._taken_at = now
        if self._room > 0:
            self._text.append(data[: self._room])
            self._room -= len(data)
