"""From the trainer's write() to the bytes on the terminal, at three rates."""

from __future__ import annotations

import array
import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pyte

from benchmarks.lab import Lab, attach, cpu_seconds, lab, of_run, program, wait_for_file
from benchmarks.table import Row, percentile
from tests.pty.terminal import Chunk, Terminal

RATES = ((10, 10.0), (100, 6.0), (10_000, 6.0))
MARK = re.compile(rb"@(\d{7})@")


def run() -> list[Row]:
    """p50 and p99 for ours, `less +F` and lnav."""
    rows: list[Row] = []
    with lab() as here:
        for rate, seconds in RATES:
            ours, cpu = _ours(here, rate, seconds)
            less = _peer(here, ["less", "-R", "+F", "FILE"], b"", rate, seconds)
            lnav = _peer(here, ["lnav", "FILE"], b"G", rate, seconds)
            rows += _rows(rate, ours, cpu, less, lnav)
    return rows


def _rows(
    rate: int, ours: list[float], cpu: float, less: list[float] | None, lnav: list[float] | None
) -> list[Row]:
    p50, p99 = percentile(ours, 0.5), percentile(ours, 0.99)
    name = f"{rate:,} lines/s"
    shown = f"p50 {p50:.1f}, p99 {p99:.1f} ms"
    is_slow = rate <= 100  # faster, every frame is new anyway: 60 a second are enough
    is_near = lnav is None or p50 <= 0.05 * percentile(lnav, 0.5)
    limit = p50 <= 8 and is_near if is_slow else True
    rows = [
        Row("latency", name, shown, *_against("less +F", less, p50)),
        Row(
            "latency",
            name,
            shown,
            *_against("lnav", lnav, p50),
            "p50 ≤ 8 ms, ≤ 0.05 × lnav; p99 ≤ 40 ms" if is_slow else "p99 ≤ 40 ms",
            limit and p99 <= 40,
        ),
    ]
    if rate == RATES[-1][0]:
        rows.append(
            Row(
                "latency",
                f"CPU at {name}",
                f"{cpu:.0f} % of a core",
                target="≤ 40 %",
                met=cpu <= 40,
            )
        )
    return rows


def _against(name: str, peer: list[float] | None, ours: float) -> tuple[str, str]:
    if not peer:
        return f"{name} is not installed", "–"
    p50 = percentile(peer, 0.5)
    return f"{name} p50 {p50:.1f} ms", f"{ours / p50:.3f} ×"


def _ours(here: Lab, rate: int, seconds: float) -> tuple[list[float], float]:
    times = here.home / f"times-{rate}"
    run = here.start(*program("rate", rate, seconds, times))
    with attach(here, run) as screen:
        screen.wait_for(b"READY_TO_PRINT")
        time.sleep(1.5)
        pids = [screen.pid, *of_run(run)]
        before, since = cpu_seconds(pids), len(screen.chunks)
        Path(f"{times}.go").touch()
        wait_for_file(times)
        time.sleep(0.3)
        cpu = 100 * (cpu_seconds(pids) - before) / seconds
        chunks = screen.chunks[:]
    return _latencies(times, _emulated(chunks, since)), cpu


def _peer(
    here: Lab, command: Sequence[str], keys: bytes, rate: int, seconds: float
) -> list[float] | None:
    if shutil.which(command[0]) is None:
        return None
    growing, times = here.home / "grow.log", here.home / f"{command[0]}-{rate}"
    growing.write_bytes(b"first line READYX\n")
    env = {**os.environ, "HOME": str(here.home), "LESSHISTFILE": "-"}
    words = [word.replace("FILE", str(growing)) for word in command]
    with Terminal(words, columns=200, lines=60, env=env) as screen:
        screen.wait_for(b"READYX", 30)
        time.sleep(1.0)
        screen.send(keys)
        since = len(screen.chunks)
        Path(f"{times}.go").touch()
        subprocess.run(
            program("rate", rate, seconds, times, growing), check=True, stdout=subprocess.DEVNULL
        )
        time.sleep(1.5)
        chunks = screen.chunks[since:]
    return _latencies(times, _emulated(chunks))


def _latencies(times: Path, seen: list[tuple[float, int]]) -> list[float]:
    """Milliseconds from each line's write to the first output that shows it or a later one."""
    written = array.array("d")
    written.frombytes(times.read_bytes())
    found, index = [], 0
    for number, at in enumerate(written):
        while index < len(seen) and (seen[index][1] < number or seen[index][0] < at):
            index += 1
        if index == len(seen):
            break
        found.append(1e3 * (seen[index][0] - at))
    return found


def _emulated(chunks: Sequence[Chunk], since: int = 0) -> list[tuple[float, int]]:
    """When the highest line number so far was first on the screen, from chunk `since` on.

    Through a terminal: programs send only what changed in a line.
    """
    display = pyte.Screen(200, 60)
    stream = pyte.ByteStream(display)
    highest, found = -1, []
    for index, chunk in enumerate(chunks):
        stream.feed(re.sub(rb"\x1b\[[<>=?][0-9;]*[mu]|\x1b\[\?[0-9;]*\$p", b"", chunk.data))
        if index < since:
            display.dirty.clear()
            continue
        for y in sorted(display.dirty, reverse=True):
            row = "".join(display.buffer[y][x].data for x in range(60))
            numbers = [int(number) for number in MARK.findall(row.encode())]
            if numbers and max(numbers) > highest:
                highest = max(numbers)
                found.append((chunk.at, highest))
        display.dirty.clear()
    return found
