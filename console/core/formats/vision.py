"""open_clip and timm: what is done of an epoch in brackets, values with their means behind them.

open_clip counts samples, not steps: its values have no step, `samples` is how many of the epoch
were seen, and the epoch goes on within itself (0.5 is half of the first). timm counts epochs and
batches from 0; its step is epoch × batches + batch. A mean in parentheses is `…_average`.
Formats: open_clip `src/open_clip_train/train.py`, timm `train.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.found import Found, Measured
from console.core.formats.lines import HEAD, evaluated, measured, percent, values
from console.core.formats.numbers import NUMBER, number

if TYPE_CHECKING:
    from console.core.formats.lines import Names
    from console.core.formats.memory import Memory

_CLIP_STEP = re.compile(
    rb"(?<![\w.])Train Epoch: (\d{1,9}) \[ *(\d{1,12})/(\d{1,12}) \( *\d{1,3}%\)\]\s"
)
_CLIP_EVALUATION = re.compile(rb"(?<![\w.])Eval Epoch: (\d{1,9}) (?=[A-Za-z])")
_CLIP_EVALUATING = re.compile(rb"(?<![\w.])Eval Epoch: \d{1,9} \[\d{1,12} / \d{1,12}\]\s")
_PAIR = re.compile(
    rb"(?<![\w./])([A-Za-z][\w@]{0,40}(?: [A-Z][\w.]{0,40}| \(t\)){0,3}): {0,8}(" + NUMBER + rb")"
    rb"(?=s,|s |,|\s|$)(?:s?,? \(\s{0,8}(" + NUMBER + rb")s?(?=[,)]))?"
)
_RESULT = re.compile(rb"(?<!\S)([A-Za-z][\w@/.-]{0,80}): (" + NUMBER + rb")(?=\s|$)")
_RATE = re.compile(rb", {1,8}(" + NUMBER + rb")/s(?=[, \s]|$)")
_RATE_OF_ONE = re.compile(rb", {1,8}(" + NUMBER + rb")/s/gpu")
_NAMES: Names = {
    b"Data (t)": ("data_seconds", number),
    b"Data (t) average": None,
    b"Batch (t)": ("step_seconds", number),
    b"Data": ("data_seconds", number),
    b"Data average": None,
    b"Time": ("step_seconds", number),
    b"Time average": None,
    b"LR": ("learning_rate", number),
    b"rate": ("samples_per_second", number),
    b"rate of one": ("samples_per_second_per_gpu", number),
    b"num_samples": None,
    b"Acc@1": ("accuracy", percent),
    b"Acc@5": ("accuracy_top5", percent),
}

_TIMM_STEP = re.compile(
    rb"(?<![\w.])Train: (\d{1,9}) \[ *(\d{1,12})/(\d{1,12}) +\( *\d{1,3}%\)\]  (?=Loss: )"
)
_TIMM_TEST = re.compile(
    rb"(?<![\w.])Test( \(\w{1,20}\))?: \[ *(\d{1,12})/ *(\d{1,12})\] +(?=Time: )"
)
_TIMM_EPOCHS = re.compile(rb"(?<![\w.])Scheduled epochs: (\d{1,9})\b")


def read_clip_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of open_clip says; None when it is none."""
    if b" Epoch: " not in line:
        return None
    match = _CLIP_STEP.search(line, 0, HEAD)
    if match:
        samples, total = int(match[2]), int(match[3])
        told = values(_pairs(line, match.end()), _NAMES)
        told["samples"] = float(samples)
        epoch = int(match[1]) + (min(samples / total, 1.0) if total else 0.0)
        return [*memory.total(row, "total_samples", total), Measured(row, None, epoch, None, told)]
    match = _CLIP_EVALUATION.search(line, 0, HEAD)
    if match:
        told = values(_RESULT.findall(line, match.end()), _NAMES)
        for ending, name in (("val_loss", "loss"), ("val_top1", "accuracy")):
            value = next((told[known] for known in told if known.endswith(ending)), None)
            if value is not None:
                told.setdefault(name, value)
        return evaluated(row, told, None)
    return [] if _CLIP_EVALUATING.search(line, 0, HEAD) else None


def read_timm_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of timm's train.py says; None when it is none. Of an evaluation the means at its
    last batch count."""
    match = _TIMM_STEP.search(line, 0, HEAD) if b"Train: " in line else None
    if match:
        epoch, batch, batches = int(match[1]), int(match[2]), int(match[3])
        told = values(_pairs(line, match.end()), _NAMES)
        total = memory.total(row, "batches_per_epoch", batches)
        epochs = memory.said.get("total_epochs")
        if isinstance(epochs, int):
            total += memory.total(row, "total_steps", epochs * batches)
        step = epoch * batches + batch
        return [*total, *measured(row, memory, told, step, float(epoch), batch)]
    match = _TIMM_TEST.search(line, 0, HEAD) if b"Test" in line else None
    if match:
        if match[2] != match[3]:
            return []
        means = [(name, mean or text) for name, text, mean in _found(line, match.end())]
        told = values([(name, text) for name, text in means if name not in (b"Time", b"Data")],
                      _NAMES)  # fmt: skip
        if match[1]:
            told = {f"ema_{name}": value for name, value in told.items()}
        return evaluated(row, told, memory.step)
    match = _TIMM_EPOCHS.search(line, 0, HEAD) if b"Scheduled epochs" in line else None
    return memory.total(row, "total_epochs", int(match[1])) if match else None


def _found(line: bytes, start: int) -> list[tuple[bytes, bytes, bytes]]:
    """(name, value, mean or nothing) of each pair from `start` on."""
    return _PAIR.findall(line, start)


def _pairs(line: bytes, start: int) -> list[tuple[bytes, bytes]]:
    """Names and numbers from `start` on; a mean by its name with `average` behind it."""
    pairs = []
    for name, text, mean in _found(line, start):
        pairs.append((name, text))
        if mean:
            pairs.append((name + b" average", mean))
    for printed, pattern in ((b"rate", _RATE), (b"rate of one", _RATE_OF_ONE)):
        rate = pattern.search(line, start)
        if rate:
            pairs.append((printed, rate[1]))
    return pairs
