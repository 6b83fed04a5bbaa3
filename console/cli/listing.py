"""`runs`: every run in a table."""

from __future__ import annotations

import argparse
import time

from console.backend import runs
from console.backend.outline import Outline, outlines
from console.cli.exits import DONE
from console.cli.options import add_json
from console.cli.output import clean, print_json, table
from console.core import format as people


def arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    found = outlines(runs.records())
    if options.json:
        print_json([_object(item) for item in found])
        return DONE
    if not found:
        print("no run yet; start one: gladius-console train --config qwen_moe.yaml")
        return DONE
    now = time.time()
    head = ("RUN", "NAME", "STATE", "STEP", "PROGRESS", "LOSS", "BEGAN")
    print(table(head, [_cells(item, now) for item in found], right=(3, 4, 5)))
    return DONE


def _cells(item: Outline, now: float) -> tuple[str, ...]:
    progress = None if item.progress is None else 100.0 * item.progress
    return (
        item.id,
        people.cut(clean(item.name), 24),
        item.status,
        people.number(item.step),
        people.percent(progress),
        people.loss(item.loss),
        people.ago(max(0.0, now - item.created)),
    )


def _object(item: Outline) -> dict[str, object]:
    return {
        "run": item.id,
        "name": item.name,
        "dir": str(item.dir),
        "status": item.status,
        "reason": item.cause,
        "alive": item.alive,
        "step": item.step,
        "progress": item.progress,
        "loss": item.loss,
        "created": item.created,
        "host": item.host,
        "parent": item.parent,
    }
