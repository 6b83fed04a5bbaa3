"""What trainers print → metrics, one module a family.

To add a family: a module with `read_line(row, line, memory)` and a row in `families.FAMILIES` (one
line a step; `lines` has what these share), else in `FORMATS`, before the general ones. `own` has
the user's patterns. `Reader` is one run's reader, `read_cleaned` the way of all output through it,
`levels` counts errors and warnings, `found` has the facts that come out.
"""

from console.core.formats.found import (
    Evaluated,
    Fact,
    Found,
    Measured,
    MeasuredBlock,
    Saved,
    Total,
)
from console.core.formats.levels import level, levels
from console.core.formats.reader import FORMATS, Reader
from console.core.formats.sequence import read_cleaned

__all__ = [
    "FORMATS",
    "Evaluated",
    "Fact",
    "Found",
    "Measured",
    "MeasuredBlock",
    "Reader",
    "Saved",
    "Total",
    "level",
    "levels",
    "read_cleaned",
]
