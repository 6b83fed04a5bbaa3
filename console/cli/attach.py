"""`attach [RUN]`: shows a run that was started before, here or from another terminal."""

from __future__ import annotations

import argparse

from console.cli import show
from console.cli.options import add_looks, add_run, add_slow_link, find_run, shown


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument("--read-only", action="store_true", help="watch only; start nothing")
    add_looks(parser)
    parser.add_argument("--plain", action="store_true", help="lines instead of the full screen")
    add_slow_link(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    return show.show(
        item.dir,
        plain=options.plain,
        read_only=options.read_only or not item.local,
        slow_link=options.slow_link,
        display=shown(options),
    )
