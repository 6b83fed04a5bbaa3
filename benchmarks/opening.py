"""A finished run with ten million lines: its first rows, its end, its middle, and the memory."""

from __future__ import annotations

import re
import shutil
import statistics
import time
from pathlib import Path

from benchmarks import biglog
from benchmarks.lab import CONSOLE, Lab, children, memory_mb
from benchmarks.programs.text import END
from benchmarks.table import Row
from tests.pty.terminal import Terminal

TRIES = 3
COLUMNS, LINES = 200, 60
ROW = rb"Expert-0: \d"
SIGN = END.encode()
MIDDLE = biglog.MIDDLE.encode()

Times = tuple[float, float, float, float]
"""Seconds to the first rows, to the end, to the middle; megabytes."""


def run() -> list[Row]:
    """Ours, lnav and less, one after another, several times."""
    with biglog.finished_run() as (here, run_dir, whole):
        tries = [
            (_ours(here, run_dir), _lnav(here, whole), _less(here, whole)) for _ in range(TRIES)
        ]
        size = whole.stat().st_size / 1e9
    ours, lnav, less = (_median([one[i] for one in tries]) for i in range(3))
    assert ours is not None
    name = f"{biglog.LINES:,} lines, {size:.2f} GB"
    rows = [
        _row(f"first rows of {name}", ours, lnav, "lnav", 0, 0.1),
        _row("then End", ours, lnav, "lnav", 1, None),
        _row("then 50 %", ours, lnav, "lnav", 2, None),
        _row("memory", ours, lnav, "lnav", 3, 0.15),
    ]
    parts = ("first rows", "End", "50 %", "memory")
    others = [_row(f"against less: {what}", ours, less, "less", number, None)
              for number, what in enumerate(parts)]  # fmt: skip
    return [*rows, *others]


def _median(found: list[Times | None]) -> Times | None:
    times = [one for one in found if one is not None]
    if not times:
        return None
    first, end, middle, memory = (statistics.median(one[i] for one in times) for i in range(4))
    return first, end, middle, memory


def _row(
    what: str, ours: Times, peer: Times | None, name: str, which: int, limit: float | None
) -> Row:
    said = _said(ours[which], which)
    target = "–" if limit is None else f"≤ {limit} ×"
    if peer is None:
        return Row("open", what, said, f"{name} is not installed", target=target)
    ratio = ours[which] / peer[which]
    met = None if limit is None else ratio <= limit
    shown = f"{name} {_said(peer[which], which)}"
    return Row("open", what, said, shown, f"{ratio:.3f} ×", target, met)


def _said(value: float, which: int) -> str:
    return f"{value:.0f} MB" if which == 3 else f"{1e3 * value:.0f} ms"


def _ours(here: Lab, run: Path) -> Times:
    command = [*CONSOLE, "attach", run.name]
    with Terminal(command, columns=COLUMNS, lines=LINES, env=here.env) as screen:
        first = screen.wait_for(SIGN, 60) - screen.started
        time.sleep(2.0)
        _press(screen, b"\x1b[H", ROW, 5.0)
        end = _press(screen, b"\x1b[F", SIGN, 60.0)
        middle = _press(screen, _click_at_half(screen), ROW, 60.0)
        return first, end, middle, memory_mb([screen.pid, *children(screen.pid)])


def _click_at_half(screen: Terminal) -> bytes:
    """A click on the middle of the stream's scrollbar."""
    shown = screen.screen()
    top = next(number for number, line in enumerate(shown) if "LIVE STREAM" in line)
    rows = [n for n, line in enumerate(shown) if n > top and re.match(r"[╰╭└+]", line)]
    y = (top + 1 + rows[0] + 1) // 2 + 1
    return f"\x1b[<0;{COLUMNS};{y}M\x1b[<0;{COLUMNS};{y}m".encode()


def _lnav(here: Lab, whole: Path) -> Times | None:
    if shutil.which("lnav") is None:
        return None
    env = {**here.env, "HOME": str(here.home)}
    with Terminal(["lnav", str(whole)], columns=COLUMNS, lines=LINES, env=env) as screen:
        first = screen.wait_for(ROW, 300) - screen.started
        end = _press(screen, b"G", SIGN, 300.0)
        _press(screen, b"g", ROW, 60.0)
        middle = _press(screen, f":goto {biglog.LINES // 2}\r".encode(), MIDDLE, 300.0)
        return first, end, middle, memory_mb([screen.pid, *children(screen.pid)])


def _less(here: Lab, whole: Path) -> Times | None:
    if shutil.which("less") is None:
        return None
    env = {**here.env, "LESSHISTFILE": "-"}
    with Terminal(
        ["less", "-R", "-n", str(whole)], columns=COLUMNS, lines=LINES, env=env
    ) as screen:
        first = screen.wait_for(ROW, 60) - screen.started
        end = _press(screen, b"G", SIGN, 60.0)
        middle = _press(screen, b"50p", ROW, 60.0)
        return first, end, middle, memory_mb([screen.pid])


def _press(screen: Terminal, keys: bytes, pattern: bytes, timeout: float) -> float:
    """Seconds from the keys to what they bring."""
    since = len(screen.chunks)
    return -screen.send(keys) + screen.wait_for(pattern, timeout, since)
