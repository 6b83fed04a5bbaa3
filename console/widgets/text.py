"""Lines of exactly the width there is: pieces with styles, spread, cut by priority, never wrapped.

Foreign text (names, reasons, values of a configuration) goes through `core.format_text.text`
before it comes here, and is never markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual.content import Content

Piece = tuple[str, str]
"""A text and its style; the text is shown literally."""


def joined(pieces: Iterable[Piece | Content | str]) -> Content:
    """The pieces one after the other."""
    return Content.assemble(*pieces)


def cut(content: Content, width: int) -> Content:
    """At most `width` cells, with an ellipsis where something is missing."""
    if content.cell_length <= width:
        return content
    return content.truncate(max(0, width), ellipsis=True)


def padded(content: Content, width: int) -> Content:
    """Exactly `width` cells."""
    short = cut(content, width)
    return short.pad_right(width - short.cell_length)


def spread(left: Content, right: Content, width: int) -> Content:
    """`left` at the left edge, `right` at the right one. When both do not fit, `right` goes."""
    if not right or left.cell_length + right.cell_length + 1 > width:
        return padded(left, width)
    return left.pad_right(width - left.cell_length - right.cell_length).append(right)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a one-line place. Parts with the highest `rank` go first when space is short."""

    content: Content
    rank: int = 0


def fitted(parts: Sequence[Part], width: int, gap: str = "  ") -> Content:
    """As many parts as fit, in their order, joined by `gap`; the highest ranks are dropped."""
    kept = [part for part in parts if part.content]
    while len(kept) > 1 and _length(kept, gap) > width:
        worst = max(part.rank for part in kept)
        last = max(index for index, part in enumerate(kept) if part.rank == worst)
        del kept[last]
    return cut(Content(gap).join([part.content for part in kept]), width)


def _length(parts: Sequence[Part], gap: str) -> int:
    return sum(part.content.cell_length for part in parts) + len(gap) * (len(parts) - 1)


def bar(share: float | None, width: int, style: str = "$success") -> Content:
    """A bar of `width` cells, filled for `share` (0 to 1); all empty when not known."""
    filled = 0 if share is None else int(width * min(1.0, max(0.0, share)))
    return Content.assemble(("█" * filled, style), ("░" * (width - filled), "$track"))


SEGMENTS = 20
"""Parts of the bar of a whole run: one is five percent."""


def segmented(share: float | None, width: int, style: str) -> Content:
    """A `bar` in SEGMENTS parts with a thin gap behind each; a plain one where they do not fit.

    Within a part it is filled cell by cell, so that it tells no less than a plain one.
    """
    plain = bar(share, width, style)
    if width < SEGMENTS:
        return plain
    ends = {round(part * width / SEGMENTS) - 1 for part in range(1, SEGMENTS + 1)}
    filled = plain.plain.count("█")
    cells = ("▉" if cell in ends else "█" for cell in range(filled))
    return Content.styled("".join(cells), style).append(plain[filled:])


def segmented_width(room: int) -> int:
    """The widest bar in `room` cells whose parts are all as wide; at least one cell each."""
    return max(1, room // SEGMENTS) * SEGMENTS
