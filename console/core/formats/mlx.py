"""mlx-lm's `Iter 10: Train loss …` and the table that newer releases draw instead.

A row of the table, and its bar, are read only after its heading. Tokens in thousands (`76.8k`) are
told as `trained_tokens`. Formats: mlx-lm `tuner/trainer.py` and `cli_ui.py` (`TrainUI`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.found import Found, Saved
from console.core.formats.lines import evaluated, gigabytes, measured, values
from console.core.formats.numbers import NUMBER, count, integer, number

if TYPE_CHECKING:
    from console.core.formats.lines import Names
    from console.core.formats.memory import Memory

_HEADING = re.compile(rb"^ *iter +train_loss +tok/s +tokens\s*$")
_ROW = re.compile(
    rb"^ +(\d{1,12}) +(" + NUMBER + rb") \xe2\x96[\xb2\xbc] +(" + NUMBER + rb") +"
    rb"(\d{1,12}\.\d)k\s*$"
)
_VALIDATION_ROW = re.compile(rb"^ +(\d{1,12}) +val +(" + NUMBER + rb") +(" + NUMBER + rb")s\s*$")
_SAVE_ROW = re.compile(rb"^ +save  (\S{1,4000})\s*$")
_BAR = re.compile(rb"^train .{0,400}\xc2\xb7 +[\d,]{1,18}/([\d,]{1,18})\s*$")
_TABLE = "mlx/table"

_STEP = re.compile(rb"^Iter (\d{1,12}): (?=(?:Train|Val) loss )")
_PAIR = re.compile(rb"(?:: |, )([A-Z][A-Za-z/ ]{1,40}?) (" + NUMBER + rb")(?=,| GB|s\b|\s|$)")
_SAVED = re.compile(rb"^Iter (\d{1,12}): Saved adapter weights to (\S.{0,4000}?) and ")
_TOTAL_LINE = re.compile(rb"^Starting training\.{3}, iters: (\d{1,12})\s*$")
_NAMES: Names = {
    b"Train loss": ("loss", number),
    b"Learning Rate": ("learning_rate", number),
    b"It/sec": ("steps_per_second", number),
    b"Tokens/sec": ("throughput", number),
    b"Trained Tokens": ("trained_tokens", number),
    b"Peak mem": ("memory_bytes", gigabytes),
    b"Grad Norm Preclip": ("gradient_norm", number),
    b"Val loss": ("loss", number),
    b"Val took": ("seconds", number),
}


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of mlx-lm says; None when it is none."""
    if line.startswith(b"Iter "):
        return _line(row, line, memory)
    if line.startswith(b"Starting training..."):
        match = _TOTAL_LINE.match(line)
        return memory.total(row, "total_steps", int(match[1])) if match else None
    if line.startswith(b"train ") and _TABLE in memory.said:
        match = _BAR.match(line)
        return memory.total(row, "total_steps", integer(match[1])) if match else None
    if not line.startswith(b" "):
        return None
    if b"train_loss" in line and _HEADING.match(line):
        memory.said[_TABLE] = 1
        return []
    return _row(row, line, memory) if _TABLE in memory.said else None


def _line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = _STEP.match(line)
    if match is None:
        match = _SAVED.match(line)
        path = match[2].decode("utf-8", "replace") if match else ""
        return [Saved(row, path, int(match[1]))] if match else None
    told = values(_PAIR.findall(line, match.end() - 2), _NAMES)
    if line[match.end() :].startswith(b"Val "):
        return evaluated(row, told, int(match[1]))
    return measured(row, memory, told, int(match[1]))


def _row(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = _ROW.match(line)
    if match:
        pairs = ((b"Train loss", match[2]), (b"Tokens/sec", match[3]))
        told = values(pairs, _NAMES)
        tokens = count(match[4], b"K")
        if tokens is not None:
            told["trained_tokens"] = tokens
        return measured(row, memory, told, int(match[1]))
    match = _VALIDATION_ROW.match(line)
    if match:
        pairs = ((b"Val loss", match[2]), (b"Val took", match[3]))
        return evaluated(row, values(pairs, _NAMES), int(match[1]))
    match = _SAVE_ROW.match(line)
    return [Saved(row, match[1].decode("utf-8", "replace"), memory.step)] if match else None
