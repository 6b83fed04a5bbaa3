"""PyTorch Lightning's progress bars: tqdm and Rich (`callbacks/progress/*.py`).

`Epoch 1:  34%|███▍  | 27/80 [00:00<00:00, 76.50it/s, v_num=0, loss_step=3.080, val_loss=3.070]`,
epochs from 0. Rich draws the same over several lines, and nothing at all into a pipe:
`Epoch 0/2  ━━━╺━━━ 7/80 0:00:00 • 0:00:01 120.72it/s v_num: 0.000 loss: 5.104`, in which 2 is the
last epoch. Any other bar of tqdm that hangs on a loss is read the same way (`read_any`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats import bar, bar_held
from console.core.formats.bar import Bar
from console.core.formats.numbers import NUMBER, number

if TYPE_CHECKING:
    from console.core.formats.found import Found
    from console.core.formats.memory import Memory
    from console.core.formats.results import Pairs

_LOADER = re.compile(rb"(?:Validation|Testing|Predicting|Sanity Checking)(?: DataLoader \d{1,6})?$")
_EPOCH = re.compile(rb"Epoch \d{1,6}$")
_TIMES = rb"\d{1,4}:\d\d:\d\d \xe2\x80\xa2 [\d:-]{1,12} +[\d.]{1,20}it/s"
_RICH = re.compile(
    rb"\s{0,8}Epoch (\d{1,6})(?:/(-?\d{1,6}))? .{0,1000}? (\d{1,12})/(\d{1,12}|--) "
    + _TIMES + rb"(.{0,2000})$"
)  # fmt: skip
_RICH_LOADER = re.compile(
    rb"\s{0,8}(?:Validation|Sanity Checking) .{0,1000}? \d{1,12}/(?:\d{1,12}|--) " + _TIMES
)
_RICH_PAIR = re.compile(rb"(?<!\S)([A-Za-z_][\w/.@-]{0,60}): +(" + NUMBER + rb")(?!\S)")
_CONTINUED = re.compile(rb"\s{20,400}\S.{0,400}$")


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What one line without colours says; None when it is not of this family."""
    if b"it/s" not in line:
        return _continued(line, memory) if line.startswith(b"  ") else None
    shown, bars = bar.parse(line), memory.bars
    if shown is None:
        return _rich(row, line, memory)
    if _LOADER.match(shown.title):
        bars.from_zero = bars.is_validated = True
        return []
    is_ours = bars.from_zero or any(name == b"v_num" for name, _ in shown.pairs)
    if not (is_ours and _EPOCH.match(shown.title)):
        return None
    bars.from_zero = True
    return bar_held.take(row, shown, shown.pairs, memory)


def read_any(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """The same for any bar of tqdm with a result on it, or in its title."""
    shown = bar.parse(line)
    if shown is None or not shown.is_of_training:
        return None
    known = {name for name, _ in shown.pairs}
    pairs = shown.pairs + [(name, value) for name, value in shown.in_title() if name not in known]
    if not bar_held.has_result(pairs):
        return None
    return bar_held.take(row, shown, pairs, memory)


def _rich(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    if _RICH_LOADER.match(line):
        memory.bars.is_validated = True
        return []
    match = _RICH.match(line)
    if match is None:
        return None
    memory.bars.from_zero = True
    title = b"Epoch " + match[1]
    if match[2] and match[2].isdigit():
        title += b"/%d" % (int(match[2]) + 1)
    total = int(match[4]) if match[4].isdigit() else None
    shown = Bar(title, int(match[3]), total, True, _rich_pairs(match[5]))
    return bar_held.take(row, shown, shown.pairs, memory, is_table=True)


def _continued(line: bytes, memory: Memory) -> list[Found] | None:
    """A further line of Rich's values belongs to the state that is held."""
    held = memory.bars.held
    if held is None or not held.is_table or not _CONTINUED.match(line):
        return None
    return bar_held.add(bar_held.texts(_rich_pairs(line)), memory)


def _rich_pairs(text: bytes) -> Pairs:
    return [(name, number(value)) for name, value in _RICH_PAIR.findall(text)]
