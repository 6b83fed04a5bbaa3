"""A sick disk costs output, counted, and nothing else."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.keeper import rundir, slot
from tests.keeper.house import FLOOD, House, exit_record, flooded, keeper, ours, output, patched
from tests.waiting import wait_until

PRINTS = """
import sys
for i in range(100_000): sys.stdout.write("%08d %s\\n" % (i, "x" * 60)); sys.stdout.flush()
sys.exit(7)
"""
PRINTED_BYTES = 100_000 * 70


def drops(folder: Path) -> int:
    record = slot.read(folder, rundir.DROPS_JSON)
    return record["bytes"] if record else 0


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs prlimit")
def test_fault_16_output_resumes_when_there_is_room_again(house: House) -> None:
    folder = house.python(FLOOD)
    pump = wait_until(lambda: keeper(folder, "pump"))
    no_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(pump.pid, resource.RLIMIT_FSIZE, (500_000, no_limit[1]))
    wait_until(lambda: drops(folder) > 1_000_000)
    assert len(output(folder)) == 500_000
    resource.prlimit(pump.pid, resource.RLIMIT_FSIZE, no_limit)
    wait_until(lambda: len(output(folder)) > 1_000_000, timeout=5)
    printed = flooded(house, folder)
    assert exit_record(folder)["code"] == 7
    kept = output(folder)
    assert len(kept) + drops(folder) == len(printed)
    assert kept[:500_000] == printed[:500_000]
    assert printed.endswith(kept[-700:])
    assert keeper(folder, "pump") == pump


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("needs to mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("may not mount")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_fault_16_on_a_full_disk_the_trainer_finishes_and_its_end_is_recorded(
    small_disk: Path,
) -> None:
    house = House(small_disk / "home")
    folder = house.python(PRINTS)
    assert exit_record(folder)["code"] == 7
    assert shutil.disk_usage(small_disk).free == 0
    kept = output(folder)
    assert kept.startswith(b"00000000 x")
    assert len(kept) + drops(folder) == PRINTED_BYTES
    rundir.segments(folder)[0][1].unlink()  # room for `final`
    house.close()


@pytest.mark.parametrize("replaced", [False, True])
def test_fault_17_a_segment_deleted_or_replaced_in_mid_run_is_followed_by_another(
    house: House, replaced: bool
) -> None:
    folder = house.python(FLOOD)
    first = folder / rundir.segment_name(0)
    wait_until(lambda: first.exists() and first.stat().st_size > 1000)
    first.unlink()
    if replaced:
        first.mkdir()
    wait_until(lambda: [at for at, _ in rundir.segments(folder) if at > 0], timeout=5)
    printed = flooded(house, folder)
    assert exit_record(folder)["code"] == 7
    ((start, path),) = [(at, path) for at, path in rundir.segments(folder) if at]
    assert path.read_bytes() == printed[start:]
    assert drops(folder) == 0


def test_fault_17_what_cannot_be_stored_from_the_first_byte_is_counted(house: House) -> None:
    folder = house.make([sys.executable, "-c", PRINTS])
    (folder / rundir.segment_name(0)).mkdir()
    patched(folder, {})
    assert exit_record(folder)["code"] == 7
    assert drops(folder) == PRINTED_BYTES
    assert len(ours(folder)) == 2
