"""`export [RUN]`: all of a run in a folder that is there whole or not at all."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from console.backend.exporting.exporter import RunExporter
from console.cli.exits import DONE, FAILED, INTERRUPTED, REJECTED, Failure
from console.cli.options import add_json, add_run, find_run
from console.cli.output import clean, print_json
from console.core.export_parts import (
    BY_ID,
    EVERYTHING,
    PARTS,
    Cancelled,
    Exported,
    Occupied,
    Progress,
    Refused,
)
from console.core.format import percent, size

TOLD_SECONDS = 0.2


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument(
        "--output", metavar="DIR", help="the folder to make (left out: ./NAME-RUN, a new one)"
    )
    parser.add_argument(
        "--what",
        type=_parts,
        default=EVERYTHING,
        metavar="PART,…",
        help=f"of {', '.join(part.id for part in PARTS)} (left out: all but raw)",
    )
    parser.add_argument(
        "--raw", action="store_true", help="also the trainer's very bytes, secrets NOT masked"
    )
    parser.add_argument("--force", action="store_true", help="replace an export that is there")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    exporter = RunExporter(item.dir, item.name)
    folder = exporter.folder() if options.output is None else options.output
    parts = (*options.what, *(("raw",) if options.raw else ()))
    line = _Line()
    try:
        with line.listening():
            made = exporter.write(folder, parts, force=options.force, tell=line.tell)
    except Occupied as refused:
        raise Failure(REJECTED, f"{clean(str(refused))}; replace it with --force") from None
    except Refused as refused:
        raise Failure(REJECTED, clean(str(refused))) from None
    except Cancelled as cancelled:
        raise Failure(INTERRUPTED, str(cancelled)) from None
    except OSError as error:
        raise Failure(FAILED, clean(error.strerror or str(error))) from None
    finally:
        line.clear()
    _say(made, as_json=options.json)
    return DONE


def _parts(text: str) -> tuple[str, ...]:
    found = tuple(filter(None, (word.strip() for word in text.split(","))))
    for word in found:
        if word not in BY_ID:
            raise argparse.ArgumentTypeError(f"{word!r} is nothing to export; see --help")
    if not found:
        raise argparse.ArgumentTypeError("nothing was named; see --help")
    return found


def _say(made: Exported, *, as_json: bool) -> None:
    for note in made.notes:
        print(clean(note), file=sys.stderr)
    if as_json:
        print_json(asdict(made))
    else:
        print(clean(made.folder))


class _Line:
    """One line of progress on a terminal, and what a signal asked for."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "", None)
        self._told = 0.0
        self._is_cancelled = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """TERM and HUP cancel: nothing half written is left."""
        numbers = (signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.getsignal(number) for number in numbers}
        for number in numbers:
            signal.signal(number, self._cancel)
        try:
            yield
        finally:
            for number in numbers:
                signal.signal(number, before[number])

    def _cancel(self, _number: int, _frame: object) -> None:
        self._is_cancelled = True

    def tell(self, progress: Progress) -> bool:
        """Says how far it is, a few times a second; False when it is to end."""
        now = time.monotonic()
        if self._shown and now - self._told > TOLD_SECONDS:
            self._told = now
            said = f"{percent(100 * progress.share, 0):>4}  {size(progress.done)}  {progress.file}"
            print(f"\r\x1b[K{said}", end="", file=sys.stderr, flush=True)
        return not self._is_cancelled

    def clear(self) -> None:
        """Takes the line away."""
        if self._shown and self._told:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
