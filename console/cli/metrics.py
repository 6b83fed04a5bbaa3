"""`metrics [RUN]`: every value of every metric, as CSV or JSON."""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from operator import itemgetter
from pathlib import Path
from typing import TextIO

from console.backend.history import History
from console.cli.exits import DONE, FAILED, Failure
from console.cli.options import add_run, find_run
from console.cli.output import clean
from console.core.metrics_text import csv_pieces, json_pieces
from console.keeper.rundir import METRICS_DB

ATTEMPTS = 5


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("--format", choices=("csv", "json"), default="csv", help="default: csv")
    parser.add_argument("--output", metavar="FILE", help="write to a file instead of stdout")
    parser.add_argument(
        "--all", action="store_true", help="also the older values where steps were repeated"
    )


Series = dict[str, list[tuple[int, float]]]


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    series = _read(item.dir, options.all)
    with _target(options.output) as file:
        if options.format == "json":
            file.writelines(json_pieces(item.id, sorted(series), series.__getitem__))
        else:
            # A step that was trained again comes later in a series; a row holds its newest values.
            by_step = {name: sorted(found, key=itemgetter(0)) for name, found in series.items()}
            file.writelines(csv_pieces(sorted(series), by_step.__getitem__))
    return DONE


def _read(directory: Path, every: bool) -> Series:
    """All series. The backend may rearrange them while we read: then once more from the start."""
    for _ in range(ATTEMPTS):
        with suppress(sqlite3.Error, ValueError, LookupError):
            found = _series(History(directory), every)
            if found or _is_empty(directory / METRICS_DB):
                return found
    raise Failure(FAILED, f"the metrics of {directory.name} cannot be read: {METRICS_DB}")


def _is_empty(path: Path) -> bool:
    """Whether there is nothing to read, not just nothing readable. Raises sqlite3.Error."""
    if not path.exists():
        return True
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        return db.execute("select 1 from series").fetchone() is None


def _series(history: History, every: bool) -> Series:
    """Step and value of each metric; what was not measured at a step (telemetry) is left out."""
    found: Series = {}
    for name in history.names():
        points = [
            (step, value)
            for step, _, value in history.all_points(name, every=every)
            if step is not None
        ]
        if points:
            found[name] = points
    return found


@contextmanager
def _target(path: str | None) -> Iterator[TextIO]:
    """Stdout, or a file that is there whole or not at all."""
    if path is None:
        yield sys.stdout
        return
    final = Path(path)
    temporary = final.with_name(f".{final.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            yield file
        temporary.replace(final)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Failure(FAILED, f"{clean(path)} cannot be written: {error.strerror}") from None
