"""The screen without any colour: what is marked by its background alone is shown reversed.

Bold, dim, underline, strike and reverse stay, and so do signs and words: no state is told by its
colour alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

if TYPE_CHECKING:
    from rich.color import Color as RichColor

MARKED = 1.35
"""The contrast of a background with what lies around it from which on it marks something."""


def _lightness(colour: Color) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = (part / 255 for part in colour.rgb)
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2 defines it."""
    low, high = sorted((_lightness(one), _lightness(other)))
    return (high + 0.05) / (low + 0.05)


@lru_cache(2048)
def _bare(style: Style, background: RichColor) -> Style:
    """The style without colours."""
    marked = False
    if style.bgcolor is not None and not style.bgcolor.is_default:
        behind, around = (Color(*colour.get_truecolor()) for colour in (style.bgcolor, background))
        marked = contrast(behind, around) >= MARKED
    return Style(
        bold=style.bold,
        dim=style.dim,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        reverse=bool(style.reverse) != marked,
        link=style.link,
        meta=style.meta or None,
    )


class Colourless(LineFilter):
    """Takes the colours away."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        around = background.rich_color
        return [
            segment
            if segment.style is None
            else Segment(segment.text, _bare(segment.style, around))
            for segment in segments
        ]
