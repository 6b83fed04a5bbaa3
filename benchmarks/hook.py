"""The hook: a value to the screen, an order to the trainer, and what it costs a step."""

from __future__ import annotations

import array
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.lab import attach, lab, program
from benchmarks.table import Row, percentile
from console.backend import client
from console.sdk import Link


def metric() -> list[Row]:
    """`log()` to the value on the terminal, while nothing is printed; refresh intervals off."""
    rate, seconds = 4.0, 20.0
    with lab() as here:
        times = here.home / "times"
        run = here.start(*program("steps", rate, seconds, times, "quiet"))
        here.call("wait", run.name, "--until", "training")
        os.environ["GLADIUS_INTERVALS"] = "off"
        try:
            with attach(here, run) as screen:
                screen.wait_for(b"LOSS", 20)
                _wait(Path(f"{times}.logged"))
                time.sleep(0.5)
                chunks = screen.chunks[:]
        finally:
            del os.environ["GLADIUS_INTERVALS"]
        logged = _read(f"{times}.logged")
    shown = [
        1e3 * (after[0] - at)
        for at in logged[len(logged) // 3 :]
        if (after := [chunk.at for chunk in chunks if chunk.at >= at])
    ]
    p50, p99 = percentile(shown, 0.5), percentile(shown, 0.99)
    return [
        Row(
            "metric",
            "log() → terminal",
            f"p50 {p50:.0f} ms, p99 {p99:.0f} ms",
            target="p99 ≤ 100 ms",
            met=p99 <= 100,
        )
    ]


def order() -> list[Row]:
    """Order to the trainer's answer at its next boundary, less the time to that boundary."""
    rate, seconds, count = 20.0, 60.0, 200
    with lab() as here:
        times = here.home / "times"
        run = here.start(*program("steps", rate, seconds, times, "quiet"))
        here.call("wait", run.name, "--until", "training")
        answers = asyncio.run(_orders(run, count))
        here.call("stop", run.name, "--no-checkpoint")
        _wait(Path(f"{times}.boundaries"))
        boundaries = _read(f"{times}.boundaries")
    late = []
    for sent, answered in answers:
        following = [at for at in boundaries if at >= sent]
        if following:
            late.append(1e3 * max(0.0, answered - following[0]))
    p50, p99 = percentile(late, 0.5), percentile(late, 0.99)
    return [
        Row(
            "order",
            f"acknowledged after the boundary, {len(late)} orders",
            f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
            target="p99 ≤ 20 ms",
            met=p99 <= 20,
        )
    ]


async def _orders(run: Path, count: int) -> list[tuple[float, float]]:
    """(sent, answered) on the clock of time.monotonic."""
    follower = client.Follower(run, events=True)
    found: list[tuple[float, float]] = []
    sent, wanted = 0.0, ""
    async for update in follower.updates():
        now = time.monotonic()
        for record in update.events:
            if record.get("id") == wanted and record.get("outcome") == "done":
                found.append((sent, now))
                wanted = ""
        if len(found) >= count:
            break
        if not wanted and follower.connected:
            await asyncio.sleep(0.013)
            sent = time.monotonic()
            wanted = await follower.order("checkpoint")
    return found


def cost() -> list[Row]:
    """What `log()` and `boundary()` add to a step of 15 ms that fills the processor's caches."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLADIUS_RUN_DIR"] = folder
        os.mkfifo(f"{folder}/inbox.fifo", 0o600)
        try:
            link = Link(orders={})
            spans = [_step_cost(link, step) for step in range(1, 700)][100:]
        finally:
            del os.environ["GLADIUS_RUN_DIR"]
        link.close("finished")
    mean = 1e3 * statistics.mean(spans)
    return [
        Row(
            "trainer-cost",
            "log() + boundary() with 13 values a step, mean",
            f"{mean:.3f} ms",
            "a 15 ms step",
            f"{100 * mean / 15:.2f} %",
            "≤ 1 %",
            mean <= 0.15,
        )
    ]


def _step_cost(link: Link, step: int) -> float:
    _compute(0.015)
    began = time.perf_counter()
    link.log(
        step=step, loss=2.0, learning_rate=1e-4, gradient_norm=0.8, throughput=2800.0, aux_loss=1.0,
        experts=[0.02] * 8,
    )  # fmt: skip
    link.boundary(step)
    return time.perf_counter() - began


def _compute(seconds: float) -> None:
    """A trainer's step: it leaves nothing else in the caches."""
    weights = np.ones((700, 700), dtype=np.float32)
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        weights @ weights


def _read(path: str) -> list[float]:
    values = array.array("d")
    values.frombytes(Path(path).read_bytes())
    return list(values)


def _wait(path: Path, timeout: float = 120.0) -> None:
    deadline = time.monotonic() + timeout
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(path)
        time.sleep(0.01)
