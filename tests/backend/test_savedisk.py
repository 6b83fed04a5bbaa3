"""The file system the trainer saves to: which folder, which disk, and that nobody waits for it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from console.backend import savedisk
from console.backend.gpus import Gpus
from console.backend.lifecycle import Lifecycle
from console.backend.savedisk import SaveDisk, elsewhere, folder
from console.backend.telemetry import Telemetry
from console.core.protocol import Sampled, Saved
from console.core.state import Checkpoint, RunState
from tests.backend.live import Memory, describe
from tests.waiting import wait_until

OTHER = Path("/dev/shm")


def run(path: str | None = None, **tree: dict[str, object]) -> RunState:
    state = RunState()
    state.run.cwd = "/work/llm"
    state.configuration.tree = dict(tree)
    if path is not None:
        state.checkpoints.last = Checkpoint(path)
    return state


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (run("/mnt/big/step-5.pt"), "/mnt/big"),
        (run("out/step-5.pt"), "/work/llm/out"),
        (run("/mnt/big/a", run={"checkpoint_dir": "/elsewhere"}), "/mnt/big"),
        (run(run={"checkpoint_dir": "out"}), "/work/llm/out"),
        (run(checkpointing={"folder": "/mnt/big"}), "/mnt/big"),
        (run(checkpointing={"folder": "{run_dir}/checkpoints"}), None),
        (run("", run={"checkpoint_dir": None}), None),
        (run(run={"checkpoint_dir": 7}), None),
        (run(), None),
    ],
)
def test_where_the_next_checkpoint_goes(state: RunState, expected: str | None) -> None:
    found = folder(state)
    assert (found and str(found)) == expected


def test_the_runs_own_file_system_is_not_told_twice_and_nonsense_is_not_known(
    tmp_path: Path,
) -> None:
    assert elsewhere(tmp_path, tmp_path / "not" / "yet") is None
    assert elsewhere(tmp_path, Path("/a\0b")) is None
    assert elsewhere(tmp_path / "gone", tmp_path) is None


def is_apart(path: Path) -> bool:
    return OTHER.is_dir() and os.stat(OTHER).st_dev != os.stat(path).st_dev


def test_another_file_system_is_told_also_before_the_folder_is_there(tmp_path: Path) -> None:
    if not is_apart(tmp_path):
        pytest.skip("no other file system here")
    free = elsewhere(tmp_path, OTHER / "gladius-not-yet" / "x")
    facts = os.statvfs(OTHER)
    assert free is not None
    assert 0 < free <= facts.f_blocks * facts.f_frsize


def test_a_file_system_that_does_not_answer_delays_nobody_and_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, asked, answers = [100.0], list[Path](), threading.Event()
    monkeypatch.setattr(savedisk.clock, "since_boot", lambda: now[0])

    def ask(_run: Path, where: Path) -> int:
        asked.append(where)
        answers.wait(30)
        return 7

    disk, state = SaveDisk(tmp_path, ask), run("/mnt/dead/step-1.pt")
    try:
        for _ in range(20):
            assert disk.free(state) is None
            now[0] += 30
        assert asked == [Path("/mnt/dead")]
    finally:
        answers.set()
    assert wait_until(lambda: disk.free(state)) == 7
    wait_until(lambda: not disk._thread or not disk._thread.is_alive())
    now[0] += 61
    assert disk.free(run()) is None  # nobody asks any more: what is old is not told


def test_a_sample_tells_of_the_disk_of_the_last_checkpoint(tmp_path: Path) -> None:
    if not is_apart(tmp_path):
        pytest.skip("no other file system here")
    memory = Memory(describe(tmp_path / "20260102-030405-abcd", os.getpid()))
    gpus = Gpus(("true",))
    telemetry = Telemetry(memory, Lifecycle(memory.run_dir, memory), gpus)
    memory.apply(Saved(t=1.0, m=1.0, step=1, path=f"{OTHER}/step-1.pt", bytes=5))
    try:
        telemetry.sample()
        wait_until(lambda: not telemetry._saves._thread.is_alive())  # type: ignore[union-attr]
        telemetry.sample()
    finally:
        gpus.close()
    assert memory.kinds(Sampled)[-1].checkpoint_disk_free is not None
    assert memory.state.system.checkpoint_disk_free is not None
