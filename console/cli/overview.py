"""No verb: all runs, on a screen where there is one, else as the list `runs` prints."""

from __future__ import annotations

import argparse

from console.cli import listing, show


def run(options: argparse.Namespace) -> int:
    if not show.is_terminal():
        return listing.run(options)
    from console.cli.fullscreen import overview

    return overview()
