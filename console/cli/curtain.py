"""The first picture of a run: its newest rows, on the terminal before the screen is even imported.

Importing the screen takes some 300 ms. What is drawn here is what will stand there, in plain text:
the name in the first line, and the rows where the stream has them. The standard library draws it.
"""

from __future__ import annotations

import os
import signal
import sys
import termios
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from console.backend.colours import plain
from console.cli import glimpse
from console.core.format_text import cut, text
from console.screens.arrangement import log_box, view_of

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType, TracebackType

    from console.core.display import Display
    from console.core.settings import Settings
    from console.screens.arrangement import Box

TITLE = "GLADIUS TRAINING CONSOLE"
ENTER = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J"
LEAVE = "\x1b[?1049l\x1b[?25h"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SIGNALLED = 128
_IFLAG, _LFLAG = 0, 3
"""Where termios has them."""


class Curtain:
    """Drawn on entering, where there is something to draw on; `lift` when the screen takes over.

    Whatever ends the program before that leaves the terminal as it was.
    """

    def __init__(
        self,
        directory: Path,
        settings: Settings,
        display: Display,
        stream: IO[str] | None = sys.__stderr__,
    ) -> None:
        self._directory, self._settings, self._display = directory, settings, display
        self._stream = stream
        """Where the screen will draw, too."""
        self._is_down = False
        self._keys_before: tuple[int, list[Any]] | None = None
        """Where keys come from, and how the terminal treated them."""

    def __enter__(self) -> Curtain:
        stream = self._stream
        if self._settings.slow_link or stream is None or not stream.isatty():
            return self  # a slow link is to carry everything once only
        with suppress(OSError, ValueError):
            width, height = os.get_terminal_size(stream.fileno())
            picture = self._picture(width, height)
            for number in SIGNALS:  # first: an interrupt while it is drawn would leave it there
                signal.signal(number, self._signalled)
            self._is_down = True
            self._quiet_keys()
            self._write(ENTER + picture)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_down:
            self._write(LEAVE)
            self.lift()

    def _quiet_keys(self) -> None:
        """What is typed is for the screen: it stays as it is, and does not stand on the picture."""
        with suppress(OSError, ValueError, termios.error):
            keys = sys.stdin.fileno()
            before = termios.tcgetattr(keys)
            after = [*before]
            after[_IFLAG] &= ~termios.ICRNL
            after[_LFLAG] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(keys, termios.TCSANOW, after)
            self._keys_before = keys, before

    def _keys_as_before(self) -> None:
        if self._keys_before is not None:
            with suppress(OSError, termios.error):
                termios.tcsetattr(self._keys_before[0], termios.TCSANOW, self._keys_before[1])

    def lift(self) -> None:
        """The screen has the terminal now, and puts it back itself."""
        if self._is_down:
            self._is_down = False
            self._keys_as_before()
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        if self._is_down:
            self._write(LEAVE)
            self._keys_as_before()
        os._exit(SIGNALLED + number)

    def _write(self, sequence: str) -> None:
        assert self._stream is not None
        with suppress(OSError):
            os.write(self._stream.fileno(), sequence.encode(self._encoding, "replace"))

    @property
    def _encoding(self) -> str:
        return "ascii" if self._display.is_ascii(self._settings.ascii) else "utf-8"

    def _picture(self, width: int, height: int) -> str:
        """Each line by its place, so that none can move another."""
        header, box = log_box(width, height, view_of(self._settings.view))
        parts = []
        if header is not None:
            said = cut(f" {TITLE}    opening {text(self._directory.name)} …", header.width)
            parts.append(f"{_at(header)}\x1b[1m{said[: len(TITLE) + 1]}\x1b[22m"
                         f"{said[len(TITLE) + 1 :]}")  # fmt: skip
        if box is not None and box.width > 0 and box.height > 0:
            parts += [f"{_at(box, y)}{row}" for y, row in enumerate(self._rows(box))]
        return "".join(parts)

    def _rows(self, box: Box) -> list[str]:
        """The newest rows, none wider than the box."""
        found = glimpse.rows(self._directory, box.height)
        newest = () if found is None else found.newest
        return [cut(text(shown), box.width) if (shown := _decoded(row)).strip() else ""
                for row in newest]  # fmt: skip


def _decoded(row: bytes) -> str:
    return plain(row).decode("utf-8", "replace")


def _at(box: Box, line: int = 0) -> str:
    """Puts the cursor to the beginning of a line of a box."""
    return f"\x1b[{box.y + line + 1};{box.x + 1}H"
