"""torchtitan's metrics line and torchtune's StdoutLogger.

torchtitan prints memory in GiB, tokens a second of one device, no learning rate. torchtune prints
whatever the recipe logs; its memory is in GiB, and `tokens_per_second_per_gpu` of one device.
Formats: torchtitan `components/metrics.py`, torchtune `training/metric_logging.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.lines import HEAD, evaluated, gibibytes, measured, values
from console.core.formats.numbers import NUMBER, number

if TYPE_CHECKING:
    from console.core.formats.found import Found
    from console.core.formats.lines import Names
    from console.core.formats.memory import Memory

_STEP = re.compile(rb"(?<![\w.])(validate )?step: {1,12}(\d{1,12})  (?=loss: {1,8}[-+\dniN.])")
_PAIR = re.compile(rb"(?<![\w.])([a-z]\w{0,40}): {1,8}(" + NUMBER + rb")(?=\s|GiB|%|$)")
_SHARE = re.compile(rb" memory: {1,8}[\d.]{1,12}GiB\(([\d.]{1,12})%\)")
_NAMES: Names = {
    b"memory": ("memory_bytes", gibibytes),
    b"memory share": ("memory_percent", number),
    b"tps": ("throughput", number),
    b"wps": ("throughput", number),
}

_TUNE_STEP = re.compile(rb"(?<![\w.])Step (\d{1,12}) \| (?=[\w/@.()-]{1,80}:[-+\dniN.t])")
_TUNE_PAIR = re.compile(rb"(?<!\S)([\w/@.()-]{1,80}):(?:tensor\()?(" + NUMBER + rb")(?=[\s,)]|$)")
_TUNE_NAMES: Names = {
    b"tokens_per_second_per_gpu": ("throughput", number),
    b"peak_memory_active": ("memory_bytes", gibibytes),
    b"peak_memory_alloc": ("memory_allocated_bytes", gibibytes),
    b"peak_memory_reserved": ("memory_reserved_bytes", gibibytes),
    b"val_loss": ("val_loss", number),
}


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of torchtitan says; None when it is none."""
    if b"step: " not in line or b"  loss: " not in line:
        return None
    match = _STEP.search(line, 0, HEAD)
    if not match:
        return None
    share = _SHARE.search(line, match.end() - 1)
    pairs = _PAIR.findall(line, match.end())
    told = values([*pairs, (b"memory share", share[1])] if share else pairs, _NAMES)
    if match[1]:
        return evaluated(row, told, int(match[2]))
    return measured(row, memory, told, int(match[2]))


def read_tune_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of torchtune's StdoutLogger says; None when it is none."""
    if b"Step " not in line:
        return None
    match = _TUNE_STEP.search(line, 0, HEAD)
    if not match:
        return None
    told = values(_TUNE_PAIR.findall(line, match.end()), _TUNE_NAMES)
    result = {name[4:]: told.pop(name) for name in [*told] if name.startswith("val_")}
    step = int(match[1])
    return [*(measured(row, memory, told, step) if told else ()), *evaluated(row, result, step)]
