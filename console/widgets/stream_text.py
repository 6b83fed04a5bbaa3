"""One row of output as styled text: bytes in, text and runs of styles out, and cuts of it.

Nothing in a row is ever markup. What could move the frame (control characters, reversals of
direction, joiners that terminals measure differently) is replaced or dropped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from rich.cells import cell_len, split_graphemes
from rich.segment import Segment
from rich.style import Style

from console.widgets.stream_sgr import RESET, sgr

OWN = b"\x1e"
"""First byte of a row of ours."""
PROMPT = b"\x1d"
"""First byte of the line the run was started with; only ever inside the screen."""
FOLDED = b"\x1c"
"""First byte of what stands for a folded traceback; only ever inside the screen."""
MAX_BYTES = 16384
"""What is shown of one row."""

_SGR = re.compile(r"\x1b\[([0-9;:]*)m")
_UNSAFE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_JOINERS = re.compile("[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
_WORD = re.compile(r"[\w./~+@%-]*\w[\w/~+@%-]*")
_TAG = re.compile(r"\[(INFO|WARN|WARNING|ERROR|CRITICAL|SUCCESS)\]")
_TAG_WITHIN = 48
_SIGNS = {"✓": "success", "✗": "error", "✘": "error", "▲": "warning", "⚠": "warning"}
_LEVELS = {
    "INFO": "info",
    "WARN": "warning",
    "WARNING": "warning",
    "ERROR": "error",
    "CRITICAL": "error",
    "SUCCESS": "success",
}

Run = tuple[int, Style]
"""Where a run of one style ends, in characters, and the style."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Styles from the theme; a row's own colours go on top of `base`."""

    base: Style
    info: Style
    warning: Style
    error: Style
    success: Style
    own: Style
    prompt: Style
    muted: Style
    title: Style
    match: Style
    match_mark: Style
    current: Style
    selection: Style
    mark: Style
    rule: str = "─"
    ellipsis: str = "…"


@dataclass(frozen=True)
class Painted:
    """A row's text, safe to draw, and its styles."""

    text: str
    runs: tuple[Run, ...]

    @cached_property
    def cells(self) -> Sequence[tuple[int, int, int]] | None:
        """(first character, end, cells) of each grapheme; None where characters are cells."""
        return None if self.text.isascii() else split_graphemes(self.text)[0]

    @cached_property
    def width(self) -> int:
        """Cells of the whole text."""
        return len(self.text) if self.cells is None else sum(span[2] for span in self.cells)

    def character(self, cell: int) -> int:
        """The index of the character at a cell; the length of the text beyond its end."""
        if self.cells is None:
            return min(max(0, cell), len(self.text))
        at = 0
        for start, _end, cells in self.cells:
            at += cells
            if cell < at:
                return start
        return len(self.text)

    def cell(self, character: int) -> int:
        """The cell at which the character with this index begins."""
        if self.cells is None:
            return min(character, len(self.text))
        return sum(cells for start, _end, cells in self.cells if start < character)

    def word(self, cell: int) -> tuple[int, int] | None:
        """From which cell to which the word at a cell goes; paths and numbers are one."""
        at = self.character(cell)
        for found in _WORD.finditer(self.text):
            if found.start() <= at < found.end():
                return self.cell(found.start()), self.cell(found.end())
        return None


def paint(row: bytes, palette: Palette) -> Painted:
    """A row as it is drawn."""
    if row.startswith(OWN):
        text = f"{palette.rule * 2} {safe(_decoded(row[1:]))} {palette.rule * 2}"
        return Painted(text, ((len(text), palette.own),))
    if row.startswith(PROMPT):
        return _prompt(safe(_decoded(row[1:])), palette)
    if row.startswith(FOLDED):
        return _folded(safe(_decoded(row[1:])), palette)
    text = _decoded(row)
    if "\x1b" in text:
        return _coloured(text, palette)
    text = safe(text)
    return Painted(text, _levels(text, palette))


def plain_text(row: bytes) -> str:
    """A row as text to copy: no colours, no marks."""
    return safe(_SGR.sub("", row.lstrip(OWN + PROMPT + FOLDED).decode("utf-8", "replace")))


def safe(text: str) -> str:
    """Printable text whose width every terminal agrees on, as far as that is possible."""
    if text.isascii() and text.isprintable():
        return text
    if "\t" in text:
        text = text.expandtabs()
    return _UNSAFE.sub("\ufffd", _JOINERS.sub("", text))


