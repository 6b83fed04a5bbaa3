"""Keeps one process that reads the GPUs (gpu.py), replaces it when it is silent, knows its word."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any

from console.backend.gpu import PERIOD_SECONDS
from console.core.codec import decode
from console.core.protocol import Gpu
from console.keeper import clock
from console.keeper.invocation import WORKING_DIRECTORY

SILENT_SECONDS = 3 * PERIOD_SECONDS
ABSENT_SECONDS = 300.0
"""When to look again for a driver that was not there."""

FIRST_PAUSE_SECONDS = 2.0
LAST_PAUSE_SECONDS = 60.0
LINE_BYTES = 1 << 20
END_SECONDS = 0.2
COMMAND = (sys.executable, "-P", "-m", "console.backend.gpu")


class Gpus:
    """The latest readings. Call `look` with every sample, `close` at the end."""

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        silent_seconds: float = SILENT_SECONDS,
        first_pause: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        self.note: str | None = None
        """Why there are no readings."""
        self._command = command
        self._silent_seconds = silent_seconds
        self._first_pause = self._pause = first_pause
        self._child: subprocess.Popen[bytes] | None = None
        self._next_m = 0.0
        self._heard_m = 0.0
        self._rest = b""
        self._raw: list[dict[str, Any]] = []

    def read(self, pids: Collection[int]) -> tuple[Gpu, ...]:
        """The readings. `pids` are those whose GPU memory is the trainer's."""
        found = (_gpu(raw, {str(pid) for pid in pids}) for raw in self._raw)
        return tuple(gpu for gpu in found if gpu)

    def look(self) -> None:
        """Takes in what the child said; replaces one that is silent, dead or out of its mind."""
        now = clock.since_boot()
        if self._child is None:
            if now >= self._next_m:
                self._begin(now)
            return
        try:
            fine = self._listen(self._child, now)
        except ValueError:
            fine = False
        if not fine or now - self._heard_m > self._silent_seconds:
            self._replace(now)

    def close(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        with suppress(subprocess.TimeoutExpired):  # stuck in the driver: the kernel keeps it
            self._child.wait(END_SECONDS)
        if self._child.stdout:
            self._child.stdout.close()
        self._child = None

    def _begin(self, now: float) -> None:
        try:
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=WORKING_DIRECTORY,
            )
        except OSError as error:
            self.note = f"GPUs cannot be read: {error.strerror}"
            self._next_m = now + ABSENT_SECONDS
            return
        if self._child.stdout:
            os.set_blocking(self._child.stdout.fileno(), False)
        self._heard_m, self._rest = now, b""

    def _listen(self, child: subprocess.Popen[bytes], now: float) -> bool:
        """False when the child has ended. Raises ValueError for what is no message."""
        data = b""
        with suppress(BlockingIOError):
            while child.stdout and (part := os.read(child.stdout.fileno(), LINE_BYTES)):
                data += part
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line), now)
        return child.poll() is None

    def _take(self, message: Any, now: float) -> None:
        if not isinstance(message, dict):
            raise ValueError("not an object")
        self._heard_m = now
        if "note" in message:
            self.note, self._raw, self._pause = str(message["note"]), [], ABSENT_SECONDS
            return
        self._raw, self.note = message.get("gpus") or [], None
        self._pause = self._first_pause

    def _replace(self, now: float) -> None:
        """Ends the child; old readings are no readings."""
        self.close()
        self._next_m = now + self._pause
        if self._pause < ABSENT_SECONDS:
            self.note = "GPU readings stopped; trying again"
            self._pause = min(2 * self._pause, LAST_PAUSE_SECONDS)
        self._raw = []


def _gpu(raw: dict[str, Any], pids: Collection[str]) -> Gpu | None:
    used = raw.get("processes") or {}
    mine = [size for pid, size in used.items() if pid in pids]
    known = {name: value for name, value in raw.items() if value is not None}
    try:
        gpu: Gpu = decode(Gpu, known | {"memory_trainer": sum(mine) if mine else None})
    except (TypeError, ValueError):
        return None
    return gpu
