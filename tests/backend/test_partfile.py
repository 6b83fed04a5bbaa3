"""What a killed writer of one file left goes with the next; what is being written stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from console.backend.exporting.exporter import RunExporter
from console.backend.partfile import begun
from console.backend.wholefile import whole
from console.cli.writing import written
from tests.waiting import wait_until

WRITER = """
import sys, time
from pathlib import Path
from console.backend.partfile import begun
with begun(Path(sys.argv[1]), sys.argv[2]) as (part, file):
    file.write(b"some")
    file.flush()
    print(part, flush=True)
    time.sleep(600)
"""


def writing(folder: Path, name: str) -> tuple[subprocess.Popen[str], Path]:
    """Another process in the middle of a file, and where that is."""
    command = [sys.executable, "-c", WRITER, str(folder), name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def by_exporter(folder: Path) -> None:
    RunExporter(folder / "run", "qwen", folder).keep("shot.svg", "new")


def by_screen(folder: Path) -> None:
    written(str(folder), "shot.svg", ["new"])


def by_command(folder: Path) -> None:
    with whole(folder / "shot") as file:
        file.write(b"new")


@pytest.mark.parametrize("write", [by_exporter, by_screen, by_command])
def test_what_a_killed_writer_left_goes_and_a_living_ones_file_stays(
    tmp_path: Path, write: object
) -> None:
    assert callable(write)
    process, part = writing(tmp_path, "shot")
    (tmp_path / ".other.0123456789ab.part").write_bytes(b"of another name")
    (tmp_path / ".shot.notes.part").write_bytes(b"not ours")
    try:
        write(tmp_path)
        assert part.read_bytes() == b"some"
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    wait_until(lambda: process.poll() is not None)
    write(tmp_path)
    hidden = {path.name for path in tmp_path.iterdir() if path.name.startswith(".")}
    assert hidden == {".other.0123456789ab.part", ".shot.notes.part"}


def test_nothing_but_our_own_plain_files_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"kept")
    (tmp_path / ".shot.0123456789ab.part").symlink_to(tmp_path / "mine")
    (tmp_path / ".shot.0123456789ac.part").mkdir()
    os.mkfifo(tmp_path / ".shot.0123456789ad.part")
    with begun(tmp_path, "shot") as (part, file):
        file.write(b"x")
        assert part.exists()
    assert not part.exists()
    assert (tmp_path / "mine").read_bytes() == b"kept"
    assert len(list(tmp_path.iterdir())) == 4
