"""Keeps one process that reads the GPUs (gpu.py), replaces it when it is silent, knows its word."""

from __future__ import annotations

import asyncio
import json
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
COMMAND = (sys.executable, "-P", "-m", "console.backend.gpu")


class Gpus:
    """The latest readings. `run` as a task; cancel it to end the child."""

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
        self._first_pause = first_pause
        self._raw: list[dict[str, Any]] = []
        self._at = 0.0

    def read(self, pids: Collection[int]) -> tuple[Gpu, ...]:
        """The readings, none that are old. `pids` are those whose GPU memory is the trainer's."""
        if clock.since_boot() - self._at > self._silent_seconds:
            return ()
        found = (_gpu(raw, {str(pid) for pid in pids}) for raw in self._raw)
        return tuple(gpu for gpu in found if gpu)

    async def run(self) -> None:
        """Never ends by itself."""
        pause = self._first_pause
        while True:
            started = clock.since_boot()
            absent = await self._attend()
            if clock.since_boot() - started > LAST_PAUSE_SECONDS:
                pause = self._first_pause
            await asyncio.sleep(ABSENT_SECONDS if absent else pause)
            pause = min(2 * pause, LAST_PAUSE_SECONDS)

    async def _attend(self) -> bool:
        """One child from start to end; True when it said that there is nothing to read."""
        try:
            child = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                cwd=WORKING_DIRECTORY,
                limit=LINE_BYTES,
            )
        except OSError as error:
            self.note = f"GPUs cannot be read: {error.strerror}"
            return False
        try:
            return await self._listen(child.stdout) if child.stdout else False
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            with suppress(asyncio.TimeoutError):  # stuck in the driver: the kernel keeps it
                await asyncio.wait_for(child.wait(), 1.0)

    async def _listen(self, pipe: asyncio.StreamReader) -> bool:
        while True:
            try:
                text = await asyncio.wait_for(pipe.readline(), self._silent_seconds)
                message = json.loads(text) if text else None
            except (TimeoutError, ValueError):
                message = None
            if not isinstance(message, dict):
                self.note = "GPU readings stopped; trying again"
                return False
            if "note" in message:
                self.note = str(message["note"])
                return True
            self._raw, self._at, self.note = message.get("gpus") or [], clock.since_boot(), None


def _gpu(raw: dict[str, Any], pids: Collection[str]) -> Gpu | None:
    used = raw.get("processes") or {}
    mine = [size for pid, size in used.items() if pid in pids]
    known = {name: value for name, value in raw.items() if value is not None}
    try:
        gpu: Gpu = decode(Gpu, known | {"memory_trainer": sum(mine) if mine else None})
    except (TypeError, ValueError):
        return None
    return gpu
