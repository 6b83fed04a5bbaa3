"""The characters charts are drawn with: the one place where they are named."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signs:
    """`eighths` and `rising` go from an empty cell to a full one."""

    full: str = "█"
    others: str = "▒"
    free: str = "░"
    eighths: str = " ▏▎▍▌▋▊▉█"
    rising: str = " ▁▂▃▄▅▆▇█"
    tick: str = "┤"
    low: str = "▼"
    dead: str = "✗"
    fair: str = "│"
    high: str = "▲"
    above: str = "↑"
    change: str = "Δ"
    train: str = "⠒⠒"
    validation: str = "⠶⠶"
    mean: str = "⠂⠐"


SIGNS = Signs()
BRAILLE = 0x2800
"""The empty braille cell."""

BRAILLE_DOTS = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""Bits of the left and of the right column of a braille cell, from the bottom up."""
