"""Keeps one process that reads the GPUs (gpu.py), replaces it when it is silent, knows its word."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from console.backend.roster import Roster
from console.backend.sensors.source import CALL_SECONDS
from console.backend.visible import Choice, chosen
from console.core.codec import decode
from console.core.protocol import Gpu
from console.keeper import clock
from console.keeper.invocation import WORKING_DIRECTORY

START_SECONDS = 30.0
"""Until the first reading: drivers without persistence wake every GPU first."""

PERIOD_SECONDS = 2.0
"""Between readings of a child that does not say."""

BEAT_SECONDS = 1.0
"""A call may have begun so long after the sign of life before it."""

ABSENT_SECONDS = 300.0
"""When to look again for a driver that was not there."""

FIRST_PAUSE_SECONDS = 2.0
LAST_PAUSE_SECONDS = 60.0
HEALTHY_READINGS = 5
"""A child that gave so many may be replaced at once again."""

LINE_BYTES = 1 << 20
END_SECONDS = 0.2
COMMAND = (sys.executable, "-P", "-m", "console.backend.gpu")


class Gpus:
    """The latest readings. Call `look` with every sample, `close` at the end."""

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        call_seconds: float = CALL_SECONDS,
        start_seconds: float = START_SECONDS,
        first_pause: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        self.note: str | None = None
        """Why there are no readings."""
        self.source: str | None = None
        """Where the readings come from."""
        self._command = command
        self._call_seconds = call_seconds
        self._start_seconds = start_seconds
        self._first_pause = self._pause = first_pause
        self._child: subprocess.Popen[bytes] | None = None
        self._next_m = 0.0
        self._heard_m = 0.0
        self._patience = start_seconds
        """How long the child may be silent."""
        self._is_begun = False
        self._good = 0
        self._why = ""
        self._rest = b""
        self._raw: list[dict[str, Any]] = []
        self._roster = Roster()

    def remember(self, gpus: Iterable[Gpu], source: str | None) -> None:
        """Takes over what an earlier backend saw, so that a GPU lost meanwhile is missed."""
        self._roster.remember(gpus, source)

    def read(self, pids: Collection[int], choices: Iterable[Choice] = ()) -> tuple[Gpu, ...]:
        """The readings. `pids` are those whose GPU memory is the trainer's, `choices` what they
        have of CUDA_VISIBLE_DEVICES and the like."""
        names = {str(pid) for pid in pids}
        gpus = tuple(gpu for raw in self._raw if (gpu := _gpu(raw, names)))
        visible = chosen(choices, gpus)
        if visible is None:
            return gpus
        return tuple(replace(gpu, trainer=bool(gpu.trainer) or gpu.id in visible) for gpu in gpus)

    def look(self) -> None:
        """Takes in what the child said; replaces one that is silent, dead or out of its mind."""
        now = clock.since_boot()
        if self._child is None:
            if now >= self._next_m:
                self._begin(now)
            return
        try:
            fine = self._listen(self._child, now)
        except (ValueError, TypeError, KeyError, RecursionError):
            fine = False
        if not fine or now - self._heard_m > self._patience:
            self._replace(now)

    def close(self) -> None:
        """Ends the child and what it runs."""
        if self._child is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
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
                process_group=0,
            )
        except OSError as error:
            self.note = f"GPUs cannot be read: {error.strerror}"
            self._next_m = now + ABSENT_SECONDS
            return
        if self._child.stdout:
            os.set_blocking(self._child.stdout.fileno(), False)
        self._heard_m, self._rest, self._why = now, b"", ""
        self._patience, self._is_begun, self._good = self._start_seconds, False, 0

    def _listen(self, child: subprocess.Popen[bytes], now: float) -> bool:
        """False when the child has ended. Raises ValueError and the like for what is no message."""
        has_ended = child.poll() is not None  # before reading: its last words count
        data = b""
        with suppress(BlockingIOError):
            while child.stdout and (part := os.read(child.stdout.fileno(), LINE_BYTES)):
                data += part
                if len(data) + len(self._rest) > LINE_BYTES:
                    raise ValueError("too much")
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(json.loads(line), now)
        return not has_ended

    def _take(self, message: Any, now: float) -> None:
        if not isinstance(message, dict):
            raise ValueError("not an object")
        self._heard_m = now
        if "note" in message:
            self.note, self._raw, self._pause = str(message["note"]), [], ABSENT_SECONDS
        elif "failed" in message:
            self._why = f" ({message['failed']})"
        elif "gpus" in message:
            self._take_reading(message)
        elif self._is_begun:
            self._patience = self._call_seconds + BEAT_SECONDS

    def _take_reading(self, message: dict[str, Any]) -> None:
        source = str(message.get("source") or "") or None
        self._raw = self._roster.call(list(message["gpus"]), source)
        self.source, self.note, self._is_begun = source, None, True
        period = float(message.get("period", PERIOD_SECONDS))
        self._patience = period + self._call_seconds
        self._good += 1
        if self._good == 1 and self._pause >= ABSENT_SECONDS:
            self._pause = self._first_pause
        if self._good >= HEALTHY_READINGS:
            self._pause = self._first_pause

    def _replace(self, now: float) -> None:
        """Ends the child; old readings are no readings."""
        self.close()
        self._next_m = now + self._pause
        if self._pause < ABSENT_SECONDS:
            self.note = f"GPU readings stopped{self._why}; trying again"
            self._pause = min(2 * self._pause, LAST_PAUSE_SECONDS)
        self._raw = []


def _gpu(raw: dict[str, Any], pids: Collection[str]) -> Gpu | None:
    """A reading that does not fit is not known; one without a number is none."""
    used = raw.get("processes")
    mine = [size for pid, size in (used or {}).items() if pid in pids]
    told = [size for size in mine if size is not None]
    own = {
        "memory_trainer": sum(told) if told else None,
        "processes": None if used is None else len(used),
        "trainer": True if mine else None,
    }
    known = {name: value for name, value in raw.items() if value is not None} | own
    try:
        gpu: Gpu = decode(Gpu, known)
    except (TypeError, ValueError):
        return None
    return gpu
