"""`python -P -m console.backend DIR`: understands and records one run, until it is final.

There is one at a time; whoever comes second, or after the end, leaves at once with exit code 0.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from pathlib import Path

from console.backend.service import Service
from console.backend.store import NewerSchema
from console.keeper import lock, rundir

NICENESS = 5


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python -P -m console.backend RUN_DIRECTORY\n")
        return 2
    run_dir = Path(arguments[0])
    try:
        held = lock.take(run_dir / rundir.BACKEND_LOCK)
        if held is None or (run_dir / rundir.FINAL).exists():
            return 0
        settle()
        asyncio.run(serve(run_dir))
    except (OSError, NewerSchema) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def serve(run_dir: Path) -> None:
    service = Service(run_dir)
    gc.freeze()  # what was imported and built by now stays: not to be looked through again
    await service.run()


def settle() -> None:
    """A background process: private files, deaf to terminals, behind the trainer in the queue."""
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if os.getpriority(os.PRIO_PROCESS, 0) < NICENESS:
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
