"""Trainer bytes → clean rows: the only code that sees raw output.

`Cleaner` is a pure function of the bytes: fed in any chunks, the same rows settle and the same
rows stay live. `alphabet` says what a byte may be, `sgr` makes colours canonical, `row` is one
line of cells, `window` holds the rows a cursor can still reach and decides when they settle,
`plain` finds the lines that need none of it, `cleaner` joins them. A new control sequence is a
row in `controls`.
"""

from console.core.terminal.cleaner import Cleaned, Cleaner
from console.core.terminal.window import Version

__all__ = ["Cleaned", "Cleaner", "Version"]
