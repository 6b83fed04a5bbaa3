"""A trainer for the tests of the command line: quick, exact, and able to do everything.

`able.py STEPS SECONDS [WORD …]`: so many steps (0: until it is told to stop), so long each;
the words are printed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from console.sdk import Link

TOTAL = 400


def loss(step: int) -> float:
    """The loss of a step: no number at step 3."""
    return float("nan") if step == 3 else 1.0 + 4.5 / (step + 1)


def learning_rate(step: int) -> float:
    return 1e-3 * 0.99**step


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def save(step: int) -> str:
    """Writes a checkpoint; its path."""
    path = Path(os.environ["GLADIUS_RUN_DIR"]) / f"step-{step}.ckpt"
    path.write_text(json.dumps({"step": step}))
    return str(path)


def begin() -> int:
    """The step to go on from, as the checkpoint handed over says."""
    resume = os.environ.get("GLADIUS_RESUME")
    return int(json.loads(Path(resume).read_text())["step"]) if resume else 0


def main() -> None:
    steps, seconds = int(sys.argv[1]), float(sys.argv[2])
    first = begin()
    say(" ".join(["words:", *sys.argv[3:]]))
    say(f"goes on from step {first}")
    link = Link(
        orders={"checkpoint": save, "validate": lambda _: {"loss": 2.5, "accuracy": 0.75}},
        total_steps=steps or TOTAL,
        batches_per_epoch=100,
    )
    for step in range(first + 1, first + (steps or 10**9) + 1):
        time.sleep(seconds)
        link.log(
            step=step,
            loss=loss(step),
            learning_rate=learning_rate(step),
            throughput=1000.0 + step,
            epoch=step / 100,
            batch=step,
            experts=[1.5, 2.5],
            expert_share=[0.25, 0.75],
        )
        say(f"step {step}")
        if link.boundary(step):
            break
    say("\x1b[31mlast words\x1b[0m")


if __name__ == "__main__":
    main()
