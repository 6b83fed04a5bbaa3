"""What the screens are given of runs: read from their directories, and a way to stop one."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend import client, runs
from console.backend.history import History
from console.backend.outline import Outline, outlines
from console.backend.rows import ScreenRows
from console.cli.boarding import Boarding
from console.cli.output import strip_colour
from console.core.redaction import mask
from console.core.sources import Axis
from console.core.state import Status
from console.keeper import rundir
from console.screens.session import RunLine, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.cli.configurations import Configurations
    from console.core.config_diff import Change

SPARK_VALUES = 24
STOP_SECONDS = 300.0


def connect(directory: Path, *, read_only: bool = False) -> Session:
    """A session on one run. Raises NoSuchRun when the directory holds none."""
    item = runs.record(directory)
    if item is None:
        raise runs.NoSuchRun(f"{directory} holds no run")
    heals = item.local and not read_only
    follower = client.Follower(directory, heal=heals)
    rows, history, boarding = ScreenRows(directory), History(directory), Boarding(directory)
    return Session(
        link=follower,
        rows=rows,
        series=history,
        attach_command=f"gladius-console attach {item.id}",
        resume_command=f"gladius-console train --resume {item.id}",
        read_only=_why_read_only(item, read_only),
        foreign=not item.local,
        tell=lambda: rows.tell(follower.rows, follower.live),
        report=lambda: _text(directory / rundir.REPORT),
        config_text=lambda: _masked(directory / rundir.CONFIG_YAML),
        config_changes=lambda: _changes(item),
        configurations=lambda: _files(item),
        export_log=lambda: _export_log(item, rows),
        export_error=lambda text: _export_error(item, text),
        recover=(lambda: _recover(directory)) if heals else None,
        tensorboard=boarding.begun if heals else None,
        end_tensorboard=boarding.ended,
        close=rows.close,
    )


def _why_read_only(item: runs.Record, asked: bool) -> str:
    if not item.local:
        return f"the run is on {item.host or 'another host'}"
    return "this screen only watches (--read-only)" if asked else ""


def _export_log(item: runs.Record, rows: ScreenRows) -> str:
    """Writes the clean rows where the person stands; returns what they are told."""
    target = Path.cwd() / f"{item.id}.log"
    rows.export(target, clean=True)
    return f"the log is in {target}"


def _export_error(item: runs.Record, text: str) -> str:
    """Writes a failure where the person stands; returns what they are told."""
    target = Path.cwd() / f"{item.id}-error.log"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(target, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(mask(strip_colour(text.encode("utf-8", "replace")).decode()))
    return f"the error log is in {target}"


async def _recover(directory: Path) -> str:
    from console.cli import recover  # it reads YAML, and takes its time to import

    return await recover.start(directory)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _masked(path: Path) -> str | None:
    text = _text(path)
    return None if text is None else mask(text)


def _changes(item: runs.Record) -> Sequence[Change]:
    from console.cli import starting  # it reads YAML, and takes its time to import

    return starting.changes(item)


def _files(item: runs.Record) -> Configurations:
    from console.cli import configurations  # it reads YAML, and takes its time to import

    return configurations.Configurations(item)


def lines() -> list[RunLine]:
    """Every run for the overview, newest first."""
    now = time.time()
    return [_line(item, now) for item in outlines(runs.records())]


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
    )


def _spark(directory: Path) -> tuple[float, ...]:
    """The loss over the whole run in a few values."""
    history = History(directory)
    extent = history.extent("loss", Axis.STEP)
    if extent is None:
        return ()
    found = history.columns("loss", Axis.STEP, *extent, SPARK_VALUES)
    return tuple(value for value in found.last if math.isfinite(value))


async def stop(run: str) -> str:
    """Stops a run; what the person is told."""
    view = await client.ask(runs.runs_dir() / run, "stop", {}, STOP_SECONDS)
    at = "" if view.step is None else f" at step {view.step:,}"
    return f"stop {view.outcome}{at}{f': {view.detail}' if view.detail else ''}"
