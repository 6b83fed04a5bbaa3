"""Where the trainer saves: which folder, and that its disk is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.backend import savefolder
from console.backend.gpus import Gpus
from console.backend.lifecycle import Lifecycle
from console.backend.telemetry import SAMPLES_A_SEARCH, Telemetry
from console.core.protocol import Sampled, Saved
from console.core.state import Checkpoint, RunState
from tests.backend.live import Memory, describe
from tests.waiting import wait_until

OTHER = Path("/dev/shm")


def run(path: str | None = None, **tree: dict[str, object]) -> RunState:
    state = RunState()
    state.run.cwd = "/home/ana/llm"
    state.configuration.tree = dict(tree)
    if path is not None:
        state.checkpoints.last = Checkpoint(path)
    return state


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (run("/mnt/big/step-5.pt"), "/mnt/big"),
        (run("out/step-5.pt"), "/home/ana/llm/out"),
        (run("/mnt/big/a", run={"checkpoint_dir": "/elsewhere"}), "/mnt/big"),
        (run(run={"checkpoint_dir": "out"}), "/home/ana/llm/out"),
        (run(checkpointing={"folder": "/mnt/big"}), "/mnt/big"),
        (run(checkpointing={"folder": "{run_dir}/checkpoints"}), None),
        (run("", run={"checkpoint_dir": None}), None),
        (run(run={"checkpoint_dir": 7}), None),
        (run(), None),
    ],
)
def test_where_the_next_checkpoint_goes(state: RunState, expected: str | None) -> None:
    found = savefolder.of(state)
    assert (found and str(found)) == expected


def is_apart(path: Path) -> bool:
    return OTHER.is_dir() and os.stat(OTHER).st_dev != os.stat(path).st_dev


def test_a_sample_tells_of_the_disk_of_the_last_checkpoint(tmp_path: Path) -> None:
    if not is_apart(tmp_path):
        pytest.skip("no other file system here")
    memory = Memory(describe(tmp_path / "20260102-030405-abcd", os.getpid()))
    gpus = Gpus(("true",))
    telemetry = Telemetry(memory, Lifecycle(memory.run_dir, memory), gpus)
    memory.apply(Saved(t=1.0, m=1.0, step=1, path=f"{OTHER}/step-1.pt", bytes=5))
    try:
        for _ in range(SAMPLES_A_SEARCH + 1):  # the disks are looked at with every search
            telemetry.sample()
            asking = telemetry._volumes._asking
            wait_until(lambda asking=asking: asking is None or not asking.is_alive())
    finally:
        gpus.close()
    assert memory.kinds(Sampled)[-1].checkpoint_disk_free is not None
    assert memory.state.system.checkpoint_disk_free is not None
