"""How often a loop is gone round. `make torture` sets GLADIUS_TORTURE=1, which raises the counts.

What such a loop has done is told with `figure`, and printed below the results.
"""

from __future__ import annotations

import os

TORTURE = os.environ.get("GLADIUS_TORTURE") == "1"
FIGURES: list[str] = []


def times(usual: int, torture: int) -> int:
    """The count for the tests of every day, or the one for torture."""
    return torture if TORTURE else usual


def figure(text: str) -> None:
    """A line to be printed when all tests are done."""
    FIGURES.append(text)
