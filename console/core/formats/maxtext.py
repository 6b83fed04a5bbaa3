"""MaxText: `completed step: 1, seconds: 0.570, …`, steps from 0.

`loss` is what is minimised, `lm_loss` the cross-entropy alone; tokens a second are of one device.
Format: MaxText `common/metric_logger.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.lines import HEAD, evaluated, measured, values
from console.core.formats.numbers import NUMBER, number

if TYPE_CHECKING:
    from console.core.formats.found import Found
    from console.core.formats.lines import Names
    from console.core.formats.memory import Memory

_STEP = re.compile(
    rb"(?<![\w.])completed (?:profiler activation/deactivation )?step: (\d{1,12})(?=, )"
)
_EVALUATION = re.compile(
    rb"(?<![\w.])(?:Completed eval after train step|eval metrics after step:) (\d{1,12})(?=, )"
)
_RUNNING = re.compile(rb"(?<![\w.])Completed eval step: \d{1,12}, ")
_TOTAL = re.compile(rb"(?<![\w.])Config param steps: (\d{1,12})\s*$")
_PAIR = re.compile(rb", ([A-Za-z][\w/ ]{0,60})[:=] ?(" + NUMBER + rb")(?=,|%|\s|$)")
_NAMES: Names = {
    b"seconds": ("step_seconds", number),
    b"TFLOP/s/device": ("tflops", number),
    b"Tokens/s/device": ("throughput", number),
    b"lm_loss": ("lm_loss", number),
    b"moe_lb_loss": ("aux_loss", number),
    b"avg_moe_lb_loss": ("aux_loss", number),
    b"avg_z_loss": ("z_loss", number),
    b"avg_mtp_loss": ("mtp_loss", number),
    b"live slice count": ("slices", number),
}


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of MaxText says; None when it is none."""
    if b"step" not in line:
        return None
    match = _STEP.search(line, 0, HEAD)
    if match:
        told = values(_PAIR.findall(line, match.end()), _NAMES)
        return measured(row, memory, told, int(match[1]))
    match = _EVALUATION.search(line, 0, HEAD)
    if match:
        told = values(_PAIR.findall(line, match.end()), _NAMES)
        return evaluated(row, told, int(match[1]))
    match = _TOTAL.search(line, 0, HEAD)
    if match:
        return memory.total(row, "total_steps", int(match[1]))
    return [] if _RUNNING.search(line, 0, HEAD) else None
