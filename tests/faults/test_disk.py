"""A run directory that nobody may enter, and files of a size nobody expects."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from console.keeper import rundir, slot
from tests.cli.conftest import forge
from tests.product import CONSOLE, Product, trainer_pid
from tests.programs import numbered
from tests.waiting import wait_until

# Root may enter every directory: without these two capabilities it is a user like any other.
AS_A_USER = (
    sys.executable,
    "-c",
    "import ctypes, os, sys\n"
    "for capability in (1, 2): ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])",
)
GIB = 1 << 30


def call(here: Product, *words: str) -> subprocess.CompletedProcess[str]:
    """A verb, called by somebody who cannot enter what is closed."""
    return subprocess.run(
        [*AS_A_USER, *CONSOLE, *words],
        env=here.env,
        cwd=here.home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="takes capabilities away")
def test_fault_18_a_closed_run_directory_is_named_and_the_trainer_goes_on(here: Product) -> None:
    end, count = here.home / "end", here.home / "count"
    config = here.config(sys.executable, numbered.__file__, str(end), str(count))
    started = call(here, "train", "--config", str(config), "--detach")
    assert started.returncode == 0, started.stderr
    run = here.home / "state" / "runs" / started.stdout.strip()
    here.runs.append(run)
    pid = trainer_pid(run)
    wait_until(lambda: rundir.segments(run), what="output")
    run.chmod(0)
    try:
        said = call(here, "status", run.name)
        assert said.returncode != 0
        assert str(run) in said.stderr
        assert "Permission denied" in said.stderr
        assert "Traceback" not in said.stderr
        assert Path(f"/proc/{pid}").exists()
        end.touch()
        wait_until(count.exists, 20, what="the trainer's own end")
    finally:
        run.chmod(0o700)
    ending = wait_until(lambda: slot.read(run, rundir.EXIT_JSON), 20, what="the recorded end")
    assert ending["code"] == 7
    lines = int(count.read_text().split()[0])
    printed = b"".join(path.read_bytes() for _, path in rundir.segments(run))
    assert printed == b"".join(numbered.line(number) for number in range(lines))
    call(here, "status", run.name)
    wait_until((run / rundir.FINAL).exists, 30, what="the final run")


def test_fault_37_a_gigabyte_of_records_does_not_delay_a_look(here: Product) -> None:
    run = forge(here.home, "20200101-000000-abcd")
    for name in ("journal-000.jsonl", "hook-0-000.jsonl", rundir.segment_name(0)):
        with (run / name).open("wb") as file:
            file.truncate(GIB)
    began = time.monotonic()
    said = here.call("status", run.name, "--json", timeout=20)
    assert said.returncode == 0, said.stderr
    assert time.monotonic() - began < 5  # two seconds, and a busy machine
