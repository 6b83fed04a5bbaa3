"""Puts a driver or a tool in place, and reads it through the real process that reads GPUs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.backend.gpus import COMMAND, Gpus
from tests.waiting import wait_until

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).parent
FAKE = HERE / "fake"
RECORDINGS = HERE / "recordings"
FAST = (*COMMAND, "0.05")
"""The real process, with little time between its readings."""


class Drivers:
    """What this machine has of drivers and tools: nothing, until it is put in place."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, patch
        self._kept: list[Gpus] = []
        self._bin = folder / "bin"
        self._bin.mkdir()
        self.nvml({"init": {"error": 12}, "frames": [[]]})
        patch.setenv("PATH", str(self._bin))
        patch.setenv("PYTHONPATH", str(FAKE))

    def nvml(self, recording: dict[str, Any]) -> None:
        path = self.folder / "nvml.json"
        path.write_text(json.dumps(recording))
        self._patch.setenv("GLADIUS_TEST_NVML", str(path))

    def program(self, name: str, recording: dict[str, Any] | Path) -> Path:
        """Returns the folder in which it counts its calls."""
        path, state = self.folder / f"{name}.json", self.folder / f"{name}.calls"
        state.mkdir(exist_ok=True)
        if isinstance(recording, Path):
            recording = json.loads(recording.read_text())
        path.write_text(json.dumps(recording))
        script = self._bin / name
        script.write_text(
            f"#!/bin/sh\nexec '{sys.executable}' -S '{FAKE}/replay.py' '{path}' '{state}' \"$@\"\n"
        )
        script.chmod(0o755)
        return state

    def begin(self, command: Sequence[str] = FAST, **times: float) -> Gpus:
        gpus = Gpus(command, first_pause=times.pop("first_pause", 0.05), **times)
        self._kept.append(gpus)
        return gpus

    def close(self) -> None:
        for gpus in self._kept:
            gpus.close()


def look_until(gpus: Gpus, condition: Callable[[], object], what: str = "") -> None:
    """Looks as the sampling does, until the condition is true."""
    wait_until(lambda: (gpus.look(), condition())[1], every=0.02, what=what)
