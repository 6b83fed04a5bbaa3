"""The whole product in a folder of its own: start runs, call verbs, find and end its processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.pty.terminal import Terminal

CONSOLE = (sys.executable, "-m", "console")


@dataclass(slots=True)
class Product:
    """A state folder and the runs that were started in it."""

    home: Path
    runs: list[Path] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        dropped = ("CI", "SLURM_JOB_ID", "NO_COLOR", "GLADIUS_RUN_ID", "GLADIUS_RUN_DIR",
                   "COLUMNS", "LINES")  # fmt: skip
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return {**kept, "GLADIUS_HOME": str(self.home / "state")}

    def call(self, *words: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Calls a verb; standard input is empty and the working directory is the home."""
        return subprocess.run(
            [*CONSOLE, *words],
            env=self.env,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def json(self, *words: str) -> Any:
        """What a verb prints with --json."""
        done = self.call(*words, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def config(self, *command: str, extra: str = "") -> Path:
        """A configuration that starts `command`."""
        path = self.home / f"job-{os.urandom(4).hex()}.yaml"
        path.write_text(f"run:\n  command: {json.dumps(list(command))}\n{extra}")
        return path

    def start(self, *command: str, extra: str = "") -> Path:
        """Starts a run without a screen; returns its directory."""
        config = str(self.config(*command, extra=extra))
        done = self.call("train", "--config", config, "--detach", "--json")
        assert done.returncode == 0, done.stderr
        directory = Path(json.loads(done.stdout)["dir"])
        self.runs.append(directory)
        return directory

    def attach(self, run: Path, columns: int = 120, lines: int = 40) -> Terminal:
        """A screen on a run, on a terminal of its own."""
        return Terminal([*CONSOLE, "attach", run.name], columns=columns, lines=lines, env=self.env)


@contextmanager
def product() -> Iterator[Product]:
    """The product; nothing of it is left afterwards."""
    made = Product(Path(tempfile.mkdtemp(prefix="gladius-")))
    try:
        yield made
    finally:
        for run in made.runs:
            end(run)
        shutil.rmtree(made.home, ignore_errors=True)


def read_json(path: Path) -> Mapping[str, Any]:
    """A JSON object in a file; empty when there is none."""
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def trainer_pid(run: Path) -> int | None:
    """The pid of the trainer that was recorded."""
    return read_json(run / "trainer.json").get("identity", {}).get("pid")


def ours(run: Path) -> dict[int, str]:
    """The processes of keeper and backend of a run: pid → module, e.g. `console.keeper`."""
    found = {}
    for pid, words in _command_lines().items():
        if str(run).encode() in words:
            module = next((word for word in words if word.startswith(b"console.")), None)
            if module is not None and pid != trainer_pid(run):
                found[pid] = module.decode()
    return found


def _command_lines() -> dict[int, list[bytes]]:
    found = {}
    for entry in os.listdir("/proc"):
        with suppress(OSError):
            if entry.isdigit():
                found[int(entry)] = Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0")
    return found


def children(pid: int) -> list[int]:
    """All descendants of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                found += [int(child), *children(int(child))]
    return found


def with_children(run: Path) -> list[int]:
    """Pids of ours and of their children, without the trainer and its own."""
    trainer = trainer_pid(run)
    theirs = {trainer, *children(trainer)} if trainer else set()
    every = {pid for top in ours(run) for pid in (top, *children(top))}
    return sorted(every - theirs)


def end(run: Path) -> None:
    """Ends what is left of a run, by pid."""
    pids = with_children(run)
    trainer = trainer_pid(run)
    if trainer and read_json(run / "exit.json") == {}:
        words = _command_lines().get(trainer, [])
        if _belongs(trainer, run) and words:
            pids += [trainer, *children(trainer)]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _belongs(pid: int, run: Path) -> bool:
    """Whether a process carries the run's id: a pid alone may have passed to a stranger."""
    try:
        return f"GLADIUS_RUN_ID={run.name}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
