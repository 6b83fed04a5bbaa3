"""The frame of the stream: what stands in its border, and which words of it can be clicked.

To add a word: a `Piece` in `corners`. Pieces with the highest rank go first when space is short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment

from console.core import format as say
from console.widgets.keyname import key_of

if TYPE_CHECKING:
    from rich.style import Style

    from console.core.state import Output
    from console.widgets.stream_text import Palette

LEAST_BEHIND = 1 << 20
"""So many bytes are read in a moment: the screen is not behind."""

WIDE = 150
"""From this many columns on, words are written out and keys are shown."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters of the frame."""

    corners: str = "╭╮╰╯"
    rule: str = "─"
    side: str = "│"
    thumb: str = "┃"
    hit: str = "╡"
    follow: str = "●"
    still: str = "○"
    error: str = "✗"
    warning: str = "▲"
    down: str = "↓"
    ellipsis: str = "…"
    mark: str = "◆"
    spot: str = "›"
    folded: str = "▸"
    unfolded: str = "▾"


UNICODE = Signs()
ASCII = Signs("++++", "-", "|", "#", "*", "*", "o", "x", "!", "v", ">", "@", ">", "+", "-")


@dataclass(frozen=True, slots=True)
class Piece:
    """A word in the border; `action` is an action of the stream that a click does."""

    text: str
    style: str = "muted"
    action: str = ""
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the border tells."""

    lines: int
    below: int
    follow: bool
    cleared: bool
    output: Output | None
    """None while nobody has told: then the border says no more than what is seen."""
    search: str = ""
    selecting: bool = False
    bare: bool = False
    """Whether there is no upper border."""
    shown: int | None = None
    """Lines a filter shows; None without one."""
    filtering: bool = False
    """Whether it still looks."""
    filter: str = ""
    level: str = ""


Corners = tuple[list[Piece], list[Piece], list[Piece], list[Piece]]


def corners(facts: Facts, width: int, signs: Signs) -> Corners:
    """The words at top left, top right, bottom left and bottom right."""
    top = [Piece("LIVE STREAM", "title")]
    if facts.shown is None:
        said = f"{facts.lines:,} line{'' if facts.lines == 1 else 's'}"
        lines = [Piece(said, rank=1)]
    else:
        lines = [Piece(_filtered(facts, signs), "match_mark", "open_filter", 1)]
    return top, lines, _hints(facts, width), _summary(facts, width, signs)


def _filtered(facts: Facts, signs: Signs) -> str:
    more = signs.ellipsis if facts.filtering else ""
    return f"filtered: {facts.shown:,}{more} of {facts.lines:,}"


def _hints(facts: Facts, width: int) -> list[Piece]:
    """Bottom left: what is going on, else what can be done."""
    found = []
    if facts.selecting:
        found.append(Piece(f"{key_of('copy')} copy  Esc leave", "own", rank=2))
    if facts.search:
        found.append(Piece(facts.search, "match_mark", "open_search", 2))
    if facts.filter:
        count = f" {facts.shown:,} of {facts.lines:,}" if facts.bare else ""
        found.append(Piece(facts.filter + count, "match_mark", "open_filter", 2))
        found.append(Piece("Esc all", "own", "unfilter", 4))
    if facts.cleared:
        found.append(Piece(f"cleared, {key_of('unclear')} shows", "own", "unclear", 3))
    if found or facts.output is None:
        return found
    return [
        Piece(f"{key_of('search')} search", action="open_search", rank=6),
        Piece(f"{key_of('open_filter')} filter", action="open_filter", rank=7),
        *([Piece(f"{key_of('level')} level", action="level", rank=9)] if width >= WIDE else []),
        *([Piece(f"{key_of('wrap')} wrap", action="wrap", rank=9)] if width >= WIDE else []),
        *([Piece(f"{key_of('mark')} mark", action="mark", rank=9)] if width >= WIDE else []),
        Piece(f"{key_of('clear')} clear", action="clear", rank=8),
        Piece(f"{key_of('export')} export", action="export_menu", rank=8),
    ]


def _summary(facts: Facts, width: int, signs: Signs) -> list[Piece]:
    """Bottom right: is anything missing, does it follow, errors and warnings."""
    output, long = facts.output, width >= WIDE
    if output is None:
        return []
    pieces = []
    if output.dropped:
        pieces.append(Piece(f"{signs.warning} {output.dropped:,} bytes dropped", "error", rank=1))
    if output.behind >= LEAST_BEHIND:
        pieces.append(Piece(f"behind by {say.size(output.behind)}", "warning", rank=4))
    if facts.below:
        pieces.append(Piece(f"{signs.down} {facts.below:,} below", "warning", "end", 2))
    sign, style = (signs.follow, "success") if facts.follow else (signs.still, "muted")
    pieces.append(Piece(f"{sign} follow", style, "follow", 3))
    for count, sign, style, word in (
        (output.errors, signs.error, "error", "error"),
        (output.warnings, signs.warning, "warning", "warning"),
    ):
        text = f" {word}{'' if count == 1 else 's'}" if long else ""
        chip = f"{sign} {count:,}{text}"
        if facts.level == word:
            pieces.append(Piece(f"[{chip}]", style, "level('')", 3))
        else:
            style = style if count else "muted"
            pieces.append(Piece(chip, style, f"level('{word}')", 5))
    return pieces


Zone = tuple[int, int, str]
"""Cells from … to of an edge, and the action a click there does."""


def edge(
    left: Sequence[Piece],
    right: Sequence[Piece],
    width: int,
    palette: Palette,
    frame: Style,
    ends: str,
) -> tuple[list[Segment], list[Zone]]:
    """One edge of exactly `width` cells, `ends` its two corners, and where it can be clicked."""
    left, right = _fitting(left, right, width - 6)
    segments: list[Segment] = []
    zones: list[Zone] = []
    at = 0

    def put(text: str, style: Style, action: str = "") -> None:
        nonlocal at
        segments.append(Segment(text, style))
        if action:
            zones.append((at, at + cell_len(text), action))
        at += cell_len(text)

    def put_all(pieces: Sequence[Piece]) -> None:
        for number, piece in enumerate(pieces):
            put("  " if number else " ", frame)
            put(piece.text, getattr(palette, piece.style), piece.action)
        if pieces:
            put(" ", frame)

    put((ends[:1] + palette.rule)[:width], frame)
    put_all(left)
    rest = width - 2 - _cells(right)
    put(palette.rule * max(0, rest - at), frame)
    put_all(right)
    if at < width:
        put((palette.rule + ends[-1:])[at - width :], frame)
    return segments, zones


def _fitting(
    left: Sequence[Piece], right: Sequence[Piece], width: int
) -> tuple[list[Piece], list[Piece]]:
    """Without those that do not fit, highest rank first, on the left before the right."""
    kept = [list(left), list(right)]
    while _cells(kept[0]) + _cells(kept[1]) > max(0, width) and any(kept):
        side = max((0, 1), key=lambda number: max((p.rank for p in kept[number]), default=-1))
        worst = max(piece.rank for piece in kept[side])
        last = max(number for number, piece in enumerate(kept[side]) if piece.rank == worst)
        del kept[side][last]
    return kept[0], kept[1]


def _cells(pieces: Sequence[Piece]) -> int:
    """Cells of the pieces with blanks around and between them."""
    return sum(cell_len(piece.text) + 2 for piece in pieces)


def thumb(height: int, floor: int, total: int, top: int, shown: int) -> range:
    """Rows of a scrollbar of `height` that show where the page is; none when all is in view."""
    span = total - floor
    if height <= 0 or span <= max(shown, 1):
        return range(0)
    size = max(1, height * shown // span)
    start = (top - floor) * (height - size) // max(1, span - shown)
    return range(min(start, height - size), min(start + size, height))
