"""torchtune's bar: `1|150|Loss: 2.0143: 100%|███| 150/150 [00:02<00:00, 68.9it/s]`.

Epoch from 1, step of the whole run, loss; all in the title (`recipes/*.py`, `set_description`), so
they always belong together. The bar itself is already one ahead, and its total is per epoch.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats import bar
from console.core.formats.numbers import NUMBER, number
from console.core.formats.results import found_in

if TYPE_CHECKING:
    from console.core.formats.found import Found
    from console.core.formats.memory import Memory

_TITLE = re.compile(rb"(\d{1,6})\|(\d{1,12})(?:\|Loss: (" + NUMBER + rb"))?$")


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What one line without colours says; None when it is not of this family."""
    shown = bar.parse(line) if b"%|" in line else None
    title = _TITLE.match(shown.title) if shown else None
    if shown is None or title is None:
        return None
    if title[3] is None or int(title[2]) == memory.step:
        return []
    found = [] if shown.total is None else memory.total(row, "batches_per_epoch", shown.total)
    pairs = [(b"epoch", number(title[1])), (b"step", number(title[2])), (b"loss", number(title[3]))]
    return found + (found_in(row, pairs, memory) or [])
