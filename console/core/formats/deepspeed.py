"""DeepSpeed's own lines. Only its pipeline engine prints a loss; others print step, learning rate
and speed beside whatever the program itself prints.

`MemAllocated=12.1GB` counts 2**30 bytes. Formats: DeepSpeed `runtime/engine.py`
(`_report_progress`), `utils/timer.py` (`ThroughputTimer`), `runtime/pipe/engine.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.lines import HEAD, gibibytes, measured, values
from console.core.formats.numbers import NUMBER, number

if TYPE_CHECKING:
    from console.core.formats.found import Found
    from console.core.formats.lines import Names
    from console.core.formats.memory import Memory

_PROGRESS = re.compile(
    rb"(?<![\w.])step=(\d{1,12}), skipped=(\d{1,12}), lr=\[(" + NUMBER + rb")"
    rb"[^\]]{0,400}\], mom=\["
)
_SPEED = re.compile(
    rb"(?<![\w.])epoch=(\d{1,9})/ ?micro_step=\d{1,12}/ ?global_step=(\d{1,12}),"
    rb"(?= ?RunningAvgSamplesPerSec=)"
)
_SPEED_PAIR = re.compile(rb", ?([A-Za-z]\w{0,60})=(" + NUMBER + rb")(?=GB|,|\s|$)")
_PIPELINE = re.compile(
    rb"(?<![\w.])steps: (\d{1,12}) loss: (" + NUMBER + rb") iter time \(s\): (" + NUMBER + rb") "
    rb"samples/sec: (" + NUMBER + rb")"
)
_NAMES: Names = {
    b"skipped": ("skipped_iterations", number),
    b"lr": ("learning_rate", number),
    b"RunningAvgSamplesPerSec": ("samples_per_second_average", number),
    b"CurrSamplesPerSec": ("samples_per_second", number),
    b"MemAllocated": ("memory_bytes", gibibytes),
    b"MaxMemAllocated": ("memory_peak_bytes", gibibytes),
    b"iter time": ("step_seconds", number),
    b"samples/sec": ("samples_per_second", number),
}


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of DeepSpeed says; None when it is none."""
    if b"skipped=" in line:
        match = _PROGRESS.search(line, 0, HEAD)
        if match is None:
            return None
        told = values(((b"skipped", match[2]), (b"lr", match[3])), _NAMES)
        return measured(row, memory, told, int(match[1]))
    if b"micro_step=" in line:
        match = _SPEED.search(line, 0, HEAD)
        if match is None:
            return None
        told = values(_SPEED_PAIR.findall(line, match.end() - 1), _NAMES)
        return measured(row, memory, told, int(match[2]), float(match[1]))
    match = _PIPELINE.search(line, 0, HEAD) if b" iter time (s): " in line else None
    if match is None:
        return None
    pairs = zip((b"loss", b"iter time", b"samples/sec"), match.groups()[1:], strict=True)
    return measured(row, memory, values(pairs, _NAMES), int(match[1]))
