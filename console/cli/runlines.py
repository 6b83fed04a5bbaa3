"""Every run as a line of the overview. A run that has ended is read once, not every two seconds."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from console.backend import runs
from console.backend.history import History
from console.backend.outline import Outline, outline
from console.core.sources import Axis
from console.core.state import Status
from console.keeper import rundir
from console.screens.session import RunLine

if TYPE_CHECKING:
    from pathlib import Path

SPARK_VALUES = 24

_ended: dict[str, tuple[object, RunLine]] = {}
"""Lines of runs that have ended, with what says that they are still right."""


def lines() -> list[RunLine]:
    """Every run for the overview, newest first."""
    now, found = time.time(), []
    for item in runs.records():
        sign = None if item.alive else _completed(item)
        kept = _ended.get(item.id)
        if sign is None or kept is None or kept[0] != sign:
            line = _line(outline(item), now)
            if sign is None:
                _ended.pop(item.id, None)
            else:
                _ended[item.id] = (sign, line)
            found.append(line)
        else:
            found.append(kept[1])
    return found


def _completed(item: runs.Record) -> object | None:
    """What changes when a run that is complete is completed anew; None as long as it is not."""
    try:
        return item.dir, item.state, (item.dir / rundir.FINAL).stat().st_mtime_ns
    except OSError:
        return None


def _line(item: Outline, now: float) -> RunLine:
    step_age = None if item.step_at is None else max(0.0, now - item.step_at)
    return RunLine(
        id=item.id,
        name=item.name,
        status=Status(item.status),
        cause=item.cause,
        progress=item.progress,
        loss=item.loss,
        spark=_spark(item.dir),
        uptime=item.elapsed,
        step_age=step_age if item.alive else None,
        host=item.host,
        alive=item.alive,
        alerts=item.alerts if item.alive else 0,
    )


def _spark(directory: Path) -> tuple[float, ...]:
    """The loss over the whole run in a few values."""
    history = History(directory)
    extent = history.extent("loss", Axis.STEP)
    if extent is None:
        return ()
    found = history.columns("loss", Axis.STEP, *extent, SPARK_VALUES)
    return tuple(value for value in found.last if math.isfinite(value))
