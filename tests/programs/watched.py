"""A trainer that nobody of ours starts: `watched.py STEPS SECONDS [--monitor …] [--then WHAT]`.

At the end: `exit`, `raise`, `vanish` (SIGKILL), or `linger` (the training is over, the process
goes on until its standard input closes). Its metrics have exact values.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time

from console.sdk import Link
from console.sdk.monitor import add_arguments, monitor


def loss(step: int) -> float:
    return 1.0 + 4.5 / (step + 1)


def save(step: int) -> str:
    return f"nothing is kept of step {step}"


def main() -> None:
    parser = add_arguments(argparse.ArgumentParser())
    parser.add_argument("steps", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--then", default="exit")
    parser.add_argument("--gate", help="begin when this file is there")
    args = parser.parse_args()
    watched = monitor(args, name="my-own")
    while args.gate and not os.path.exists(args.gate):
        time.sleep(0.01)
    link = Link(orders={"checkpoint": save}, total_steps=args.steps, model="tiny")
    for step in range(1, args.steps + 1):
        time.sleep(args.seconds)
        link.log(step=step, loss=loss(step), learning_rate=0.5**step)
        if step % 5 == 0:
            link.evaluated(step, loss=loss(step) / 2, accuracy=step / 1000)
        if link.boundary(step):
            break
    sys.stdout.write(f"made {step} steps in {os.environ.get('GLADIUS_RUN_ID', 'no run')}\n")
    sys.stdout.flush()
    if args.then == "raise":
        raise ValueError("the last batch was odd")
    if args.then == "vanish":
        os.kill(os.getpid(), signal.SIGKILL)
    if args.then == "linger":
        watched.close()
        sys.stdin.read()


if __name__ == "__main__":
    main()
