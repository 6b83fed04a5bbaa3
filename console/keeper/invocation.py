"""How our own processes are called: command lines and environment.

With ``-P`` and from ``/``, so that a ``select.py`` in the user's folder cannot get into them, and
without what a trainer has in its environment, so that they are never taken for members of a run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

WORKING_DIRECTORY = "/"
READY = b"ready\n"  # what a keeper prints when the run is published or adopted
RUN_ID = "GLADIUS_RUN_ID"
RUN_DIR = "GLADIUS_RUN_DIR"
RESUME = "GLADIUS_RESUME"


def keeper_command(verb: str, run_dir: Path) -> list[str]:
    """Returns the command line of the keeper; `verb` is "start" or "adopt"."""
    return [sys.executable, "-P", "-m", "console.keeper", verb, str(run_dir.absolute())]


def backend_command(run_dir: Path) -> list[str]:
    return [sys.executable, "-P", "-m", "console.backend", str(run_dir.absolute())]


def environment() -> dict[str, str]:
    """Returns the caller's environment without the variables a run adds for its trainer."""
    ours = {RUN_ID, RUN_DIR, RESUME}
    return {name: value for name, value in os.environ.items() if name not in ours}
