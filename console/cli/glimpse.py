"""The newest rows of a run, for the first paint: from its files, before anything is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.backend.rows import ScreenRows
from console.core.sources import Glimpse
from console.keeper import rundir

if TYPE_CHECKING:
    from console.core.sources import RowSource


def rows(run: str, count: int) -> RowSource | None:
    """At most `count` rows as they are now, secrets masked; None where they cannot be read."""
    try:
        source = ScreenRows(rundir.run_dir(run))
        try:
            newest = source.tail(count)
            return Glimpse(max(0, source.count() - len(newest)), newest) if newest else None
        finally:
            source.close()
    except (OSError, ValueError):
        return None  # connecting says why
