"""CPU and memory of everything of ours: keeper, backend and screen, idle and with a live run."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from benchmarks import leet
from benchmarks.lab import Lab, attach, children, cpu_seconds, lab, memory_mb, of_run, program
from benchmarks.table import Row
from tests.pty.terminal import Terminal

STEPS_PER_SECOND = 12
SECONDS = 20.0


def run() -> list[Row]:
    """12 steps a second with 13 metrics each, and a paused run; LEET on the same data."""
    with lab() as here:
        live_cpu, live_memory, idle_cpu, idle_memory = _ours(here)
        peer = _leet(here)
    return [
        Row(
            "live",
            "CPU, live",
            f"{live_cpu:.1f} % of a core",
            *_against(peer and peer[0], live_cpu, "%"),
            "≤ 0.5 ×, ≤ 20 %",
            live_cpu <= 20 and (peer is None or live_cpu <= 0.5 * peer[0]),
        ),
        Row(
            "live",
            "memory, live",
            f"{live_memory:.0f} MB",
            *_against(peer and peer[1], live_memory, "MB"),
            "≤ 0.6 ×, ≤ 400 MB",
            live_memory <= 400 and (peer is None or live_memory <= 0.6 * peer[1]),
        ),
        Row(
            "idle",
            "CPU, paused run",
            f"{idle_cpu:.1f} % of a core",
            target="≤ 10 %",
            met=idle_cpu <= 10,
        ),
        Row("idle", "memory", f"{idle_memory:.0f} MB", target="≤ 400 MB", met=idle_memory <= 400),
    ]


def _against(peer: float | None, ours: float, unit: str) -> tuple[str, str]:
    if peer is None:
        return "LEET is not installed", "–"
    return f"LEET {peer:.1f} {unit}", f"{ours / peer:.2f} ×"


def _ours(here: Lab) -> tuple[float, float, float, float]:
    run_dir = here.start(*program("steps", STEPS_PER_SECOND, 3600, here.home / "times", "print"))
    here.call("wait", run_dir.name, "--until", "step=100")
    with attach(here, run_dir) as screen:
        screen.wait_for(rb"Loss \d", 20)
        time.sleep(4.0)
        live = _measure(screen, run_dir)
        here.call("pause", run_dir.name, "--no-checkpoint")
        time.sleep(4.0)
        idle = _measure(screen, run_dir)
    return (*live, *idle)


def _measure(screen: Terminal, run_dir: Path) -> tuple[float, float]:
    pids = sorted({screen.pid, *children(screen.pid), *of_run(run_dir)})
    before = cpu_seconds(pids)
    time.sleep(SECONDS)
    return 100 * (cpu_seconds(pids) - before) / SECONDS, memory_mb(pids)


def _leet(here: Lab) -> tuple[float, float] | None:
    if leet.command() is None:
        return None
    target = here.home / "run-live.wandb"
    feeder = subprocess.Popen(
        leet.feeder(target, STEPS_PER_SECOND, 10 + 2 * SECONDS), stdout=subprocess.DEVNULL
    )
    try:
        time.sleep(3.0)
        env = leet.environment(here.home)
        with Terminal(leet.show(target), columns=200, lines=60, env=env) as screen:
            time.sleep(8.0)
            pids = [screen.pid, *children(screen.pid)]
            before = cpu_seconds(pids)
            time.sleep(SECONDS)
            found = 100 * (cpu_seconds(pids) - before) / SECONDS, memory_mb(pids)
            for pid in pids[1:]:
                subprocess.run(["kill", "-9", str(pid)], check=False, stderr=subprocess.DEVNULL)
            return found
    finally:
        feeder.kill()
        feeder.wait()
