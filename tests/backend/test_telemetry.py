from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.backend.gpus import Gpus
from console.backend.lifecycle import Lifecycle
from console.backend.telemetry import Telemetry
from console.core.protocol import Sampled
from tests.backend.live import Memory, describe
from tests.waiting import wait_until

# --- a sample --------------------------------------------------------------------------------


def test_a_sample_tells_of_machine_and_trainer(tmp_path: Path) -> None:
    memory = Memory(describe(tmp_path / "20260102-030405-abcd", os.getpid()))
    gpus = Gpus(("true",))
    telemetry = Telemetry(memory, Lifecycle(memory.run_dir, memory), gpus)
    telemetry.sample()
    telemetry.sample()
    gpus.close()
    (_, sampled) = memory.kinds(Sampled)
    assert sampled.ram_total is not None
    assert sampled.disk_free is not None
    assert sampled.gpus == ()


# --- who keeps the child that reads the GPUs --------------------------------------------------


Keep = Callable[..., Gpus]


@pytest.fixture
def keep() -> Iterator[Keep]:
    made: list[Gpus] = []

    def begin(code: str, call_seconds: float = 10.0) -> Gpus:
        command = (sys.executable, "-c", f"import sys, time, os\n{code}")
        made.append(Gpus(command, call_seconds=call_seconds, first_pause=0.05))
        return made[-1]

    yield begin
    for gpus in made:
        gpus.close()


def look_until(gpus: Gpus, condition: Callable[[], object]) -> None:
    wait_until(lambda: (gpus.look(), condition())[1])


ONE_GPU = {"id": 0, "name": "A", "processes": {"7": 5, "8": 6}, "power": None}
READING = json.dumps({"gpus": [ONE_GPU], "source": "NVML", "period": 0.0})
SAY = f"print({READING!r}, flush=True)"


def test_readings_come_from_the_child(keep: Keep) -> None:
    gpus = keep(f"{SAY}\ntime.sleep(60)")
    look_until(gpus, lambda: gpus.read([]))
    (one,) = gpus.read([7, 8, 9])
    assert (one.name, one.memory_trainer, one.power) == ("A", 11, None)
    assert gpus.read([1])[0].memory_trainer is None
    assert gpus.note is None


def test_fault_34_without_a_driver_the_note_says_so(keep: Keep) -> None:
    gpus = keep("""print('{"note": "no GPU: NVIDIA driver not found"}')""")
    look_until(gpus, lambda: gpus.note)
    assert gpus.note == "no GPU: NVIDIA driver not found"
    assert gpus.read([]) == ()


def test_a_silent_child_is_replaced_and_its_old_words_are_forgotten(
    keep: Keep, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    gpus = keep(f"open({str(count)!r}, 'a').write('x'); {SAY}; time.sleep(60)", call_seconds=0.6)
    look_until(gpus, lambda: gpus.read([]))
    look_until(gpus, lambda: gpus.note and not gpus.read([]))
    look_until(gpus, lambda: count.read_text() >= "xx")
    look_until(gpus, lambda: gpus.read([]))
    assert count.read_text().count("x") >= 2


@pytest.mark.parametrize(
    "code", ["os.kill(os.getpid(), 9)", "print('nonsense')", "print('[]')", "sys.exit(1)"]
)
def test_a_child_that_crashes_or_talks_nonsense_is_replaced(
    keep: Keep, tmp_path: Path, code: str
) -> None:
    count = tmp_path / "count"
    gpus = keep(f"open({str(count)!r}, 'a').write('x')\n{code}")
    look_until(gpus, lambda: count.exists() and len(count.read_text()) >= 2)
    look_until(gpus, lambda: gpus.note == "GPU readings stopped; trying again")
    assert gpus.read([]) == ()
