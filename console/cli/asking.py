"""What a terminal answers when it is asked: whether it draws frames at once, tells keys apart, and
how wide it draws a character of ambiguous width. Its settings are put back in every case."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

LIMIT_SECONDS = 2.0
_ASK = b"\x1b[?2026$p\x1b[?u\r\xe2\x96\xae\x1b[6n\r\x1b[K\x1b[c"
"""Synchronised output, kitty's keyboard, the column after ▮, and last what each answers."""

_DEADLY = (signal.SIGTERM, signal.SIGHUP)

_SYNC = re.compile(rb"\x1b\[\?2026;([0-4])\$y")
_KITTY = re.compile(rb"\x1b\[\?(\d+)u")
_COLUMN = re.compile(rb"\x1b\[\d+;(\d+)R")
_END = re.compile(rb"\x1b\[\?[\d;]*c")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the terminal said; None where it said nothing."""

    synchronised: bool | None = None
    kitty: bool | None = None
    """Whether it has kitty's keyboard protocol, which tells Ctrl+Shift+X from Ctrl+X."""
    ambiguous: int | None = None
    """Cells of ▮."""
    is_there: bool = False
    """Whether it answered at all."""


@contextmanager
def raw(descriptor: int) -> Iterator[None]:
    """Every byte as it is typed, while the block lasts; a signal that ends us ends the block."""
    before = termios.tcgetattr(descriptor)
    handlers = {number: signal.signal(number, _leave) for number in _DEADLY}
    try:
        tty.setraw(descriptor, termios.TCSADRAIN)
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def ask(limit: float = LIMIT_SECONDS) -> Answers:
    """Asks the terminal this program stands on; nothing is known where it is none."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Answers()
    source, target = sys.stdin.fileno(), sys.stdout.fileno()
    try:
        with raw(source):
            os.write(target, _ASK)
            said = _answer(source, limit)
    except (OSError, termios.error):
        return Answers()
    return read(said)


def read(said: bytes) -> Answers:
    """What these bytes answer."""
    if not _END.search(said):
        return Answers()
    sync, kitty, column = (form.search(said) for form in (_SYNC, _KITTY, _COLUMN))
    return Answers(
        synchronised=sync is not None and sync[1] in b"123",
        kitty=kitty is not None,
        ambiguous=int(column[1]) - 1 if column and 0 < int(column[1]) <= 3 else None,
        is_there=True,
    )


def _answer(source: int, limit: float) -> bytes:
    said, until = b"", time.monotonic() + limit
    while not _END.search(said):
        left = until - time.monotonic()
        if left <= 0 or not select.select([source], [], [], left)[0]:
            break
        chunk = os.read(source, 1024)
        if not chunk:
            break
        said += chunk
    return said
