"""Hugging Face Trainer and what is built on it: TRL, Axolotl, LLaMA-Factory.

`{'loss': '5.48', 'grad_norm': '2.642', 'learning_rate': '0.0012', 'epoch': '0.05'}`: since
transformers 5 numbers are texts of 4 digits. Forms: transformers `trainer_callback.py`
(ProgressCallback, PrinterCallback), axolotl `core/trainers/base.py`.

The step is not in it. It is that of the next state of the training's bar: the bar moves on, then
the dictionary is written above it, then the bar is drawn again. Which bar that is tells its total;
the first is learned from a dictionary of training, because no other bar is on the screen then.
Without a bar, or when its order with the dictionaries is lost (a pipe with buffers), the step is
not known, and the epoch has to do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats import bar
from console.core.formats.found import Found, Measured
from console.core.formats.mapping import pairs_of
from console.core.formats.results import Pairs, found_in

if TYPE_CHECKING:
    from console.core.formats.bar import Bar
    from console.core.formats.memory import Memory

_EPOCH = re.compile(rb"'epoch': ?(?:'[\d.e-]{1,20}'|\d{1,6}\.\d{1,20}(?:e-?\d{1,2})?)\s*[,}]")
_STEP = re.compile(rb"'(?:global_)?step': ")
_TRAINING = re.compile(rb"'(?:learning_rate|grad_norm)': ")
_EVALUATION = re.compile(rb"'eval_\w{1,80}': ")
_TOTALS = re.compile(rb"(?:.{0,100}\s)?(Total optimization steps|Num Epochs) = ([\d,]{1,15})\s*$")
_TOTAL_NAMES = {b"Total optimization steps": "total_steps", b"Num Epochs": "total_epochs"}
_GIB = b" (GiB)"


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What one line without colours says; None when it is not of this family."""
    if line.rstrip().endswith(b"}"):
        return _dictionary(row, line, memory)
    if b"%|" in line:
        shown = bar.parse(line)
        return _bar(row, shown, memory) if shown and _counts_steps(shown) else None
    match = _TOTALS.match(line) if b" = " in line else None
    if match is None:
        return None
    return memory.total(row, _TOTAL_NAMES[match[1]], int(match[2].replace(b",", b"") or 0))


def peek(live: list[bytes], memory: Memory) -> list[Found]:
    """What live rows, which may still change, already say of dictionaries that wait."""
    for line in live if memory.bars.waiting else ():
        shown = bar.parse(line) if line.rstrip().endswith(b"]") else None
        if shown and _counts_steps(shown) and memory.bars.total in (None, shown.total):
            return _give_out(shown.n, shown.total, memory)
    return []


def finish(memory: Memory) -> list[Found]:
    """The output has ended: what still waits has no step."""
    return _give_out(None, None, memory)


def _dictionary(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    if not _EPOCH.search(line) or _STEP.search(line):
        return None
    is_training, bars = _TRAINING.search(line) is not None, memory.bars
    if not (is_training or _EVALUATION.search(line)):
        return [] if b"'train_runtime': " in line else None  # means over the run, not of a moment
    found: list[Found] = []
    if bars.waiting and bars.other:
        found = _give_out(*bars.other, memory)  # the training has another bar now
    elif bars.waiting:
        bars.is_torn, memory.step = True, None
        found = _give_out(None, None, memory)
    if bars.is_alive and not bars.is_torn:
        bars.waiting.append((row, line.decode("latin-1")))
        return found
    return found + (_said(row, line, None, memory) or [])


def _counts_steps(shown: Bar) -> bool:
    """A bar without a title that counts iterations: of training or of an evaluation."""
    is_step = shown.is_steps or shown.n == 0
    return is_step and shown.total is not None and not (shown.title or shown.pairs)


def _bar(row: int, shown: Bar, memory: Memory) -> list[Found]:
    bars = memory.bars
    bars.is_alive = True
    if bars.waiting:
        if bars.total is None or bars.total == shown.total:
            return _give_out(shown.n, shown.total, memory)
        bars.other = bars.other or (shown.n, shown.total)
    elif bars.total == shown.total and shown.n != memory.step and not bars.is_torn:
        memory.step = shown.n
        return [Measured(row, shown.n)]
    return []


def _give_out(step: int | None, total: int | None, memory: Memory) -> list[Found]:
    """What the dictionaries that wait say, at this step of a bar up to `total`."""
    bars, found = memory.bars, list[Found]()
    waiting, bars.waiting, bars.other = bars.waiting, [], None
    if step is not None and total is not None:
        bars.total = total
        found += memory.total(waiting[0][0], "total_steps", total)
    for row, line in waiting:
        found += _said(row, line.encode("latin-1"), step, memory) or []
    return found


def _said(row: int, line: bytes, step: int | None, memory: Memory) -> list[Found] | None:
    pairs: Pairs = [] if step is None else [(b"step", float(step))]
    is_training = _TRAINING.search(line) is not None
    for name, value in pairs_of(line) or ():
        if not (is_training or name.startswith(b"eval_")):
            continue  # of the training, and told with it
        if name.endswith(_GIB) and value is not None:
            name, value = name.removesuffix(_GIB), value * 2.0**30
        pairs.append((name, value))
    return found_in(row, pairs, memory, is_result=True)
