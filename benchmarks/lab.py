"""The product under measurement: a run of its own in a folder of its own, and what it costs."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.pty.terminal import Terminal

PROGRAMS = Path(__file__).parent / "programs"
CONSOLE = [sys.executable, "-m", "console"]
HZ = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Lab:
    """A state folder, removed at the end together with every run that was started in it."""

    home: Path
    runs: list[Path] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "GLADIUS_HOME": str(self.home / "state")}

    def config(self, *command: str) -> Path:
        """A configuration that starts `command`."""
        path = self.home / f"config{len(self.runs)}-{time.monotonic_ns()}.yaml"
        path.write_text(f"run:\n  command: {json.dumps(list(command))}\n")
        return path

    def start(self, *command: str) -> Path:
        """Starts a run without a screen; returns its directory."""
        done = subprocess.run(
            [*CONSOLE, "train", "--config", str(self.config(*command)), "--detach", "--json"],
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        directory = Path(json.loads(done.stdout)["dir"])
        self.runs.append(directory)
        return directory

    def attach(self, run: Path, columns: int = 200, lines: int = 60) -> Terminal:
        """A screen on a run."""
        return Terminal([*CONSOLE, "attach", run.name], columns=columns, lines=lines, env=self.env)

    def order(self, *arguments: str) -> None:
        subprocess.run([*CONSOLE, *arguments], env=self.env, capture_output=True, check=False)


@contextmanager
def lab() -> Iterator[Lab]:
    """A laboratory; nothing of it is left afterwards."""
    home = Path(tempfile.mkdtemp(prefix="gladius-bench-"))
    made = Lab(home)
    try:
        yield made
    finally:
        for run in made.runs:
            end(run)
        shutil.rmtree(home, ignore_errors=True)


def end(run: Path) -> None:
    """Ends the processes of one run, ours and the trainer's, by pid."""
    trainer = read_json(run / "trainer.json").get("identity", {}).get("pid")
    for pid in [*of_run(run), *([trainer] if trainer else [])]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def read_json(path: Path) -> dict:  # type: ignore[type-arg]
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def of_run(run: Path) -> list[int]:
    """Pids of keeper and backend of a run, and of the backend's children."""
    mine = str(run).encode()
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            words = Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if mine in words and any(word.startswith(b"console.") for word in words):
            found.append(int(entry))
    return sorted(
        {pid for top in found for pid in (top, *children(top)) if not is_trainer(run, pid)}
    )


def is_trainer(run: Path, pid: int) -> bool:
    return pid == read_json(run / "trainer.json").get("identity", {}).get("pid")


def children(pid: int) -> list[int]:
    """All descendants."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                found += [int(child), *children(int(child))]
    return found


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of these processes so far."""
    total = 0.0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / HZ
    return total


def memory_mb(pids: Sequence[int]) -> float:
    """Proportional set size: shared pages counted once."""
    total = 0
    for pid in pids:
        with suppress(OSError, AttributeError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))  # type: ignore[union-attr]
    return total / 1024


def wait_for_file(path: Path, timeout: float = 120.0) -> None:
    """Until `path` exists. Raises TimeoutError."""
    deadline = time.monotonic() + timeout
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} did not appear within {timeout} s")
        time.sleep(0.002)


def program(name: str, *arguments: object) -> list[str]:
    """The command of a program in `programs/`."""
    return [sys.executable, str(PROGRAMS / f"{name}.py"), *map(str, arguments)]
