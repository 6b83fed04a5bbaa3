"""What the screens are given of runs: read from their directories, and a way to stop one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend import bookmarks, client, overhead, rows_export, runs, sender
from console.backend.history import History
from console.backend.rows import ScreenRows
from console.cli.boarding import Boarding
from console.cli.exporting import LateExporter
from console.cli.output import strip_colour
from console.cli.writing import written
from console.core.redaction import mask
from console.core.watching import watcher_text
from console.keeper import rundir
from console.screens.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.cli.configurations import Configurations
    from console.core.comparison import Side
    from console.core.config_diff import Change
    from console.core.processes import ProcessReader

STOP_SECONDS = 300.0


def connect(directory: Path, *, read_only: bool = False) -> Session:
    """A session on one run. Raises NoSuchRun when the directory holds none."""
    item = runs.record(directory)
    if item is None:
        raise runs.NoSuchRun(f"{directory} holds no run")
    heals = item.local and not read_only
    why_not = _why_read_only(item, read_only)
    follower = client.Follower(directory, heal=heals, watches="screen", read_only=bool(why_not))
    rows, history, boarding = ScreenRows(directory), History(directory), Boarding(directory)
    costs = overhead.Reader(directory, extra=(os.getpid(),))
    return Session(
        link=follower,
        rows=rows,
        series=history,
        attach_command=f"gladius-console attach {item.id}",
        resume_command=f"gladius-console train --resume {item.id}",
        person=sender.whoami().partition(":")[0],
        watching=lambda: _others(follower),
        overhead=(lambda: _overhead(costs)) if item.local else (lambda: None),
        read_only=why_not,
        foreign=not item.local,
        tell=lambda: rows.tell(follower.rows, follower.live),
        report=lambda: _text(directory / rundir.REPORT),
        config_text=lambda: _masked(directory / rundir.CONFIG_YAML),
        config_changes=lambda: _changes(item),
        configurations=lambda: _files(item),
        export_log=lambda: _export_log(item, rows),
        exporter=LateExporter(directory, item.name),
        export_rows=lambda what, clean, some: _export_rows(item, rows, what, clean, some),
        marks=lambda: bookmarks.read(directory),
        keep_mark=lambda row, is_set: bookmarks.keep(directory, row, is_set),
        export_error=lambda text: _export_error(item, text),
        recover=(lambda: _recover(directory)) if heals else None,
        tensorboard=boarding.begun if heals else None,
        end_tensorboard=boarding.ended,
        timeline=lambda: History(directory).timeline(),
        processes=(lambda: _processes(directory)) if item.local else None,
        points=lambda name: History(directory).all_points(name),
        write=written,
        close=rows.close,
    )


def _processes(directory: Path) -> ProcessReader:
    from console.backend.processlist import ProcessList  # only who looks needs what it brings

    return ProcessList(directory)


def _why_read_only(item: runs.Record, asked: bool) -> str:
    if not item.local:
        return f"the run is on {item.host or 'another host'}"
    return "this screen only watches (--read-only)" if asked else ""


def _overhead(reader: overhead.Reader) -> Sequence[str] | None:
    """What our processes use, this one with them."""
    found = reader.read()
    return overhead.lines(found) if found.processes else None


def _others(follower: client.Follower) -> Sequence[str] | None:
    """Who else watches; None while nobody can say."""
    if follower.viewers is None:
        return None
    return [watcher_text(one) for one in follower.viewers if one.number != follower.number]


def _export_log(item: runs.Record, rows: ScreenRows) -> str:
    """Writes the clean rows where the person stands; returns what they are told."""
    target = Path.cwd() / f"{item.id}.log"
    rows.export(target, clean=True)
    return f"the log is in {target}"


def _export_rows(
    item: runs.Record, rows: ScreenRows, what: str, clean: bool, numbers: Sequence[int] | None
) -> str:
    """Writes all rows, or some, where the person stands; returns what they are told."""
    name = item.id if what == "all" else f"{item.id}-{what}"
    suffix = ".log" if clean else ".raw.log"
    target = Path.cwd() / f"{name}{suffix}"
    if numbers is None:
        rows.export(target, clean=clean)
        return f"the log is in {target}"
    again = 1
    while target.exists():
        again += 1
        target = Path.cwd() / f"{name}-{again}{suffix}"
    count = rows_export.export(item.dir, target, numbers, clean=clean)
    return f"{count:,} {what} line{' is' if count == 1 else 's are'} in {target}"


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
    """A configuration without its secrets, also those no line gives away."""
    text = _text(path)
    if text is None:
        return None
    from console.core.config import ConfigError, load  # they read YAML, and take their time
    from console.core.template import veiled

    with suppress(ConfigError):
        text = veiled(text, load(text.encode("utf-8", "replace"), path.name))
    return mask(text)


def _changes(item: runs.Record) -> Sequence[Change]:
    from console.cli import starting  # it reads YAML, and takes its time to import

    return starting.changes(item)


def _files(item: runs.Record) -> Configurations:
    from console.cli import configurations  # it reads YAML, and takes its time to import

    return configurations.Configurations(item)


async def stop(run: str) -> str:
    """Stops a run; what the person is told."""
    view = await client.ask(runs.runs_dir() / run, "stop", {}, STOP_SECONDS)
    at = "" if view.step is None else f" at step {view.step:,}"
    return f"stop {view.outcome}{at}{f': {view.detail}' if view.detail else ''}"


def side(run: str) -> Side:
    """A run as one side of a comparison. Raises NoSuchRun."""
    from console.cli import comparing  # it reads YAML, and takes its time to import

    item = runs.record(runs.runs_dir() / run)
    if item is None:
        raise runs.NoSuchRun(f"there is no run {run}")
    return comparing.side(item, client.read_state(item.dir))
