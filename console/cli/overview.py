"""No verb: all runs, on a screen where there is one, else as the list `runs` prints."""

from __future__ import annotations

import argparse

from console.cli import listing, show
from console.cli.options import add_looks, shown


def arguments(parser: argparse.ArgumentParser) -> None:
    add_looks(parser)
    parser.set_defaults(json=False)


def run(options: argparse.Namespace) -> int:
    if not show.is_terminal():
        return listing.run(options)
    from console.cli.fullscreen import overview

    return overview(shown(options))
