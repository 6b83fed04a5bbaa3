"""What lets a key be answered at once while much is going on: settings of the interpreter."""

from __future__ import annotations

import gc
import sys

SWITCH_SECONDS = 0.0005
"""How long a thread may keep others waiting: the one that writes to the terminal must not wait for
a chart that is being drawn."""

STARTED_SECONDS = 1.0
"""After that call `settle`."""


def begin() -> None:
    """Call before the first paint."""
    sys.setswitchinterval(SWITCH_SECONDS)


def settle() -> None:
    """What was imported and built by now stays: looking through it for garbage again and again
    would hold a key up for as long as a chart."""
    gc.freeze()
