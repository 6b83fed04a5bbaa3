"""Trainers of other libraries, run as people run them: in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from console.sdk.reporter import RANKS, WORLDS
from tests.product import children
from tests.sdk.conftest import BOOT, Desk
from tests.waiting import wait_until

PROGRAMS = Path(__file__).parent / "programs"
ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Job:
    """A training with a console's desk beside it."""

    desk: Desk
    process: subprocess.Popen[str]
    out: Path
    seen: set[int] = field(default_factory=set)
    """Every process that was ever below it."""

    def reached(self, step: int, timeout: float = 90.0) -> None:
        """Waits until it has told of the step."""

        def there() -> bool:
            assert self.process.poll() is None, self.said()
            return any(record["step"] >= step for record in self.desk.records("log"))

        wait_until(there, timeout, every=0.02, what=f"step {step}")

    def obeys(self, cmd: str, timeout: float = 60.0, **fields: Any) -> dict[str, Any]:
        """Sends an order and waits for its end; returns the answer."""
        order = self.desk.send(cmd, **fields)

        def ended() -> bool:
            return set(self.desk.outcomes(order)) > {"received"} or "rejected" in (
                self.desk.outcomes(order)
            )

        wait_until(ended, timeout, every=0.02, what=f"{cmd} answered; {self.process.poll()}")
        return self.desk.answer(order)

    def ends(self, timeout: float = 90.0) -> int:
        """Waits for its end; no process of it is left. Returns the exit code."""
        self.watch()
        code = self.process.wait(timeout)
        wait_until(lambda: not any(map(_lives, self.seen)), 20, what=f"{self.seen} gone")
        return code

    def watch(self) -> list[int]:
        """The processes below it now."""
        now = children(self.process.pid)
        self.seen.update(now)
        return now

    def said(self) -> str:
        return (self.out / "output.txt").read_text()

    def losses(self) -> list[tuple[int, float]]:
        return [tuple(pair) for pair in json.loads((self.out / "losses.json").read_text())]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Jobs:
    """Starts trainings, and ends what is left of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[Job] = []

    def start(self, program: str, ranks: int = 0, watched: bool = True, **options: Any) -> Job:
        """`ranks` > 0: under torchrun."""
        home = self.folder / f"job-{len(self.made)}"
        out = home / "out"
        out.mkdir(parents=True)
        for name in ("inbox.fifo", "nudge.fifo"):
            os.mkfifo(home / name, 0o600)
        (home / "run.json").write_text(json.dumps({"boot": BOOT}))
        command = [sys.executable, str(PROGRAMS / program), str(out), json.dumps(options)]
        if ranks:
            command[1:1] = [
                "-m", "torch.distributed.run", "--nproc-per-node", str(ranks),
                "--master-addr", "127.0.0.1", "--master-port", str(_free_port()),
            ]  # fmt: skip
        with open(out / "output.txt", "w") as output:
            process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, text=True,
                env=_environment(home if watched else None), cwd=out, start_new_session=True,
            )  # fmt: skip
        job = Job(Desk(home), process, out)
        self.made.append(job)
        return job

    def end(self) -> None:
        for job in self.made:
            for pid in (*job.watch(), *job.seen, job.process.pid):
                with suppress(ProcessLookupError):
                    if _lives(pid):
                        os.kill(pid, signal.SIGKILL)
            job.process.wait()
            job.desk.close()


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _environment(home: Path | None) -> dict[str, str]:
    dropped = {*RANKS, *WORLDS, "GLADIUS_RUN_DIR"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    kept |= {
        "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1", "KERAS_BACKEND": "torch", "CUDA_VISIBLE_DEVICES": "",
        "TOKENIZERS_PARALLELISM": "false",
    }  # fmt: skip
    return kept | ({"GLADIUS_RUN_DIR": str(home)} if home else {})


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    made = Jobs(tmp_path)
    yield made
    made.end()
