"""Keeps the trainer's output pipe open.

What is in a pipe is lost when its last end closes. Guard and pump hold it; the backend and every
screen hold it too, so that the bytes outlive any of them, also when the trainer ends meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from console.keeper import fifo, rundir

if TYPE_CHECKING:
    from pathlib import Path


@contextmanager
def held_open(run_dir: Path) -> Iterator[None]:
    """Holds `output.fifo` while the block runs; does nothing where there is none."""
    try:
        descriptor = fifo.open_rw(run_dir, rundir.OUTPUT_FIFO)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        os.close(descriptor)
