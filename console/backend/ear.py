"""Bytes of `control.fifo` to lines that may be orders."""

from __future__ import annotations

from console.core.order import MAX_ORDER_BYTES
from console.keeper import clock

LINES_PER_SECOND = 50
"""A person gives a few orders a minute; what comes faster is a fault and is skipped."""


class Ear:
    """Splits what it hears into lines; longer ones than an order may be are skipped."""

    def __init__(self) -> None:
        self.skipped = 0
        """Lines that were no orders, or too many at once."""
        self._rest = b""
        self._overlong = False
        self._room = float(LINES_PER_SECOND)
        self._at = clock.since_boot()

    def lines(self, data: bytes) -> list[bytes]:
        """The complete lines; the beginning of another one is kept for the next call."""
        *whole, rest = (self._rest + data).split(b"\n")
        if self._overlong and whole:
            whole, self._overlong = whole[1:], False
            self.skipped += 1
        self._overlong = self._overlong or len(rest) >= MAX_ORDER_BYTES
        self._rest = b"" if self._overlong else rest
        short = [text for text in whole if text.strip() and len(text) < MAX_ORDER_BYTES]
        self.skipped += sum(len(text) >= MAX_ORDER_BYTES for text in whole)
        return self._few(short)

    def _few(self, lines: list[bytes]) -> list[bytes]:
        now = clock.since_boot()
        grown = self._room + (now - self._at) * LINES_PER_SECOND
        self._room, self._at = min(grown, float(LINES_PER_SECOND)), now
        taken = lines[: int(self._room)]
        self._room -= len(taken)
        self.skipped += len(lines) - len(taken)
        return taken
