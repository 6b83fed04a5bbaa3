"""An export in a process of its own: a screen stays as fast as it is while a long one is written.

Standard input is one JSON object: {"run_dir", "name", "here", "folder", "parts", "force"}. Standard
output gets one a line: {"file", "done", "expected"} now and then, and at the end one of
{"exported": …}, {"occupied": why}, {"refused": why}, {"cancelled": why}, {"failed": why}. SIGTERM
cancels, and so does the end of whoever reads.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from console.backend.exporting.exporter import RunExporter
from console.core.export_parts import Cancelled, Occupied, Progress, Refused

TELL_SECONDS = 0.1
NICE = 10
"""The trainer's own work goes first."""


class _Teller:
    """Says how far it is, a few times a second."""

    def __init__(self) -> None:
        self._told = float("-inf")
        self._is_cancelled = False
        signal.signal(signal.SIGTERM, self._cancel)

    def _cancel(self, _number: int, _frame: object) -> None:
        self._is_cancelled = True

    def __call__(self, progress: Progress) -> bool:
        now = time.monotonic()
        if now - self._told >= TELL_SECONDS:
            self._told = now
            say(asdict(progress))
        return not self._is_cancelled


def say(what: dict[str, Any]) -> None:
    """One line. Raises Cancelled when nobody reads any more."""
    try:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Cancelled("nobody waits for it any more") from None


def main() -> int:
    """0 when it is written, else 1."""
    teller = _Teller()
    with suppress(OSError):
        os.nice(NICE)
    asked = json.load(sys.stdin)
    exporter = RunExporter(Path(asked["run_dir"]), asked["name"], Path(asked["here"]))
    try:
        made = exporter.write(asked["folder"], asked["parts"], force=asked["force"], tell=teller)
    except Occupied as error:
        answer: dict[str, Any] = {"occupied": str(error)}
    except Refused as error:
        answer = {"refused": str(error)}
    except Cancelled as error:
        answer = {"cancelled": str(error)}
    except OSError as error:
        answer = {"failed": error.strerror or str(error)}
    else:
        answer = {"exported": asdict(made)}
    with suppress(Cancelled):
        say(answer)
    return 0 if "exported" in answer else 1


if __name__ == "__main__":
    sys.exit(main())
