from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.keeper import identity, invocation
from console.keeper.identity import Identity
from tests.waiting import wait_until

RUN = f"20260102-{os.getpid() % 1_000_000:06d}-beef"
# Prints its pid, starts a child and a grandchild in a session of its own, and waits.
FAMILY = """
import subprocess, sys, time
sleep = ["sleep", "100"]
a = subprocess.Popen(sleep)
b = subprocess.Popen(["sh", "-c", "sleep 100 & wait"], start_new_session=True)
c = subprocess.Popen(["env", "-i"] + sleep, start_new_session=True)
print("up", flush=True)
time.sleep(100)
"""


@pytest.fixture
def sleeper() -> Iterator[Identity]:
    process = subprocess.Popen(["sleep", "100"])
    who = identity.of(process.pid)
    assert who is not None
    yield who
    process.kill()
    process.wait()


def test_identities_survive_json(sleeper: Identity) -> None:
    assert Identity.from_json(sleeper.to_json()) == sleeper
    for damaged in (None, {}, {"boot": "b", "pid": "1", "start": 2}, {"boot": "b", "pid": -1}, []):
        assert Identity.from_json(damaged) is None


@pytest.mark.parametrize("changed", [{"start": 123}, {"boot": "another"}, {"pid": 4194305}])
def test_fault_07_no_signal_reaches_a_stranger(
    sleeper: Identity, changed: dict[str, object]
) -> None:
    stranger = replace(sleeper, **changed)  # type: ignore[arg-type]
    assert not identity.is_alive(stranger)
    assert not identity.signal_exactly(stranger, signal.SIGKILL)
    assert identity.pidfd(stranger) is None
    assert identity.is_alive(sleeper)


@pytest.mark.parametrize("pidfds", [True, False])
def test_the_right_process_gets_the_signal_once(
    pidfds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not pidfds:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    process = subprocess.Popen(["sleep", "100"])
    who = identity.of(process.pid)
    assert who is not None
    assert identity.signal_exactly(who, signal.SIGTERM)
    wait_until(lambda: not identity.is_alive(who), what="a zombie is not alive")
    assert not identity.signal_exactly(who, signal.SIGTERM)
    assert process.wait() == -signal.SIGTERM
    assert identity.of(process.pid) is None


def test_members_are_found_in_every_session_and_by_environment() -> None:
    environment = {**os.environ, invocation.RUN_ID: RUN}
    command = [sys.executable, "-c", FAMILY]
    family = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    stranger = subprocess.Popen(["sleep", "100"])
    assert family.stdout is not None
    assert family.stdout.readline() == b"up\n"
    trainer = identity.of(family.pid)
    assert trainer is not None
    try:
        wait_until(lambda: len(identity.members(RUN, trainer)) == 5)
        found = identity.members(RUN, trainer)
        assert trainer in found
        assert stranger.pid not in {who.pid for who in found}
        # Without the trainer, the one that cleared its environment cannot be told any more.
        assert len(identity.members(RUN, None)) == 4
        assert not identity.members(RUN[:-1], None)

        assert not identity.all_stopped(found)
        for who in found:
            identity.signal_exactly(who, signal.SIGSTOP)
        wait_until(lambda: identity.all_stopped(found))
        identity.signal_exactly(found[1], signal.SIGCONT)
        wait_until(lambda: not identity.all_stopped(found))
    finally:
        for who in identity.members(RUN, trainer):
            identity.signal_exactly(who, signal.SIGKILL)
        family.wait()
        family.stdout.close()
        stranger.kill()
        stranger.wait()
    wait_until(lambda: not identity.members(RUN, trainer))
    assert not identity.all_stopped([])


def test_a_caller_and_processes_of_ours_are_no_members(tmp_path: Path) -> None:
    environment = {**os.environ, invocation.RUN_ID: RUN}
    code = "import time; print('up', flush=True); time.sleep(100)"
    ours = [sys.executable, "-c", code, "-m", "console.backend", str(tmp_path)]
    with subprocess.Popen(ours, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        assert not identity.members(RUN, None)
        process.kill()
    ask = f"from console.keeper import identity; print(identity.members({RUN!r}, None))"
    said = subprocess.check_output([sys.executable, "-c", ask], env=environment)
    assert said == b"[]\n"


def test_machine_and_boot_are_known() -> None:
    assert identity.boot_id()
    assert identity.machine_id()
