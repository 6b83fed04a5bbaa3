"""Output no terminal was made for: a line without an end, and bytes that are no text."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from console.keeper import rundir
from tests.torture import times

if TYPE_CHECKING:
    from tests.product import Product

PEAK = """
# Not ru_maxrss: what a process inherits of that is the size of the one that started it.
status = Path("/proc/self/status")
peak = status.read_text().split("VmHWM:")[1].split()[0] if status.exists() else "0"
print(peak)
"""
RECORDS = (
    """
import sys
from pathlib import Path
from tests.backend.paper import Paper, drain
paper = Paper(Path(sys.argv[1]))
recorder = paper.record_all()
recorder.flush()
recorder.close(final=True)
"""
    + PEAK
)
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MEGABYTE = 1_000_000
LOADS = (
    """
import sys
from pathlib import Path
from console.core.config import ConfigError, load
try:
    load(Path(sys.argv[1]).read_bytes(), "bomb.yaml")
except ConfigError as error:
    print(error.problems[0])
"""
    + PEAK
)
RANDOM = """
import random, sys
chance = random.Random(7)
for _ in range(int(sys.argv[1])):
    sys.stdout.buffer.write(chance.randbytes(100_000))
"""


def test_fault_19_a_line_of_100_mb_is_shown_cut_with_its_size(tmp_path: Path) -> None:
    size = 100 * MEGABYTE
    with (tmp_path / rundir.segment_name(0)).open("wb") as file:
        for _ in range(size // MEGABYTE):
            file.write(b"y" * MEGABYTE)
        file.write(b"\nnext\n")
    done = subprocess.run(
        [sys.executable, "-c", RECORDS, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 400_000  # kilobytes
    rows = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("screen.*.log")))
    first, second = rows.splitlines()
    shown, _, rest = first.partition(" …[+".encode())
    assert len(shown) + int(rest.removesuffix(b" bytes]")) == size
    assert second == b"next"


def test_fault_20_random_bytes_are_kept_as_they_are_and_shown_as_text(here: Product) -> None:
    parts = times(10, 100)
    run = here.start(sys.executable, "-c", RANDOM, str(parts))
    done = here.call("wait", run.name, "--until", "finished", "--timeout", "100")
    assert done.returncode == 0, done.stderr
    chance = random.Random(7)
    printed = b"".join(chance.randbytes(100_000) for _ in range(parts))
    assert b"".join(path.read_bytes() for _, path in rundir.segments(run)) == printed
    shown = here.call("logs", run.name).stdout
    assert "\ufffd" in shown
    assert not CONTROLS.search(shown)


def test_fault_24_a_bomb_is_refused_in_little_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.yaml"
    rows = ["a: &a [" + ", ".join(["lol"] * 9) + "]"]
    for below, name in pairwise("abcdefghi"):
        rows.append(f"{name}: &{name} [{', '.join(['*' + below] * 9)}]")
    bomb.write_text("\n".join(rows))
    done = subprocess.run(
        [sys.executable, "-c", LOADS, str(bomb)], capture_output=True, text=True, check=True
    )
    said, kilobytes = done.stdout.splitlines()
    assert "more than 100,000 values" in said
    assert int(kilobytes) < 100_000
