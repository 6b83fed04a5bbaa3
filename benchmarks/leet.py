"""The peer W&B LEET: a run of its own format, finished or growing, and how to show it.

LEET comes with the package `wandb`; the rows that need it say so when it is missing. The program is
looked for on PATH, in this environment, and in $WANDB.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PROGRAM = Path(__file__).parent / "programs" / "wandb_run.py"


def command() -> str | None:
    """The `wandb` program, if there is one."""
    beside = Path(sys.executable).with_name("wandb")
    own = os.environ.get("WANDB")
    return own or (str(beside) if beside.exists() else shutil.which("wandb"))


def interpreter() -> str:
    """The Python that has the package."""
    found = command()
    assert found is not None
    return str(Path(found).resolve().parent / "python")


def environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HOME": str(home),
        "WANDB_MODE": "offline",
        "WANDB_ERROR_REPORTING": "false",
        "WANDB_DIR": str(home),
    }


def feeder(target: Path, steps_per_second: float, seconds: float) -> Sequence[str]:
    """A command that writes a growing run file."""
    return [interpreter(), str(PROGRAM), str(target), str(steps_per_second), str(seconds)]


def write_finished(target: Path, steps: int) -> None:
    subprocess.run([*feeder(target, 0, steps)], check=True)


def show(target: Path) -> list[str]:
    found = command()
    assert found is not None
    return [found, "leet", "run", str(target)]
