"""What trainers print → metrics, one module a family.

To add a family: a module with `read_line(row, line, memory)` and a row in `FORMATS`, before the
general ones. `Reader` is one run's reader, `levels` counts errors and warnings, `found` has the
facts that come out.
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
