"""A large block of the blueprint's lines, read as columns.

Every loss counts. Of the lines that only refine the picture (experts, throughput, progress,
distribution, learning rate) some dozens are read, always with the last of each kind. Lines of
any other kind are all read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import compress
from operator import itemgetter
from typing import TYPE_CHECKING

from console.core.formats import blueprint
from console.core.formats.found import Found, Measured, MeasuredBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from console.core.formats.memory import Memory

_SAMPLES = 32
_STRIDE = 127  # lines from one sample to the next, at least; no multiple of a trainer's rhythm
_head = itemgetter(slice(12))  # the bytes of a line that tell the kinds apart

_LOSS = re.compile(rb"\nEpoch (\d{1,6}) \| Batch (\d{1,12}) \| Loss: ([^\s|]{1,32})")
_EPOCH = b"Epoch "
_THINNED = (
    b"Throughput: ", b"[INFO] Exper", b"[INFO] Learn", b"[INFO] Gradi", b"[WARN] Exper",
    b"\xe2\x96\x93", b"\xe2\x96\x91",
)  # fmt: skip


def read_block(
    rows: Sequence[int],
    lines: list[bytes],
    memory: Memory,
    otherwise: Callable[[int, bytes], list[Found]],
) -> list[Found] | None:
    """What many lines say, or None: to be read line by line. Lines that are not of this family
    are handed to `otherwise`, with the memory as it was at their place."""
    heads = list(map(_head, lines))
    last = dict(zip(heads, range(len(heads)), strict=True))
    epochs = {head for head in last if head.startswith(_EPOCH)}
    if not epochs:
        return None
    at = _where(heads, epochs)
    columns = _LOSS.findall(b"\n" + b"\n".join(lines))
    if len(columns) != len(at):
        return None
    before = memory.step
    block = _columns(list(map(rows.__getitem__, at)), columns, memory)
    if block is None:
        return None
    sampled = {head for head in last if head.startswith(_THINNED)}
    other = _where(heads, last.keys() - epochs - sampled)
    chosen = set(range(0, len(lines), max(len(lines) // _SAMPLES, _STRIDE)))
    chosen.update(other, (last[head] for head in sampled), [at[-1]])
    found: list[Found] = [block]
    after = memory.step
    for index in sorted(chosen):
        place = bisect_right(at, index) - 1
        if place >= 0 and at[place] == index:
            epoch, batch = int(columns[place][0]), int(columns[place][1])
            found += _refined(block, place, epoch, batch, lines[index])
            continue
        memory.step = block.steps[place] if place >= 0 else before
        read = blueprint.read_line(rows[index], lines[index], memory)
        found += otherwise(rows[index], lines[index]) if read is None else read
    memory.step = after
    return found


def _where(heads: list[bytes], kinds: set[bytes]) -> list[int]:
    """The lines of these kinds."""
    return list(compress(range(len(heads)), map(kinds.__contains__, heads)))


def _columns(
    rows: list[int], columns: list[tuple[bytes, bytes, bytes]], memory: Memory
) -> MeasuredBlock | None:
    epoch_texts, batch_texts, loss_texts = zip(*columns, strict=True)
    try:
        losses = list(map(float, loss_texts))
    except ValueError:
        return None
    epochs, batches = list(map(int, epoch_texts)), list(map(int, batch_texts))
    if epochs.count(epochs[0]) == len(epochs):
        base = memory.base(epochs[0], batches[0])
        steps = [base + batch for batch in batches]
        memory.step_at(epochs[-1], batches[-1])
    else:
        steps = list(map(memory.step_at, epochs, batches))
    return MeasuredBlock(rows, steps, epochs, batches, {"loss": losses})


def _refined(block: MeasuredBlock, place: int, epoch: int, batch: int, line: bytes) -> list[Found]:
    """What a batch's line says beside its loss."""
    values, losses = blueprint.fields(line, line.find(b" | Loss: "))
    values.pop("loss", None)
    if not values and losses is None:
        return []
    return [Measured(block.rows[place], block.steps[place], float(epoch), batch, values, losses)]
