"""A finished run with ten million lines, made once for the rows that look at one.

It is a real run that ended; only its rows are then written anew, by the program's own writer.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.lab import Lab, lab, wait_for_file
from benchmarks.programs.text import END, lines
from console.backend.screen import Screen
from console.keeper.rundir import FINAL, METRICS_DB

LINES = 10_000_000
PORTION = 1_000_000
BLOCK = 10_000
NEEDLE_AT = 6_250_000
NEEDLE = "NEEDLE in the haystack, Once"
MIDDLE = "half of it lies behind"


@contextmanager
def finished_run() -> Iterator[tuple[Lab, Path, Path]]:
    """(laboratory, the run, one file with its rows). All is gone afterwards."""
    with lab() as here:
        run = here.start("echo", "done")
        wait_for_file(run / FINAL)
        yield here, run, _fill(run)


def _fill(run: Path) -> Path:
    for old in (*run.glob("screen.*.log"), run / "screen.idx"):
        old.unlink()
    text = lines(PORTION).decode().splitlines()
    text[-1] = text[-2]  # the last line of all is to be the only one with its sign
    screen = Screen(run, {})
    written = 0
    while written < LINES:
        at = written % PORTION
        block = text[at : at + BLOCK]
        if written == NEEDLE_AT:
            block = [*block[:-1], NEEDLE]
        if written == LINES // 2:
            block = [MIDDLE, *block[1:]]
        if written + BLOCK >= LINES:
            block = [*block[:-1], END]
        screen.add(("\n".join(block) + "\n").encode(), len(block))
        screen.flush()
        written += len(block)
    screen.close()
    with closing(sqlite3.connect(run / METRICS_DB)) as db, db:
        (data,) = db.execute("select data from committed").fetchone()
        record = {**json.loads(data), "rows": LINES}
        db.execute("update committed set data=?", (json.dumps(record),))
    whole = run.parent.parent.parent / "whole.log"
    with whole.open("wb") as file:
        for part in sorted(run.glob("screen.*.log")):
            with part.open("rb") as source:
                while data := source.read(1 << 22):
                    file.write(data)
    return whole
