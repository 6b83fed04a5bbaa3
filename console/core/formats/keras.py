"""Keras, `verbose=1` and `2` (`src/utils/progbar.py`), also of Keras 2.

`90/90 ━━━━━━━━━━━━ 0s 240us/step - accuracy: 0.8208 - loss: 0.4728 - val_loss: 0.4169`, after a
line `Epoch 3/4`. The values are means over the epoch so far. Step: (epoch - 1) × batches + batch;
it is not known where the number of batches is not.
With `verbose=1` the last line of an epoch is drawn again once its validation is done.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.found import Found
from console.core.formats.numbers import NUMBER, number
from console.core.formats.results import Pairs, found_in

if TYPE_CHECKING:
    from console.core.formats.memory import Memory

_EPOCH = re.compile(rb"Epoch (\d{1,6})/(\d{1,6})\s*$")
_PAIR = rb" - ([A-Za-z_][\w/.-]{0,60}): (" + NUMBER + rb")"
_PAIRS = re.compile(_PAIR)
_LINE = re.compile(
    rb" {0,12}(\d{1,12})/(\d{1,12}|Unknown) (?:\xe2\x94\x81|\[|-).{0,800}?"
    rb"(?:/step|/epoch|ETA: [\d:hms]{1,12}|\d[hms])((?:" + _PAIR + rb")+)"
    rb"(?: - [\d.]{1,9}\w{1,3}/(?:epoch|step)){0,2}\s*$"
)


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What one line without colours says; None when it is not of this family."""
    if line.startswith(b"Epoch ") and (match := _EPOCH.match(line)) is not None:
        memory.bars.epoch, memory.bars.epochs = int(match[1]), int(match[2])
        memory.bars.here = {}
        return []
    match = _LINE.match(line) if b" - " in line and b"/" in line[:24] else None
    if match is None:
        return None
    pairs = _news(match[1] + b"/", match[3], memory)
    if not pairs:
        return []
    batch, total = int(match[1]), None if match[2] == b"Unknown" else int(match[2])
    epoch, found = memory.bars.epoch, list[Found]()
    if total is not None:
        found += memory.total(row, "batches_per_epoch", total)
    if epoch is not None and memory.bars.epochs is not None:
        found += memory.total(row, "total_epochs", memory.bars.epochs)
        pairs.append((b"epoch", float(epoch)))
    if epoch is not None and total is not None:
        pairs.append((b"step", float((epoch - 1) * total + batch)))
        pairs.append((b"batch", float(batch)))
    return found + (found_in(row, pairs, memory, is_result=True) or [])


def _news(batch: bytes, text: bytes, memory: Memory) -> Pairs:
    """What was not told of this batch yet."""
    here = memory.bars.here
    if here.get("batch") != batch.decode():
        here.clear()
        here["batch"] = batch.decode()
    news: Pairs = []
    for name, printed in _PAIRS.findall(text):
        if here.get(name.decode()) != printed.decode():
            here[name.decode()] = printed.decode()
            news.append((name, number(printed)))
    return news
