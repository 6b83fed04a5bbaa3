"""`logs [RUN]`: the trainer's output, clean, or byte for byte with --raw."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from console.backend import client
from console.backend.rows import ScreenRows
from console.cli.exits import DONE, REJECTED, Failure
from console.cli.options import add_json, add_run, find_run
from console.cli.output import colours, print_json, strip_colour
from console.keeper import rundir

PAGE = 2000
QUIET_SECONDS = 1.0
OWN = b"\x1e"


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on as the run does")
    parser.add_argument("--raw", action="store_true", help="the very bytes the trainer printed")
    parser.add_argument("--tail", type=int, metavar="N", help="only the last N lines")
    parser.add_argument("--force", action="store_true", help="--raw even to a terminal")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    if options.raw:
        return _raw(item.dir, options)
    rows = ScreenRows(item.dir)
    first = max(0, rows.count() - options.tail) if options.tail is not None else 0
    if options.follow:
        asyncio.run(_follow(item.dir, rows, first, options.json))
        return DONE
    first = _print(rows, first, options.json)
    _print_rows(list(rows.live()), first, options.json)
    return DONE


def _print(rows: ScreenRows, first: int, as_json: bool) -> int:
    """Prints all settled rows from `first` on; returns the next one."""
    while page := rows.rows(first, PAGE):
        _print_rows(list(page), first, as_json)
        first += len(page)
    return first


def _print_rows(page: list[bytes], first: int, as_json: bool) -> None:
    if as_json:
        for number, row in enumerate(page, first):
            text = strip_colour(row.removeprefix(OWN)).decode()
            print_json({"row": number, "ours": row.startswith(OWN), "text": text}, lines=True)
        return
    shown = [b"-- " + row[1:] if row.startswith(OWN) else row for row in page]
    block = b"".join(row + b"\n" for row in shown)
    sys.stdout.buffer.write(block if colours() else strip_colour(block))
    sys.stdout.buffer.flush()


async def _follow(directory: Path, rows: ScreenRows, first: int, as_json: bool) -> None:
    """Settled rows as they come; a live row once it was quiet for a second or settles."""
    follower = client.Follower(directory)
    async for _ in follower.updates():
        rows.tell(follower.rows, follower.live)
        first = _print(rows, first, as_json)
        if follower.final:
            _print_rows(list(rows.live()), first, as_json)
            return


def _raw(directory: Path, options: argparse.Namespace) -> int:
    if options.follow or options.json or options.tail is not None:
        raise Failure(REJECTED, "--raw goes alone: it copies the bytes that are there")
    if sys.stdout.isatty() and not options.force:
        raise Failure(
            REJECTED,
            "raw output may hold sequences that change or harm this terminal; "
            "send it to a file or a pipe, or add --force",
        )
    for _, path in rundir.segments(directory):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                os.write(sys.stdout.fileno(), block)
    return DONE
