"""A search through ten million lines, against ripgrep: the first hit, and all of them."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from benchmarks import biglog
from benchmarks.table import Row
from console.backend.rows import ScreenRows
from console.core.sources import SearchPattern

TRIES = 3
KINDS: tuple[tuple[str, SearchPattern], ...] = (
    ("text", SearchPattern(biglog.NEEDLE)),
    ("text, many", SearchPattern("Checkpoint saved: checkpoints")),
    ("text, very many", SearchPattern("Throughput")),
    ("ignoring case", SearchPattern("needle in the haystack")),
    ("ignoring case, many", SearchPattern("throughput: 2,5")),
    ("expression", SearchPattern(r"NEEDLE in \w+ hay", regex=True)),
    ("expression, many", SearchPattern(r"Loss: 0\.010[0-5]", regex=True)),
    ("expression, very many", SearchPattern("Temp: 67°C/6[0-9]", regex=True)),
    ("one of some words", SearchPattern("error|fatal|exception", regex=True)),
    ("digits only", SearchPattern(r"\d\d\d\d\d\d\d", regex=True)),
)


def run() -> list[Row]:
    """With ripgrep's help, and without it; seconds to all hits, and to the first one."""
    rows: list[Row] = []
    with biglog.finished_run() as (_here, run_dir, _whole):
        has_peer = shutil.which("rg") is not None
        for name, pattern in KINDS:
            tries = []
            for _ in range(TRIES):
                peer = _ripgrep(pattern, run_dir) if has_peer else None
                tries.append((_ours(run_dir, pattern), peer))
            if has_peer:
                rows += _rows(f"{name}, with ripgrep", tries, 1.5)
            plain = [(_without(run_dir, pattern), peer) for _found, peer in tries[:3]]
            rows += _rows(f"{name}, without", plain, 5.0)
    return rows


Times = tuple[float, float, int]
"""Seconds to all hits, seconds to the first one, how many."""


def _rows(what: str, tries: list[tuple[Times, Times | None]], limit: float) -> list[Row]:
    found = []
    for number, part in ((0, "all"), (1, "first")):
        ours = statistics.median(one[0][number] for one in tries)
        target = f"≤ {limit} ×"
        label = f"{part} {tries[0][0][2]:,}: {what}" if number == 0 else f"first: {what}"
        peers = [one[1][number] for one in tries if one[1] is not None]
        if not peers:
            found.append(Row("search", label, _ms(ours), "rg is not installed", target=target))
            continue
        peer = statistics.median(peers)
        ratio = ours / peer
        shown = f"rg {_ms(peer)}", f"{ratio:.2f} ×"
        found.append(Row("search", label, _ms(ours), *shown, target, ratio <= limit))
    return found


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.0f} ms"


def _ours(run: Path, pattern: SearchPattern) -> Times:
    rows = ScreenRows(run)
    rows.tell(biglog.LINES, ())
    began, first, count = time.perf_counter(), 0.0, 0
    for portion in rows.scan(pattern):
        if portion and not count:
            first = time.perf_counter() - began
        count += len(portion)
    whole = time.perf_counter() - began
    rows.close()
    return whole, first or whole, count


def _without(run: Path, pattern: SearchPattern) -> Times:
    path = os.environ["PATH"]
    os.environ["PATH"] = ""
    try:
        return _ours(run, pattern)
    finally:
        os.environ["PATH"] = path


def _ripgrep(pattern: SearchPattern, run: Path) -> Times:
    """The same question to ripgrep about the same files; its lines are read as they come.

    Not about a copy: how a file was written decides how the system keeps it in memory, and with it
    by half how long it is read. One thread, as it has for one file.
    """
    kind = ["-e"] if pattern.regex else ["-F", "-e"]
    case = ["-i"] if pattern.ignore_case else ["-s"]
    command = ["rg", "--no-config", "-a", "-n", "-j1", "--no-filename", *case, *kind, pattern.text]
    command += map(str, sorted(run.glob("screen.*.log")))
    began, first, count = time.perf_counter(), 0.0, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while data := os.read(process.stdout.fileno(), 1 << 18):
            first = first or time.perf_counter() - began
            count += data.count(b"\n")
    whole_time = time.perf_counter() - began
    return whole_time, first or whole_time, count
