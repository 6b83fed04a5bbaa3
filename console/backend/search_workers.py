"""Searching a long log with a few processes of our own, where ripgrep cannot help.

Each gets a part after the other, and the parts are read in their order. A process is started for
one search and ended by its own handle when nobody wants the rest; should we die, it sees the end
of its input, and on Linux the kernel ends it.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import sys
from array import array
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend.search_worker import END, WORD
from console.keeper import invocation

if TYPE_CHECKING:
    from console.core.sources import SearchPattern

MOST = 4
WAIT_SECONDS = 0.001
"""How long is waited for an answer at a time."""
_AHEAD = 2
"""Parts a process has, so that it need not wait for the next one."""
_READ_BYTES = 1 << 18
_PIPE_BYTES = 1 << 20


class Failed(Exception):
    """A process died; the rows before are all there."""


def count() -> int:
    """How many are started: one for each processor we may use, at most MOST."""
    try:
        processors = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        processors = os.cpu_count() or 1
    return min(MOST, processors)


def search(
    run_dir: Path, pattern: SearchPattern, parts: Iterator[array[int]]
) -> Iterator[list[int] | None]:
    """Matching rows of the parts in order, in portions; None while nothing new is known.

    A part is as `search_worker.py` wants it. Raises Failed and OSError.
    """
    workers: list[_Worker] = []
    waited = deque[_Worker]()
    try:
        for _ in range(niceness := count()):  # the more they are, the more they stand back
            workers.append(_Worker(run_dir, pattern, niceness))
            yield None
        for worker in workers * _AHEAD:
            if part := next(parts, None):
                worker.ask(part)
                waited.append(worker)
        while waited:
            worker = waited.popleft()
            yield from worker.portions()
            if part := next(parts, None):
                worker.ask(part)
                waited.append(worker)
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """One process."""

    def __init__(self, run_dir: Path, pattern: SearchPattern, niceness: int) -> None:
        """Raises OSError."""
        words = ["-P", "-m", "console.backend.search_worker", str(niceness), str(os.getpid())]
        self._process = subprocess.Popen(
            [sys.executable, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=invocation.WORKING_DIRECTORY,
            env=invocation.environment(),
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asks, self._answers = self._process.stdin, self._process.stdout.fileno()
        with suppress(OSError, AttributeError):
            fcntl.fcntl(self._answers, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._rest, self._words = b"", array("Q")
        asked = (str(run_dir.absolute()), pattern.text, pattern.regex, pattern.ignore_case)
        try:
            self._tell(json.dumps(asked).encode() + b"\n")
        except Failed:
            self.end()
            raise

    def ask(self, part: array[int]) -> None:
        """Gives it a part to search. Raises Failed."""
        self._tell(array("Q", (len(part),)).tobytes() + part.tobytes())

    def portions(self) -> Iterator[list[int] | None]:
        """What it finds in the first part not yet read. Raises Failed."""
        while True:
            if END in self._words:
                at = self._words.index(END)
                found = self._words[:at].tolist()
                del self._words[: at + 1]
                if found:
                    yield found
                return
            if self._words:
                yield self._words.tolist()
                self._words = array("Q")
            elif not select.select([self._answers], [], [], WAIT_SECONDS)[0]:
                yield None
            else:
                self._read()

    def end(self) -> None:
        """Ends it."""
        process = self._process
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()

    def _tell(self, data: bytes) -> None:
        try:
            while data:
                data = data[self._asks.write(data) :]
        except OSError as error:
            raise Failed(str(error)) from None

    def _read(self) -> None:
        data = self._rest + os.read(self._answers, _READ_BYTES)
        if len(data) == len(self._rest):
            raise Failed(f"a search process ended with {self._process.poll()}")
        whole = len(data) // WORD * WORD
        self._words.frombytes(data[:whole])
        self._rest = data[whole:]
