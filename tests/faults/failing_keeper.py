"""The keeper with a system call that fails once: ``failing_keeper.py CALL N MARK start DIR``.

Each process of it counts for itself, as each has a turn of its own; the first that comes to its
N-th CALL fails, and makes the folder MARK, so that nobody else does.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from console.keeper.__main__ import main

NAME, AT, MARK = sys.argv[1], int(sys.argv[2]), sys.argv[3]
REAL = getattr(os, NAME)
SEEN = 0


def counted(*arguments: Any, **options: Any) -> Any:
    global SEEN
    SEEN += 1
    if SEEN == AT:
        try:
            os.mkdir(MARK)
        except FileExistsError:
            return REAL(*arguments, **options)
        raise OSError(28, "No space left on device")
    return REAL(*arguments, **options)


setattr(os, NAME, counted)
main(sys.argv[4:])
