"""What the trainer prints. Every line is flushed, so that whoever watches sees it at once."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from console import __version__

BAR_CELLS = 56
COLOURS = {"INFO": 34, "WARN": 33, "ERROR": 31, "SUCCESS": 32}
"""Level → SGR colour of its tag."""
LOW_SHARE = 0.7
"""Part of the fair share below which an expert's load counts as out of balance."""
WARN_EVERY = 50

_PAGE = os.sysconf("SC_PAGE_SIZE")
MEMORY_BYTES = os.sysconf("SC_PHYS_PAGES") * _PAGE


def resident_bytes() -> int | None:
    """Memory this process holds; None where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return None


def processor() -> str:
    """The processor's name as the system gives it, else `CPU`."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "CPU")


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f}GB"


class Report:
    """Prints; knows when it last warned."""

    def __init__(self) -> None:
        forced = bool(os.environ.get("FORCE_COLOR")) and not os.environ.get("NO_COLOR")
        self._coloured = forced or sys.stdout.isatty()
        self._warned_at = -WARN_EVERY

    def line(self, text: str) -> None:
        print(text, flush=True)

    def level(self, level: str, text: str) -> None:
        tag = f"[{level}]"
        self.line(
            f"\x1b[{COLOURS[level]}m{tag}\x1b[0m {text}" if self._coloured else f"{tag} {text}"
        )

    def title(self) -> None:
        self.line(f"Initializing GLADIUS Training Pipeline v{__version__}")
        self.line("═" * 68)

    def ready(self, what: str, text: str) -> None:
        self.line(f"✓ {what}: {text}")

    def equipment(self, dataset: str, model: str, vocabulary: int, threads: int) -> str:
        """With what it trains; returns the device's name."""
        unit = "thread" if threads == 1 else "threads"
        device = f"{processor()} ({threads} {unit}, {MEMORY_BYTES / 1e9:.0f}GB RAM)"
        self.ready("Dataset", dataset)
        self.ready("Model", model)
        self.ready("Tokenizer", f"bytes (vocab_size={vocabulary})")
        self.ready("Device", device)
        return device

    def start(self, epoch: int, epochs: int, batch: int, batches: int) -> None:
        self.line("")
        self.line(f"Starting training: Epoch {epoch}/{epochs}, Batch {batch}/{batches}")
        self.line("─" * 68)

    def step(self, epoch: int, batch: int, loss: float, experts: Sequence[float]) -> None:
        """An expert that got no token is left out: its loss is not known."""
        known = [(index, value) for index, value in enumerate(experts) if not math.isnan(value)]
        parts = [f"Epoch {epoch}", f"Batch {batch}", f"Loss: {loss:.4f}"]
        self.line(" | ".join(parts + [f"Expert-{index}: {value:.3f}" for index, value in known]))

    def speed(self, tokens_per_second: float) -> None:
        """There is no GPU, so no temperature is printed."""
        parts = [f"Throughput: {tokens_per_second:,.0f} tokens/sec"]
        if (held := resident_bytes()) is not None:
            parts.append(f"Memory: {_gigabytes(held)}/{_gigabytes(MEMORY_BYTES)}")
        self.line(" | ".join(parts))

    def progress(self, done: float) -> None:
        full = int(done * BAR_CELLS)
        self.line(f"{'▓' * full}{'░' * (BAR_CELLS - full)} {done:.1%} complete")

    def details(self, shares: Sequence[float], rate: float, schedule: str, times: int) -> None:
        """What does not change with every step."""
        self.routing(shares)
        written = f"{rate:.1e}".replace("e-0", "e-")
        self.level("INFO", f"Learning rate: {written} ({schedule} schedule)")
        self.level("INFO", f"Gradient accumulation: {times} steps")

    def routing(self, shares: Sequence[float]) -> None:
        text = " ".join(f"E{index}:{share:.0%}" for index, share in enumerate(shares))
        self.level("INFO", f"Expert routing distribution: {text}")

    def imbalance(self, step: int, shares: Sequence[float]) -> None:
        """Warns of the least used expert, at most every WARN_EVERY steps."""
        least = min(range(len(shares)), key=shares.__getitem__)
        if shares[least] < LOW_SHARE / len(shares) and step - self._warned_at >= WARN_EVERY:
            self._warned_at = step
            text = f"Expert-{least} load imbalance detected ({shares[least]:.0%} utilization)"
            self.level("WARN", text)

    def saved(self, path: str, size: int, seconds: float, best: bool) -> None:
        note = ", best so far" if best else ""
        text = f"Checkpoint saved: {path} ({size / 1e6:.1f} MB, {seconds:.2f} s{note})"
        self.level("SUCCESS", text)

    def evaluated(self, what: str, loss: float, accuracy: float) -> None:
        self.level("INFO", f"{what}: loss {loss:.4f}, accuracy {accuracy:.1%}")
