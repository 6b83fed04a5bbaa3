"""`logs [RUN]`: the trainer's output, clean, or byte for byte with --raw."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

from console.backend import client
from console.backend.history import History
from console.backend.rows import ScreenRows
from console.cli.exits import DONE, REJECTED, USAGE, Failure
from console.cli.options import add_json, add_run, count, find_run
from console.cli.output import colours, print_json, strip_colour
from console.cli.settling import Settling
from console.keeper import rundir

PAGE = 2000
LOOK_SECONDS = 0.5
OWN = b"\x1e"


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on as the run does")
    parser.add_argument("--raw", action="store_true", help="the very bytes the trainer printed")
    parser.add_argument("--tail", type=count, metavar="N", help="only the last N lines")
    parser.add_argument("--force", action="store_true", help="--raw even to a terminal")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    if options.raw:
        return _raw(item.dir, options)
    rows = ScreenRows(item.dir)
    settled, live = History(item.dir).screen()
    if settled or live:
        rows.tell(settled, live)
    first = 0
    if options.tail is not None:
        first = max(0, rows.count() + len(rows.live()) - options.tail)
    log = Log(rows, first, _print_json if options.json else _print)
    log.more()
    if options.follow:
        asyncio.run(_follow(client.Follower(item.dir), log))
    else:
        log.last()
    return DONE


class Log:
    """Prints the rows of a run from `first` on, each once."""

    def __init__(
        self, rows: ScreenRows, first: int, show: Callable[[int, Sequence[bytes]], None]
    ) -> None:
        self.rows = rows
        self._next = first
        self._show = show
        self._settling = Settling()

    def more(self) -> None:
        """What has settled."""
        while page := self.rows.rows(self._next, PAGE):
            self._next += len(page)
            new = self._settling.settled(page)
            self._show(self._next - len(new), new)

    def quiet(self) -> None:
        """Live rows that do not change any more, for now."""
        live = self._settling.quiet(self.rows.live(), time.monotonic())
        self._show(self._next + len(self.rows.live()) - len(live), live)

    def last(self) -> None:
        """Live rows, as nothing follows."""
        live = self._settling.rest(self.rows.live())
        skip = max(0, self._next - self.rows.count())
        self._show(self._next, live[skip:])


async def _follow(follower: client.Follower, log: Log) -> None:
    looker = asyncio.create_task(_look(log))
    try:
        async with aclosing(follower.updates()) as updates:
            async for _ in updates:
                log.rows.tell(follower.rows, follower.live)
                log.more()
    finally:
        looker.cancel()
    log.last()


async def _look(log: Log) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        log.quiet()


def _print(_first: int, page: Sequence[bytes]) -> None:
    shown = [b"-- " + row[1:] if row.startswith(OWN) else row for row in page]
    block = b"".join(row + b"\n" for row in shown)
    sys.stdout.buffer.write(block if colours() else strip_colour(block))
    sys.stdout.buffer.flush()


def _print_json(first: int, page: Sequence[bytes]) -> None:
    for number, row in enumerate(page, first):
        text = strip_colour(row.removeprefix(OWN)).decode()
        print_json({"row": number, "ours": row.startswith(OWN), "text": text}, lines=True)


def _raw(directory: Path, options: argparse.Namespace) -> int:
    if options.follow or options.json or options.tail is not None:
        raise Failure(USAGE, "--raw goes alone: it copies the bytes that are there")
    if sys.stdout.isatty() and not options.force:
        raise Failure(
            REJECTED,
            "raw output may hold sequences that change or harm this terminal; "
            "send it to a file or a pipe, or add --force",
        )
    for _, path in rundir.segments(directory):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                sys.stdout.buffer.write(block)
    sys.stdout.buffer.flush()
    return DONE
