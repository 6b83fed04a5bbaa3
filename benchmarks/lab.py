"""The product under measurement, and what it costs."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.product import CONSOLE, Product, children, product, with_children

if TYPE_CHECKING:
    from tests.pty.terminal import Terminal

__all__ = ["CONSOLE", "Lab", "children", "cpu_seconds", "lab", "memory_mb", "of_run", "program"]

PROGRAMS = Path(__file__).parent / "programs"
HZ = os.sysconf("SC_CLK_TCK")

Lab = Product
of_run = with_children


@contextmanager
def lab() -> Iterator[Lab]:
    """A laboratory; nothing of it is left afterwards."""
    with product() as made:
        yield made


def attach(here: Lab, run: Path) -> Terminal:
    """A large screen on a run."""
    return here.attach(run, columns=200, lines=60)


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of these processes so far."""
    total = 0.0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / HZ
    return total


def memory_mb(pids: Sequence[int]) -> float:
    """Proportional set size: shared pages counted once."""
    total = 0
    for pid in pids:
        with suppress(OSError, AttributeError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))  # type: ignore[union-attr]
    return total / 1024


def wait_for_file(path: Path, timeout: float = 120.0) -> None:
    """Until `path` exists. Raises TimeoutError."""
    deadline = time.monotonic() + timeout
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} did not appear within {timeout} s")
        time.sleep(0.002)


def program(name: str, *arguments: object) -> list[str]:
    """The command of a program in `programs/`."""
    return [sys.executable, str(PROGRAMS / f"{name}.py"), *map(str, arguments)]
