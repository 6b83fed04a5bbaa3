"""Charts of long series: what one frame costs, and a finished run of a million steps."""

from __future__ import annotations

import asyncio
import math
import os
import random
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual.geometry import Region

from benchmarks import leet
from benchmarks.lab import CONSOLE, Lab, children, cpu_seconds, lab, memory_mb, wait_for_file
from benchmarks.table import Row, percentile
from console.app import ConsoleApp
from console.backend.history import History
from console.backend.store import Store
from console.core.state import to_json
from console.keeper.rundir import FINAL
from console.widgets.chart import Chart
from tests import states
from tests.pty.terminal import Terminal
from tests.sessions import session_of

POINTS = (100, 1_000, 10_000, 100_000, 1_000_000)
FRAMES = 60
WIDTH, HEIGHT = 64, 14
"""The inside of a chart on a terminal of 200×60."""

NAMES = ("loss", "throughput", "learning_rate", "gradient_norm", "validation/loss", "aux_loss",
         "expert_share_0", "expert_share_1", "ram", "cpu")  # fmt: skip
STEPS = 1_000_000
PORTION = 50_000
IDLE_SECONDS = 1.5
IDLE_SHARE = 0.12
LONGEST_SECONDS = 600.0


def frame() -> list[Row]:
    """Four charts, each drawn anew; plotext does the same with all points.

    What the loop is held is judged by the clock on the wall; the work is compared by that of the
    processor, on both sides.
    """
    rows = []
    for count in POINTS:
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), count, NAMES[:2])
            held, worked = _ours(Path(folder))
        peer = _plotext(count) if count <= 100_000 else None
        shown = " / ".join(f"p50 {percentile(times, 0.5):.1f}, p99 {percentile(times, 0.99):.1f} ms"
                           for times in (held, worked))  # fmt: skip
        whole = 4 * sum(worked) / len(worked)
        is_quick = percentile(held, 0.99) <= 16
        against = "plotext: minutes", "–"
        if peer is not None:
            against = f"plotext {4 * peer:.0f} ms", f"{whole / (4 * peer):.3f} ×"
        if count == 10_000 and peer is not None:
            is_quick = is_quick and whole <= 0.1 * 4 * peer
        target = "p99 ≤ 16 ms" + (", ≤ 0.1 ×" if count == 10_000 else "")
        what = f"{count:,} points (by the clock / of the processor)"
        rows.append(Row("charts", what, shown, *against, target, is_quick))
    return rows


def _ours(run: Path) -> tuple[list[float], list[float]]:
    """Milliseconds of each frame, which draws one chart: by the clock, and of the processor."""
    return asyncio.run(_measured(History(run)))


async def _measured(source: History) -> tuple[list[float], list[float]]:
    app = ConsoleApp(session_of(states.training(), series=source))
    held, worked = list[float](), list[float]()
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause(1.0)
        charts = [*app.screen.query(Chart)]
        assert len(charts) == 4
        for _ in range(FRAMES):
            for chart in charts:
                began, busy = time.perf_counter(), time.thread_time()
                chart._drawn = None
                chart.refresh()
                chart.render_lines(Region(0, 0, *chart.outer_size))
                worked.append(1e3 * (time.thread_time() - busy))
                held.append(1e3 * (time.perf_counter() - began))
                assert not chart.failure, chart.failure
            await pilot.pause()
    return held, worked


def _plotext(count: int) -> float:
    """Milliseconds of one chart with all its points, as a plain PlotextPlot draws it."""
    from textual_plotext import Plot

    steps, values = list(range(count)), _values(count, 0)
    plot: Any = Plot()
    times = []
    for _ in range(3 if count > 10_000 else 10):
        began = time.thread_time()
        plot.clear_data()
        plot._set_size(WIDTH, HEIGHT)
        plot.plot(steps, values, marker="braille")
        plot.build()
        times.append(1e3 * (time.thread_time() - began))
    return sorted(times)[len(times) // 2]


def _values(count: int, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [math.exp(-step / count) + 0.05 * chance.random() for step in range(count)]


SHOWN_GROUPS = ("loss", "metrics", "experts", "throughput", "position", "evaluation")


def _write(run: Path, count: int, names: Sequence[str]) -> None:
    """A metrics.db as the backend writes it, with a state for which every chart is drawn."""
    store = Store(run)
    record = store.open() or {"rows": 0, "live": [], "t": time.time()}
    parts = {name: _values(count, number) for number, name in enumerate(names)}
    began = time.time() - count
    for first in range(0, count, PORTION):
        end = min(first + PORTION, count)
        columns = {name: values[first:end] for name, values in parts.items()}
        store.extend(range(first + 1, end + 1), began + end, columns)
        store.commit(record, {})
    store.commit(record, to_json(states.finished(), SHOWN_GROUPS))
    store.close(final=True)


def history() -> list[Row]:
    """Ten metrics of a million steps: until nothing more is drawn, and the memory then."""
    with lab() as here:
        run = here.start("echo", "done")
        wait_for_file(run / FINAL)
        _write(run, STEPS, NAMES)
        ours = _loaded([*CONSOLE, "attach", run.name], here.env)
        peer = _leet(here)
    name = f"{STEPS:,} steps × {len(NAMES)} metrics"
    if peer is not None and peer[0] >= LONGEST_SECONDS - IDLE_SECONDS:
        name += " (LEET was not through)"
    if peer is None:
        why = "LEET is not installed"
        return [Row("history", name, f"{ours[0]:.2f} s", why, target="≤ 0.01 ×"),
                Row("history", "memory", f"{ours[1]:.0f} MB", why, target="≤ 0.3 ×")]  # fmt: skip
    return [
        Row("history", name, f"{ours[0]:.2f} s", f"LEET {peer[0]:.1f} s",
            f"{ours[0] / peer[0]:.3f} ×", "≤ 0.01 ×", ours[0] <= 0.01 * peer[0]),
        Row("history", "memory", f"{ours[1]:.0f} MB", f"LEET {peer[1]:.0f} MB",
            f"{ours[1] / peer[1]:.2f} ×", "≤ 0.3 ×", ours[1] <= 0.3 * peer[1]),
    ]  # fmt: skip


def _leet(here: Lab) -> tuple[float, float] | None:
    if leet.command() is None:
        return None
    target = here.home / "run-long.wandb"
    leet.write_finished(target, STEPS)
    return _loaded(leet.show(target), leet.environment(here.home))


def _loaded(command: Sequence[str], env: Mapping[str, str]) -> tuple[float, float]:
    """Seconds until the program has nothing more to do, and its megabytes then."""
    with Terminal(command, columns=200, lines=60, env=env) as screen:
        samples = [(time.monotonic(), 0.0)]
        while True:
            time.sleep(0.05)
            pids = [screen.pid, *children(screen.pid)]
            now, spent = time.monotonic(), cpu_seconds(pids)
            samples.append((now, spent))
            since = next(one for one in reversed(samples) if now - one[0] >= IDLE_SECONDS
                         or one is samples[0])  # fmt: skip
            is_idle = spent - since[1] <= IDLE_SHARE * (now - since[0])
            has_begun = len(screen.chunks) > 10 and now - screen.started > IDLE_SECONDS
            if (has_begun and is_idle) or now - screen.started > LONGEST_SECONDS:
                found = since[0] - screen.started, memory_mb(pids)
                for pid in pids[1:]:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                return found
