"""Trainers that know nothing of the console, and behave as the sources of the real ones say.

`foreign.py KIND FOLDER [OPTION …]`: see KINDS. Each prints `ready` when its handlers are set.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

STEP_SECONDS = 0.02
FOLDER = Path(sys.argv[2] if len(sys.argv) > 2 else ".")
RANK = os.environ.get("RANK", "")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def steps() -> Iterator[int]:
    """Says that it is ready, then a step at a time."""
    say("ready")
    for step in range(1, 100_000):
        time.sleep(STEP_SECONDS)
        yield step


def save(step: int) -> None:
    """As Hugging Face's Trainer: a folder, at last its trainer_state.json."""
    folder = FOLDER / f"checkpoint-{step}"
    folder.mkdir()
    time.sleep(0.1)
    (folder / "trainer_state.json").write_text("{}")


def note(word: str) -> None:
    """Leaves a mark that this rank did something."""
    (FOLDER / f"{word}-{RANK or 'alone'}").touch()


def axolotl() -> None:
    """Looks for its trigger file every 10 steps; SIGINT saves the weights and ends."""

    def end(*_: object) -> None:
        (FOLDER / "model.safetensors").touch()
        sys.exit(0)

    signal.signal(signal.SIGINT, end)
    trigger = FOLDER / "axolotl_checkpoint.save"
    for step in steps():
        if step % 10 == 0 and trigger.exists():
            trigger.unlink()
            say(f"Dynamic checkpoint triggered via file '{trigger.name}' at step {step}")
            save(step)


def forgetful() -> None:
    """Takes its trigger file, and saves nothing."""
    for _ in steps():
        (FOLDER / "axolotl_checkpoint.save").unlink(missing_ok=True)


def jit() -> None:
    """SIGTERM: waits a moment, saves at a boundary, ends."""
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: threading.Timer(0.2, asked.set).start())
    for step in steps():
        if asked.is_set():
            save(step)
            return


def megatron() -> None:
    """SIGTERM with --exit-signal-handler: saves and ends at the next iteration."""
    asked: list[int] = []
    if "--exit-signal-handler" in sys.argv:
        signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    for step in steps():
        if asked:
            note("saved")
            say(f"saving checkpoint at iteration {step}")
            say("[exiting program after receiving SIGTERM.] datetime: 2026-01-02 03:04:05")
            return


def lightning() -> None:
    """SIGUSR1: an hpc checkpoint, then Slurm is asked to requeue."""
    asked: list[int] = []
    signal.signal(signal.SIGUSR1, lambda number, _: asked.append(number))
    for _ in steps():
        if asked.pop() if asked else None:
            say("Handling auto-requeue signal: 10")
            time.sleep(0.7)
            note("hpc")
            say("Requeued SLURM job: 7")


def timm() -> None:
    """SIGINT ends it cleanly."""
    try:
        for _ in steps():
            pass
    except KeyboardInterrupt:
        pass
    note("interrupted")
    say("*** Best metric: 71.2 (epoch 3)")


def signalled() -> None:
    """SIGUSR1 saves, and it says so in words of its own."""
    signal.signal(signal.SIGUSR1, lambda *_: say("model is safe now"))
    for _ in steps():
        pass


def once() -> None:
    """The first SIGUSR1 saves, the others do nothing."""
    told: list[int] = []

    def tell(number: int, _frame: object) -> None:
        if not told:
            say("model is safe now")
        told.append(number)

    signal.signal(signal.SIGUSR1, tell)
    for _ in steps():
        pass


def deaf() -> None:
    """Hears SIGUSR1 and SIGTERM, and does nothing."""
    signal.signal(signal.SIGUSR1, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)
    for _ in steps():
        pass


def watching() -> None:
    """Looks for `validate.now` in its folder and takes it."""
    for _ in steps():
        (FOLDER / "validate.now").unlink(missing_ok=True)


def rank() -> None:
    """One of several: SIGTERM and SIGUSR1 leave marks; it has a data loader below it."""
    loader = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], stdout=subprocess.DEVNULL
    )
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, lambda number, _: asked.append(number))
    note("up")
    for _ in steps():
        if signal.SIGUSR1 in asked:
            asked.remove(signal.SIGUSR1)
            note("usr1")
        if asked:
            break
    loader.kill()
    loader.wait()
    note("term")


KINDS: dict[str, Callable[[], None]] = {
    one.__name__: one
    for one in (
        axolotl, forgetful, jit, megatron, lightning, timm, signalled, once, deaf, watching, rank,
    )
}  # fmt: skip

if __name__ == "__main__":
    KINDS[sys.argv[1]]()