def styled_over(runs: Sequence[Run], spans: Iterable[tuple[int, int]], style: Style) -> list[Run]:
    """The runs with `style` put over each span of characters; spans in order, apart."""
    result: list[Run] = []
    pending = [span for span in spans if span[0] < span[1]]
    position = 0
    for end, below in runs:
        while position < end:
            while pending and pending[0][1] <= position:
                pending.pop(0)
            inside = bool(pending) and pending[0][0] <= position
            stop = min(end, pending[0][1 if inside else 0]) if pending else end
            result.append((stop, below + style if inside else below))
            position = stop
    return result


def fitted(
    painted: Painted,
    runs: Sequence[Run],
    left: int,
    width: int,
    palette: Palette,
    *,
    cut: bool = True,
) -> list[Segment]:
    """Exactly `width` cells of a row from cell `left` on; a wide character cut leaves blanks.

    `cut` marks the right end where more follows.
    """
    if width <= 0:
        return []
    more = cut and painted.width > left + width
    room = width - cell_len(palette.ellipsis) if more else width
    first, last, before, cells = _window(painted, left, max(0, room))
    segments = [Segment(" " * before, palette.base)] if before else []
    position = 0
    for end, style in runs:
        start, stop = max(position, first), min(end, last)
        if start < stop:
            segments.append(Segment(painted.text[start:stop], palette.base + style))
        position = end
    rest = room - before - cells
    if rest > 0:
        segments.append(Segment(" " * rest, palette.base))
    if more:
        segments.append(Segment(palette.ellipsis[:width], palette.muted))
    return segments


def breaks(painted: Painted, width: int) -> list[int]:
    """The cells at which the lines of a wrapped row begin, at most `width` cells each."""
    if painted.width <= width or width <= 1:
        return [0]
    if painted.cells is None:
        return list(range(0, painted.width, width))
    starts, at = [0], 0
    for _start, _end, cells in painted.cells:
        if at + cells - starts[-1] > width:
            starts.append(at)
        at += cells
    return starts


def _window(painted: Painted, left: int, width: int) -> tuple[int, int, int, int]:
    """First and last character in a window of cells, blanks before them, and their cells."""
    if painted.cells is None:
        first = min(left, len(painted.text))
        last = min(left + width, len(painted.text))
        return first, last, 0, last - first
    at, first, last, before, used = 0, -1, 0, 0, 0
    for start, end, cells in painted.cells:
        if at >= left and at + cells <= left + width:
            if first < 0:
                first, before = start, at - left
            last, used = end, used + cells
        at += cells
        if at >= left + width:
            break
    return (0, 0, 0, 0) if first < 0 else (first, last, before, used)


def _decoded(row: bytes) -> str:
    return row.decode("utf-8", "replace")


def _coloured(text: str, palette: Palette) -> Painted:
    """A row with colours of its own, taken as they are."""
    parts: list[str] = []
    runs: list[Run] = []
    style, position, length = RESET, 0, 0
    for found in (*_SGR.finditer(text), None):
        part = safe(text[position : found.start() if found else len(text)])
        if part:
            length += len(part)
            parts.append(part)
            runs.append((length, style))
        if found:
            style, position = sgr(style, found[1]), found.end()
    whole = "".join(parts)
    if all(style == RESET for _, style in runs):
        return Painted(whole, _levels(whole, palette))
    return Painted(whole, tuple(runs))


def _levels(text: str, palette: Palette) -> tuple[Run, ...]:
    """Colours for what the row says of itself: `[WARN]`, ✓."""
    runs: list[Run] = []
    sign = _SIGNS.get(text[:1])
    if sign:
        runs.append((1, getattr(palette, sign)))
    if found := _TAG.search(text, 0, _TAG_WITHIN):
        runs += [(found.start(), RESET), (found.end(), getattr(palette, _LEVELS[found[1]]))]
    runs.append((len(text), RESET))
    return tuple(runs)


def _prompt(text: str, palette: Palette) -> Painted:
    """`[user@host dir]$ command`."""
    end = text.find("$") + 1
    return Painted(text, ((end, palette.prompt), (len(text), RESET)))


def _folded(text: str, palette: Palette) -> Painted:
    """`Traceback … ValueError: no such layer  (+23 lines)`."""
    end = text.rfind("  (+")
    return Painted(text, ((end, palette.error), (len(text), palette.muted)))
