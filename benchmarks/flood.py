"""A million lines at once: how soon they are painted and recorded, and what keys feel meanwhile."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.lab import Lab, attach, lab, program, wait_for_file
from benchmarks.programs.text import END, lines
from benchmarks.table import Row, percentile
from console.backend.history import History
from console.core.sources import Axis
from tests.pty.terminal import Terminal

LINES = 1_000_000
TRIES = 3
RICHLOG_LINES = 20_000
END_PATTERN = END.encode()
FOLLOW_SIGN = "●|○".encode()


def whole() -> list[Row]:
    """Painted and committed, against lnav on a file that grows alike, and Textual's RichLog."""
    with lab() as here:
        text = lines(LINES)
        source = here.home / "flood.txt"
        source.write_bytes(text)
        tries = [(_ours(here, source, number), _lnav(here, source)) for number in range(TRIES)]
        rich = _richlog(here)
    painted, committed = (statistics.median(ours[i] for ours, _ in tries) for i in (0, 1))
    complete = all(ours[2] for ours, _ in tries)
    lnav = None if tries[0][1] is None else statistics.median(peer or 0.0 for _, peer in tries)
    return [
        Row(
            "flood",
            f"{LINES:,} lines painted",
            f"{painted:.2f} s",
            *_against("lnav", lnav, painted),
            "≥ 5 × lnav",
            None if lnav is None else lnav / painted >= 5,
        ),
        Row(
            "flood",
            "the same",
            f"{painted:.2f} s",
            *_against("RichLog", rich, painted),
            "≥ 300 ×",
            rich / painted >= 300,
        ),
        Row(
            "flood",
            "last metric committed",
            f"{committed:.2f} s",
            *_against("lnav", lnav, committed),
            "≥ 1 × lnav",
            None if lnav is None else lnav / committed >= 1,
        ),
        Row("flood", "every byte on disk", "yes" if complete else "NO", target="yes", met=complete),
    ]


def _against(name: str, peer: float | None, ours: float) -> tuple[str, str]:
    if peer is None:
        return f"{name} is not installed", "–"
    return f"{name} {peer:.2f} s", f"{peer / ours:.1f} ×"


def _ours(here: Lab, source: Path, number: int) -> tuple[float, float, bool]:
    go, done = here.home / f"go-{number}", here.home / f"done-{number}"
    run = here.start(*program("flood", source, go, done, 600))
    with attach(here, run) as screen:
        screen.wait_for(b"READY_TO_FLOOD")
        time.sleep(1.0)  # the attach itself must not be measured
        since = len(screen.chunks)
        began = time.monotonic()
        go.touch()
        painted = screen.wait_for(END_PATTERN, 120, since) - began
        committed = _committed(run, source) - began
    printed = b"".join(path.read_bytes() for path in sorted(run.glob("output.*.log")))
    return painted, committed, printed.endswith(source.read_bytes())


def _committed(run: Path, source: Path) -> float:
    """When the last loss of the text can be read from the store."""
    last = source.read_bytes().rsplit(b"| Batch ", 1)[1]
    step = float(last.split()[0])
    while True:
        extent = History(run).extent("loss", Axis.STEP)
        if extent is not None and extent[1] >= step:
            return time.monotonic()
        time.sleep(0.05)


def _lnav(here: Lab, source: Path) -> float | None:
    if shutil.which("lnav") is None:
        return None
    growing = here.home / "grow.log"
    growing.write_bytes(b"first line READYX\n")
    env = {**here.env, "HOME": str(here.home)}
    with Terminal(["lnav", str(growing)], columns=200, lines=60, env=env) as screen:
        screen.wait_for(b"READYX", 30)
        time.sleep(1.0)
        screen.send(b"G")
        since = len(screen.chunks)
        began = time.monotonic()
        with growing.open("ab") as file, source.open("rb") as text:
            shutil.copyfileobj(text, file, 1 << 16)
        return screen.wait_for(END_PATTERN, 120, since) - began


def _richlog(here: Lab) -> float:
    """Seconds for LINES lines, scaled from fewer (its time per line does not shrink)."""
    source = here.home / "rich.txt"
    source.write_bytes(lines(RICHLOG_LINES))
    go, done = here.home / "rich.go", here.home / "rich.done"
    writer = program("flood", source, go, done)
    with Terminal(program("richlog", *writer), columns=200, lines=60, env=here.env) as screen:
        screen.wait_for(b"READY_TO_FLOOD")
        since = len(screen.chunks)
        began = time.monotonic()
        go.touch()
        seconds = screen.wait_for(END_PATTERN, 300, since) - began
    return seconds * LINES / RICHLOG_LINES


def keys() -> list[Row]:
    """Key press to paint while the flood lasts: `f` turns following off and on in the border."""
    with lab() as here:
        source = here.home / "flood.txt"
        source.write_bytes(lines(3 * LINES))
        go, done = here.home / "go", here.home / "done"
        run = here.start(*program("flood", source, go, done, 600))
        waits: list[float] = []
        with attach(here, run) as screen:
            screen.wait_for(b"READY_TO_FLOOD")
            time.sleep(1.0)
            go.touch()
            time.sleep(0.2)
            while not done.exists() or len(waits) < 100:
                since = len(screen.chunks)
                pressed = screen.send(b"f")
                waits.append(screen.wait_for(FOLLOW_SIGN, 20, since) - pressed)
                time.sleep(0.1)
                if len(waits) > 200:
                    break
    p50, p99 = (1e3 * percentile(waits, share) for share in (0.5, 0.99))
    return [
        Row(
            "flood-keys",
            f"key → paint, {len(waits)} presses",
            f"p50 {p50:.0f} ms, p99 {p99:.0f} ms",
            target="p99 ≤ 50 ms",
            met=p99 <= 50,
        )
    ]


def trainer() -> list[Row]:
    """How much longer the trainer writes than into `cat > /dev/null`."""
    with lab() as here:
        source = here.home / "flood.txt"
        source.write_bytes(lines(LINES))
        ours = min(_writing_time(here, source, number) for number in range(3))
        peer = min(_cat_time(here, source, number) for number in range(3))
    judged = (os.cpu_count() or 1) >= 4
    return [
        Row(
            "flood-trainer",
            "writing 1e6 lines",
            f"{ours:.2f} s",
            f"cat {peer:.2f} s",
            f"{ours / peer:.2f} ×",
            "≤ 1.1 × (judged on ≥ 4 cores)",
            ours / peer <= 1.1 if judged else None,
        )
    ]


def _writing_time(here: Lab, source: Path, number: int) -> float:
    go, done = here.home / f"go{number}", here.home / f"done{number}"
    run = here.start(*program("flood", source, go, done, 0))
    wait_for_file(run / "socket")
    time.sleep(0.5)
    go.touch()
    wait_for_file(done)
    return _span(done)


def _cat_time(here: Lab, source: Path, number: int) -> float:
    go, done = here.home / f"cat.go{number}", here.home / f"cat.done{number}"
    go.touch()
    command = " ".join(program("flood", source, go, done))
    subprocess.run(["sh", "-c", f"{command} | cat > /dev/null"], check=True, stderr=sys.stderr)
    return _span(done)


def _span(done: Path) -> float:
    began, ended = map(float, done.read_text().split())
    return ended - began
