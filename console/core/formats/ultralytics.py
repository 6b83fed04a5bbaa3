"""Ultralytics YOLO: a table whose rows are progress bars (`engine/trainer.py`, `utils/tqdm.py`).

```
      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size
        1/3      2.31G      2.014      1.079      1.203         23        640: 100% ━━━━ 150/150 …
                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100% …
                   all        128        929       0.64      0.537      0.605      0.446
```
The header names the columns. Losses are means over the epoch so far; there is no loss of all.
Memory in bytes (G = 1e9). Step: (epoch - 1) × batches + batch. Precision, recall and the rest are
of the validation of all classes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.found import Evaluated, Found, Measured
from console.core.formats.numbers import NUMBER, byte_size, number

if TYPE_CHECKING:
    from console.core.formats.memory import Memory

_HEADER = re.compile(rb"\s+Epoch\s+GPU_mem((?:\s+[A-Za-z]\w{0,40}){1,20})\s*$")
_ROW = re.compile(
    rb"\s+(\d{1,6})/(\d{1,6})\s+([\d.]{1,12})([KMGT])((?:\s+(?:" + NUMBER + rb")){1,20}):?\s"
    rb".{0,400}?(\d{1,12})/(\d{1,12})(?=[ \[])"
)
_RESULTS = re.compile(rb"\s+Class\s+Images\s+Instances\s+(.{3,200}?)\)?(?::|$)")
_ALL = re.compile(rb"\s+all((?:\s+(?:" + NUMBER + rb")){3,14})\s*$")
_SHORT = {"p": "precision", "r": "recall"}
_VALIDATION = "all:"
_COUNTS = ("Instances", "Size")


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What one line without colours says; None when it is not of this family."""
    if not line.startswith(b"  "):
        return None
    columns = memory.bars.columns
    if (match := _HEADER.match(line)) is not None:
        memory.bars.columns = match[1].decode("latin-1").split()
        return []
    if (match := _RESULTS.match(line)) is not None:
        memory.bars.columns = [*_training(columns), *_validation(match[1])]
        return []
    if not columns:
        return None
    if (match := _ALL.match(line)) is not None:
        return _evaluated(row, match[1], memory)
    match = _ROW.match(line)
    return _measured(row, match, memory) if match else None


def _training(columns: list[str]) -> list[str]:
    return [name for name in columns if not name.startswith(_VALIDATION)]


def _validation(printed: bytes) -> list[str]:
    """`Box(P R mAP50 mAP50-95` are the columns precision, recall, map50 and map50-95 of boxes."""
    names, task = [], ""
    for word in printed.decode("latin-1").replace(")", " ").split():
        before, bracket, name = word.rpartition("(")
        if bracket:
            task = before.lower()
        name = _SHORT.get(name.lower(), name.lower())
        names.append(_VALIDATION + (name if task in ("", "box") else f"{task}_{name}"))
    return names


def _evaluated(row: int, printed: bytes, memory: Memory) -> list[Found]:
    names = [n.removeprefix(_VALIDATION) for n in memory.bars.columns if n.startswith(_VALIDATION)]
    numbers = [number(text) for text in printed.split()[2:]]  # after images and instances
    if len(numbers) != len(names):
        return []
    values = {name: v for name, v in zip(names, numbers, strict=True) if v is not None}
    return [Evaluated(row, "validation", values, memory.step)] if values else []


def _measured(row: int, match: re.Match[bytes], memory: Memory) -> list[Found]:
    epoch, batch, batches = int(match[1]), int(match[6]), int(match[7])
    names, numbers = _training(memory.bars.columns), [number(text) for text in match[5].split()]
    if len(names) != len(numbers) or not batch:
        return []
    step = (epoch - 1) * batches + batch
    is_known = memory.step == step
    memory.step = step
    if is_known:
        return []
    values = {
        name.lower(): value
        for name, value in zip(names, numbers, strict=True)
        if value is not None and name not in _COUNTS
    }
    memory_used = byte_size(match[3], match[4])
    if memory_used is not None:
        values["memory"] = memory_used
    return [
        *memory.total(row, "total_epochs", int(match[2])),
        *memory.total(row, "batches_per_epoch", batches),
        Measured(row, step, float(epoch), batch, values),
    ]
