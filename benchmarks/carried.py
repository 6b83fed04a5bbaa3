"""Bytes a second that a terminal gets, which is what a line to another machine has to carry."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from benchmarks.lab import CONSOLE, Lab, lab, program, wait_for_file
from benchmarks.table import Row
from tests.pty.terminal import Terminal

RATES = (10, 100)
SECONDS = 12.0
SLOW_LINK = 4000
SETTLE_SECONDS = 6.0
SLOW_SETTLE_SECONDS = 30.0
"""After that the first screen, with its charts, is paid for on the slow link too."""


def run() -> list[Row]:
    """The whole screen at 10 and 100 lines a second, as it is and on a slow link; `less +F`."""
    rows: list[Row] = []
    with lab() as here:
        for rate in RATES:
            peer = _less(here, rate)
            usual = _ours(here, rate, ())
            slow = _ours(here, rate, ("--slow-link", str(SLOW_LINK)))
            rows.append(_row(f"{rate} lines/s", usual, peer, 12))
            rows.append(_row(f"{rate} lines/s, slow link", slow, peer, 5))
    return rows


def _row(what: str, ours: float, peer: float | None, limit: int) -> Row:
    if peer is None:
        return Row("bytes", what, _said(ours), "less is not installed", target=f"≤ {limit} ×")
    ratio = ours / peer
    shown = f"less +F {_said(peer)}", f"{ratio:.1f} ×", f"≤ {limit} ×"
    return Row("bytes", what, _said(ours), *shown, ratio <= limit)


def _said(rate: float) -> str:
    return f"{rate / 1000:.1f} kB/s"


def _ours(here: Lab, rate: int, options: tuple[str, ...]) -> float:
    times = here.home / f"times-{rate}-{len(options)}"
    settle = SLOW_SETTLE_SECONDS if options else SETTLE_SECONDS
    run_dir = here.start(*program("rate", rate, settle + SECONDS, times))
    command = [*CONSOLE, "attach", run_dir.name, *options]
    with Terminal(command, columns=200, lines=60, env=here.env) as screen:
        screen.wait_for(b"READY_TO_PRINT")
        return _counted(screen, times, settle)


def _less(here: Lab, rate: int) -> float | None:
    if shutil.which("less") is None:
        return None
    growing, times = here.home / f"grow-{rate}.log", here.home / f"less-{rate}"
    growing.write_bytes(b"first line READYX\n")
    env = {**os.environ, "HOME": str(here.home), "LESSHISTFILE": "-"}
    writer = subprocess.Popen(
        program("rate", rate, SETTLE_SECONDS + SECONDS, times, growing), stdout=subprocess.DEVNULL
    )
    try:
        command = ["less", "-R", "+F", str(growing)]
        with Terminal(command, columns=200, lines=60, env=env) as screen:
            screen.wait_for(b"READYX", 30)
            return _counted(screen, times, SETTLE_SECONDS)
    finally:
        writer.kill()
        writer.wait()


def _counted(screen: Terminal, times: Path, settle: float) -> float:
    """Bytes a second while lines come, once the screen has settled."""
    Path(f"{times}.go").touch()
    time.sleep(settle)
    since, began = len(screen.chunks), time.monotonic()
    wait_for_file(times)
    return len(screen.output(since)) / (time.monotonic() - began)
