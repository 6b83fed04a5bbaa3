"""Each system call of the recording path fails once, one after the other: what was acknowledged is
kept, the trainer does not notice, and what is lost is counted.

The recorder's own sweep is in tests/backend/test_exactly_once.py, the pump's in
tests/keeper/test_sink.py; `splice` and `write` of whole runs are swept here.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from console.keeper import identity, invocation, rundir, slot, start
from console.keeper.record import decode
from console.sdk import Link
from console.sdk.reporter import RANKS, WORLDS
from tests.backend.test_exactly_once import Nth
from tests.keeper.house import House, exit_record, output
from tests.torture import figure, times
from tests.waiting import wait_until

LINES = 30
PRINTS = f"""
for number in range({LINES}):
    print("line", number, flush=True)
raise SystemExit(7)
"""
PRINTED = b"".join(b"line %d\n" % number for number in range(LINES))
FULL = OSError(28, "No space left on device")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("GLADIUS_HOME", str(tmp_path / "home"))
    made = House(tmp_path / "home")
    yield made
    made.close()


def launch(house: House, monkeypatch: pytest.MonkeyPatch, call: str, at: int) -> tuple[Path, str]:
    """Starts a run whose keeper's call number `at` fails; its directory, and why it failed."""
    folder = house.make([sys.executable, "-c", PRINTS])
    script = [sys.executable, "-P", str(Path(__file__).with_name("failing_keeper.py"))]
    mark = [call, str(at), str(house.home / f"mark-{call}-{at}")]
    with monkeypatch.context() as patch:
        patch.setattr(
            invocation, "keeper_command", lambda verb, run: [*script, *mark, verb, str(run)]
        )
        try:
            start.launch(folder, None)
        except start.StartFailed as failure:
            return folder, str(failure)
    return folder, ""


def assert_nothing_is_lost(folder: Path, said: str) -> None:
    """A start that failed says why and leaves no trainer; any other run is whole, or says how
    much of it is not."""
    if said and start.state(folder) != "running":
        assert "No space left" in said or "not readable" in said or "died at once" in said
        wait_until(lambda: start.state(folder) == "interrupted", what=start.state(folder))
        assert not (folder / rundir.EXECUTED).exists()
        assert not identity.members(folder.name, None)
        return
    ending = exit_record(folder)
    if ending["code"] == 127:
        assert "No space left" in ending["error"]
        return
    assert ending["code"] in (7, None)
    assert ending["known"] is (ending["code"] is not None)
    dropped = (slot.read(folder, rundir.DROPS_JSON) or {"bytes": 0})["bytes"]
    kept = output(folder)
    assert len(kept) + dropped == len(PRINTED)
    assert dropped or kept == PRINTED


CALLS = [
    "open", "write", "pwrite", "fsync", "rename", "mkfifo",
    "splice", "pipe", "fork", "dup2", "read",
]  # fmt: skip
MORE_CALLS = [
    "close", "setsid", "chdir", "waitpid", "scandir", "listdir", "fstat", "execve",
]  # fmt: skip


@pytest.mark.torture
@pytest.mark.skipif(not hasattr(os, "splice"), reason="Linux has all of these calls")
@pytest.mark.parametrize("call", CALLS + times(0, 1) * MORE_CALLS)
def test_fault_16_the_nth_call_of_the_keeper_may_fail_for_every_n(
    house: House, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    at, failed = 0, True
    most = times(5, 500)
    while failed and at < most:
        at += 1
        folder, said = launch(house, monkeypatch, call, at)
        assert_nothing_is_lost(folder, said)
        rundir.touch(folder, rundir.FINAL)
        failed = (house.home / f"mark-{call}-{at}").exists()
    assert at > 1
    figure("keeper", f"calls of {call} failed, each once", at - 1, 0)


class Hook:
    """A run directory of its own, and what a trainer says into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for name in ("inbox.fifo", "nudge.fifo"):
            os.mkfifo(folder / name, 0o600)
        (folder / "run.json").write_text(json.dumps({"boot": "this one"}))

    def train(self) -> Link:
        link = Link(orders={"checkpoint": lambda _: None}, total_steps=12)
        for step in range(12):
            link.log(step, loss=1.0 / (step + 1))
            if step % 4 == 3:
                link.saved(step, f"/checkpoints/{step}")
            assert link.boundary(step) is False
        link.evaluated(12, loss=0.5)
        link.close("finished")
        return link

    def records(self, kind: str) -> list[dict[str, Any]]:
        lines = [
            line
            for path in sorted(self.folder.glob("hook-*.jsonl"))
            for line in path.read_bytes().splitlines(keepends=True)
        ]
        found = [record for line in lines if (record := decode(line))]
        return [record for record in found if record["k"] == kind]


@pytest.mark.torture
@pytest.mark.parametrize("call", ["write", "open"])
def test_fault_16_the_nth_call_of_the_hook_may_fail_for_every_n(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    for name in (*RANKS, *WORLDS):
        monkeypatch.delenv(name, raising=False)
    at, reached, unheard, uncounted = 0, True, 0, 0
    while reached:
        at += 1
        hook, nth = Hook(tmp_path / f"n{at}"), Nth(at)
        with monkeypatch.context() as patch:
            patch.setenv("GLADIUS_RUN_DIR", str(hook.folder))
            patch.setattr(os, call, nth.wrap(getattr(os, call), FULL))
            link = hook.train()
        reached = nth.reached
        if link.generation < 0 and not hook.records("hello"):
            unheard += 1  # it could not even begin: the run goes on as one without the hook
            continue
        assert link.errors == 0
        assert [record["step"] for record in hook.records("save")] == [3, 7, 11]
        assert len(hook.records("eval")) == len(hook.records("bye")) == 1
        lost = max((record.get("lost", 0) for record in hook.records("bye")), default=0)
        logged = sum(1 + record.get("n", 0) for record in hook.records("log"))
        uncounted += max(0, 12 - logged - lost)
        assert not uncounted, f"{call} number {at}"
        assert lost <= 1
    assert at > 5
    assert unheard <= 1
    figure("hook", f"calls of {call} failed, each once", at - 1, uncounted)
