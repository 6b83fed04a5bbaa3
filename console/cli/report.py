"""`report [RUN]`: the training summary."""

from __future__ import annotations

import argparse

from console.backend import client, epilogue
from console.cli.exits import DONE
from console.cli.options import add_json, add_run, find_run
from console.cli.output import colours, print_json, strip_colour
from console.core.report import report
from console.core.terminal import Cleaner
from console.keeper import rundir


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    path = item.dir / rundir.REPORT
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = report(client.read_state(item.dir), epilogue.background(item.dir))
    if options.json:
        print_json({"run": item.id, "final": path.exists(), "report": text})
        return DONE
    cleaner = Cleaner()
    rows = cleaner.feed(text.encode()).settled + cleaner.flush().settled
    print((rows if colours() else strip_colour(rows)).decode(), end="")
    return DONE
