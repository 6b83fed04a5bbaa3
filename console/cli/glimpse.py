"""The newest rows of a run, for the first paint: from its files, before anything is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.backend.rows import ScreenRows
from console.core.sources import Glimpse

if TYPE_CHECKING:
    from pathlib import Path


def rows(directory: Path, count: int) -> Glimpse | None:
    """At most `count` rows of a run as they are now, secrets masked; None where there are none."""
    try:
        source = ScreenRows(directory)
        try:
            newest = source.tail(count)
            return Glimpse(max(0, source.count() - len(newest)), newest) if newest else None
        finally:
            source.close()
    except (OSError, ValueError):
        return None  # connecting says why
