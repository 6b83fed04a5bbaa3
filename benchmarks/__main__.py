"""Runs one row, several, or `all`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from benchmarks.table import Row, as_markdown

ROWS = {
    "flood": "flood:whole",
    "flood-keys": "flood:keys",
    "flood-trainer": "flood:trainer",
    "latency": "latency:run",
    "metric": "hook:metric",
    "order": "hook:order",
    "trainer-cost": "hook:cost",
    "start": "start:run",
    "live": "live:run",
    "bytes": "carried:run",
    "charts": "charting:frame",
    "history": "charting:history",
    "open": "opening:run",
    "search": "searching:run",
}
ENDINGS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="+", choices=[*ROWS, "all"], metavar="NAME")
    names = parser.parse_args().names
    for number in ENDINGS:
        signal.signal(number, leave)
    chosen = list(ROWS) if "all" in names else names
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores,", end=" ")
    print(f"Python {platform.python_version()}, {platform.system()} {platform.release()}\n")
    rows: list[Row] = []
    for name in chosen:
        module, function = ROWS[name].split(":")
        began = time.monotonic()
        found = getattr(importlib.import_module(f"benchmarks.{module}"), function)()
        rows += found
        print(as_markdown(found))
        print(f"({name}: {time.monotonic() - began:.0f} s)\n", flush=True)
        write(name, found)
    if len(chosen) > 1:
        print(as_markdown(rows))
    return 0 if all(row.met is not False for row in rows) else 1


def leave(number: int, _frame: FrameType | None) -> None:
    """Ends, once: what was started is ended and its folders are removed on the way out."""
    for other in ENDINGS:
        signal.signal(other, lambda *_: None)
    raise SystemExit(128 + number)


def write(name: str, rows: list[Row]) -> None:
    RESULTS.mkdir(exist_ok=True)
    body = {"name": name, "cores": os.cpu_count(), "rows": [row.as_json() for row in rows]}
    (RESULTS / f"{name}.json").write_text(json.dumps(body, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
