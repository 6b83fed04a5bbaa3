"""The processes of a run one by one: memory, CPU, GPU memory, secrets masked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from console.backend.processlist import ProcessList
from console.core.processes import ProcessReading
from console.core.protocol import Gpu
from tests.backend.live import describe
from tests.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

BUSY = "import sys\nbytearray(30_000_000)\nprint(1, flush=True)\nwhile 1: pass"


class FakeGpus:
    """GPU 2 is used by one process."""

    def __init__(self, pid: int) -> None:
        self.pid, self.closed, self.looked = pid, False, 0

    def look(self) -> None:
        self.looked += 1

    def read(self, pids: Any, choices: Any = ()) -> tuple[Gpu, ...]:
        mine = self.pid in pids
        return (Gpu(1), Gpu(2, memory_trainer=7 if mine else None, trainer=mine or None))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def trainer(tmp_path: Path) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    run_dir = tmp_path / "20260102-030405-abcd"
    env = {**os.environ, "GLADIUS_RUN_ID": run_dir.name}
    words = [sys.executable, "-c", BUSY, "--api-key", "hidden123"]
    process = subprocess.Popen(words, env=env, start_new_session=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    describe(run_dir, process.pid)
    yield run_dir, process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_process_with_what_it_uses(trainer: tuple[Path, subprocess.Popen[bytes]]) -> None:
    run_dir, process = trainer
    gpus = FakeGpus(process.pid)
    reader = ProcessList(run_dir, lambda: gpus)  # type: ignore[arg-type,return-value]
    (first,) = reader.read().processes
    assert first.pid == process.pid
    assert first.cpu is None
    assert first.memory is not None
    assert first.memory > 5_000_000
    assert "hidden123" not in first.command
    assert (first.gpu_memory, first.gpus) == (7, ("2",))

    def busy() -> bool:
        (again,) = reader.read().processes
        return (again.cpu or 0.0) > 10.0

    wait_until(busy, every=0.2)
    process.kill()
    process.wait()
    wait_until(lambda: reader.read().processes == ())
    reader.close()
    reader.close()
    assert gpus.closed
    assert reader.read() == ProcessReading()


def test_the_host_has_memory(tmp_path: Path) -> None:
    reader = ProcessList(tmp_path, lambda: FakeGpus(0))  # type: ignore[arg-type,return-value]
    found = reader.read()
    assert found.processes == ()
    assert (found.host_memory or 0) > 100_000_000
