"""A process that searches parts of a long log for a screen, so that the screen stays quick.

It is told on its standard input: a line with what to look for, then parts, each as 64-bit numbers
in the byte order of this machine: how many follow, then (byte, row) for each block, then the byte
where the last one ends. It answers on its standard output with the numbers of the matching rows,
and END after each part. It ends when nobody tells it more, and with its parent.

Its arguments are its niceness (below a trainer on the same cores, but somebody waits for the
answer) and the pid of its parent.
"""

from __future__ import annotations

import json
import os
import sys
from array import array
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from console.backend.rows_index import SegmentText
from console.backend.search import Matcher, marks
from console.backend.sensors.orphan import end_with_parent

END = (1 << 64) - 1
"""No row has this number."""

WORD = 8

BLOCKS_AT_ONCE = 8
"""Blocks that are read at once."""


_KEPT_BYTES = 1 << 24
"""So much, once given back, glibc does not return to the system: else each block is zeroed anew."""


class Asked(NamedTuple):
    """As `SearchPattern`, whose module takes longer to load than many a search."""

    text: str
    regex: bool
    ignore_case: bool


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Answers until nothing more is asked. Raises OSError; ValueError for something unknown."""
    first = asked.readline()
    if not first:
        return
    run_dir, *pattern = json.loads(first)
    matcher, text = Matcher(Asked(*pattern)), SegmentText(Path(run_dir))
    text.size()
    while head := asked.read(WORD):
        (count,) = array("Q", head)
        part = array("Q", asked.read(count * WORD))
        offsets, rows = part[::2], part[1::2]
        for at in range(0, len(rows), BLOCKS_AT_ONCE):
            end = min(at + BLOCKS_AT_ONCE, len(rows))
            block = text.read(offsets[at], offsets[end] - offsets[at])
            found = matcher.rows(block, marks(offsets, rows, at, end))
            if numbers := array("Q", [rows[at] + hit for hit in found]):
                answers.write(numbers)
                answers.flush()
        answers.write(array("Q", (END,)))
        answers.flush()
    text.close()


def main() -> None:
    end_with_parent()
    if os.getppid() != int(sys.argv[2]):
        return  # it died before that was known
    bytes(_KEPT_BYTES)
    with suppress(OSError):
        os.nice(int(sys.argv[1]))
    with suppress(BrokenPipeError, KeyboardInterrupt):
        serve(sys.stdin.buffer, sys.stdout.buffer)
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
