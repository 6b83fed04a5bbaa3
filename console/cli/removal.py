"""`rm RUN` and `prune`: delete runs that have ended; what is alive is never touched."""

from __future__ import annotations

import argparse
import math
import time

from console.backend import runs
from console.cli.exits import DONE, REJECTED, USAGE, Failure
from console.cli.options import add_json, count, find_run
from console.cli.output import clean, print_json


def arguments(parser: argparse.ArgumentParser) -> None:
    if parser.get_default("verb") == "rm":
        parser.add_argument("run", metavar="RUN", help="id, name or unique prefix")
    else:
        parser.add_argument(
            "--older-than", type=_days, metavar="DAYS", help="runs that began more days ago"
        )
        parser.add_argument("--keep", type=count, metavar="N", help="spare the newest N runs")
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
    add_json(parser)


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days")
    return days


def run(options: argparse.Namespace) -> int:
    return _remove(options) if options.verb == "rm" else _prune(options)


def _remove(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    try:
        freed = runs.remove(item)
    except runs.NotRemovable as error:
        raise Failure(REJECTED, clean(str(error))) from None
    if options.json:
        print_json({"removed": [item.id], "freed_bytes": freed})
    else:
        print(f"{item.id} removed, {freed / 1e6:,.1f} MB freed")
    return DONE


def _prune(options: argparse.Namespace) -> int:
    if options.older_than is None and options.keep is None:
        raise Failure(USAGE, "say what may go: --older-than DAYS, --keep N, or both")
    swept = 0 if options.dry_run else runs.sweep()
    chosen = _chosen(options)
    freed, removed, spared = 0, [], {}
    for item in chosen:
        try:
            freed += runs.size(item.dir) if options.dry_run else runs.remove(item)
            removed.append(item.id)
        except (runs.NotRemovable, OSError) as error:
            spared[item.id] = clean(str(error))
    if options.json:
        body = {"removed": removed, "freed_bytes": freed, "spared": spared}
        print_json({**body, "interrupted_starts": swept, "dry_run": options.dry_run})
        return DONE
    for name in removed:
        print(f"{'would remove' if options.dry_run else 'removed'} {name}")
    for name, reason in spared.items():
        print(f"left {name}: {reason}")
    runs_word = "run" if len(removed) == 1 else "runs"
    would = "would be " if options.dry_run else ""
    print(f"{len(removed)} {runs_word}, {freed / 1e6:,.1f} MB {would}freed")
    return DONE


def _chosen(options: argparse.Namespace) -> list[runs.Record]:
    """Runs that have ended here, older than asked and beyond the newest to keep."""
    found = runs.records()[options.keep or 0 :]
    if options.older_than is not None:
        oldest = time.time() - options.older_than * 86400
        found = [item for item in found if item.created < oldest]
    return [item for item in found if item.local and not item.alive]
