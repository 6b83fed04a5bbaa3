"""Event files of a run: all that was recorded, once, whatever happens to writer and disk."""

from __future__ import annotations

import importlib.util
import itertools
import json
import math
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.backend import eventfiles
from console.backend.eventfiles import EventFiles, settings, tag_of, writing
from console.backend.eventwriter import EventWriter
from console.backend.recorder import Recorder
from console.backend.store import Store
from console.core.protocol import Evaluated, Measured
from console.keeper import clock
from tests.backend.live import ROOT, describe
from tests.eventreader import events, points
from tests.waiting import wait_until

Values = dict[str, list[tuple[int, float, float]]]


def f32(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return describe(tmp_path / "20260101-120000-abcd", created=1.7e9)


@pytest.fixture
def store(run: Path) -> Iterator[Store]:
    made = Store(run)
    made.open()
    yield made
    made.close(final=False)


def record(store: Store, first: int, count: int, *names: str) -> Values:
    """Commits values of these series; returns them as they have to be found."""
    made: Values = {}
    for step in range(first, first + count):
        for name in names:
            made.setdefault(tag_of(name), []).append((step, 1.7e9 + step, f32(1 / (step + 1))))
            store.add(step, 1.7e9 + step, {name: 1 / (step + 1)})
    store.commit({"v": 1}, {})
    return made


def write_all(files: EventFiles) -> None:
    wait_until(lambda: not files.write(), what="everything to be written")


def joined(*parts: Values) -> Values:
    names = {name for part in parts for name in part}
    return {name: [item for part in parts for item in part.get(name, [])] for name in names}


def test_every_value_is_there_once_with_its_step_and_time(run: Path, store: Store) -> None:
    made = record(store, 1, 3000, "loss", "validation/loss", "expert_share/3")
    files = EventFiles(run, run / "tensorboard")
    write_all(files)
    assert points(run / "tensorboard") == made
    more = record(store, 3001, 10, "loss", "learning_rate")
    write_all(files)
    files.close()
    assert points(run / "tensorboard") == joined(made, more)
    assert set(points(run / "tensorboard")) == {
        "train/loss", "train/learning_rate", "validation/loss", "expert_share/3",
    }  # fmt: skip


def test_values_of_one_moment_are_one_event(run: Path, store: Store) -> None:
    store.add(7, 1.7e9, {"loss": 0.5, "learning_rate": 0.25, "cpu": 12.0})
    store.commit({"v": 1}, {})
    files = EventFiles(run, run / "tensorboard")
    files.write()
    files.close()
    head, only = events(run / "tensorboard")
    assert (head.version, head.t) == ("brain.Event:2", 1.7e9)
    assert dict(only.values) == {
        "train/loss": 0.5, "train/learning_rate": 0.25, "system/cpu": 12.0,
    }  # fmt: skip


def test_without_a_step_none_is_written(run: Path, store: Store) -> None:
    store.add(None, 5.0, {"loss": 1.0})
    store.add(None, 6.0, {"loss": 2.0})
    store.commit({"v": 1}, {})
    files = EventFiles(run, run / "tensorboard")
    files.write(stepless=True)
    files.close()
    assert points(run / "tensorboard") == {"train/loss": [(None, 5.0, 1.0), (None, 6.0, 2.0)]}


def test_odd_values_are_kept(run: Path, store: Store) -> None:
    for step, value in enumerate((math.inf, -math.inf, math.nan, 1e300)):
        store.add(step, 5.0, {"loss": value})
    store.commit({"v": 1}, {})
    files = EventFiles(run, run / "tensorboard")
    files.write()
    files.close()
    found = [value for _, _, value in points(run / "tensorboard")["train/loss"]]
    assert found[:2] == [math.inf, -math.inf]
    assert math.isnan(found[2])
    assert found[3] == math.inf


def test_two_series_never_share_a_tag(run: Path, store: Store) -> None:
    store.add(1, 5.0, {"train/loss": 1.0, "loss": 2.0})
    store.commit({"v": 1}, {})
    files = EventFiles(run, run / "tensorboard")
    files.write()
    files.close()
    assert points(run / "tensorboard") == {"train/loss": [(1, 5.0, 1.0)], "loss": [(1, 5.0, 2.0)]}


def test_a_portion_is_small_and_says_that_more_is_waiting(run: Path, store: Store) -> None:
    record(store, 1, 5000, "loss", "accuracy")
    files = EventFiles(run, run / "tensorboard")
    assert files.write(most=100)
    assert sum(map(len, points(run / "tensorboard").values())) == 100
    files.close()


def test_of_very_many_values_evenly_chosen_ones_are_written(
    run: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eventfiles, "FEW", 1000)
    record(store, 0, 8192, "loss")
    files = EventFiles(run, run / "tensorboard")
    write_all(files)
    files.close()
    steps = [step for step, _, _ in points(run / "tensorboard")["train/loss"]]
    assert steps == sorted(set(steps))
    assert 1000 <= len(steps) <= 3500
    assert max(later - earlier for earlier, later in itertools.pairwise(steps)) <= 16


@pytest.mark.parametrize("damage", ["position", "file", "folder", "nonsense", "other"])
def test_a_lost_position_or_file_is_made_anew_from_the_beginning(
    run: Path, store: Store, damage: str
) -> None:
    folder = run / "tensorboard"
    made = record(store, 1, 100, "loss")
    files = EventFiles(run, folder)
    write_all(files)
    files.close()
    (path,) = folder.glob("*tfevents*")
    position = folder / eventfiles.POSITION
    if damage == "position":
        position.unlink()
    elif damage == "file":
        path.unlink()
    elif damage == "folder":
        path.unlink()
        position.unlink()
        folder.rmdir()
    elif damage == "nonsense":
        position.write_text('{"length": 3, "file": [], "done": {"loss": 4}}')
    else:
        position.write_text(position.read_text().replace("abcd", "0000"))
    more = record(store, 101, 5, "loss")
    write_all(files)
    files.close()
    assert points(folder) == joined(made, more)


WRITER = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from console.backend.eventfiles import EventFiles
run = Path(sys.argv[1])
files = EventFiles(run, run / "tensorboard")
print("go", flush=True)
while True:
    files.write(most=int(sys.argv[2]))
"""


def test_kills_at_random_moments_repeat_and_lose_nothing(run: Path, store: Store) -> None:
    made, folder = record(store, 1, 20_000, "loss", "validation/loss"), run / "tensorboard"
    for round_ in range(8):
        command = [sys.executable, "-c", WRITER, str(run), str(50 + 37 * round_)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            before = _size(folder)
            wait_until(lambda at=before: _size(folder) > at + 5000, what="events")
            writer.send_signal(signal.SIGKILL)
    files = EventFiles(run, folder)
    write_all(files)
    files.close()
    assert points(folder) == made


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*tfevents*"))


def test_one_writer_at_a_time(run: Path) -> None:
    with writing(run) as first, writing(run) as second:
        assert (first, second) == (True, False)
    with writing(run) as third:
        assert third


def test_where_they_go_is_configured(run: Path) -> None:
    assert settings(run) == (run / "tensorboard", True)
    describe(run, tensorboard={"dir": "/else/where", "write": False})
    assert settings(run) == (Path("/else/where") / run.name, False)
    describe(run, tensorboard="nonsense")
    assert settings(run) == (run / "tensorboard", True)


# --- in the backend ---------------------------------------------------------------------------


@pytest.fixture
def recorder(run: Path) -> Iterator[Recorder]:
    made = Recorder(run)
    made.open()
    yield made
    made.close(final=False)


def step(recorder: Recorder, number: int) -> None:
    t, m = clock.wall(), clock.since_boot()
    recorder.apply(Measured(t, m, number, {"loss": 0.5}))
    recorder.apply(Evaluated(t, m, number, "validation", {"loss": 0.25}))
    recorder.commit()


def ticked(writer: EventWriter, condition: Callable[[], object]) -> None:
    """Calls `tick` until the condition holds."""
    wait_until(lambda: (writer.tick(), condition())[1], what="a tick to show")


def steps(run: Path) -> list[int | None]:
    folder = run / "tensorboard"
    if not folder.is_dir() or not list(folder.glob("*tfevents*")):
        return []
    return [number for number, _, _ in points(folder).get("train/loss", [])]


def test_a_folder_that_takes_nothing_costs_event_files_and_is_told_once(
    run: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.backend.eventwriter.RETRY_SECONDS", 0.0)
    (run / "tensorboard").write_text("a file where the folder should be")
    writer, state = EventWriter(run, recorder), recorder.state
    step(recorder, 1)
    ticked(writer, lambda: state.alerts.open)
    (alert,) = state.alerts.open.values()
    assert "the event files for TensorBoard cannot be written" in alert.text
    assert str(run / "tensorboard") in alert.text
    for _ in range(50):
        writer.tick()
    assert state.alerts.count == 1
    (run / "tensorboard").unlink()
    step(recorder, 2)
    ticked(writer, lambda: not state.alerts.open and len(steps(run)) == 2)
    writer.finish()
    assert steps(run) == [1, 2]


def test_a_full_disk_costs_event_files_only(
    run: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: object) -> None:
        raise OSError(28, "No space left on device")

    writer = EventWriter(run, recorder)
    step(recorder, 1)
    with monkeypatch.context() as patched:
        patched.setattr("console.backend.eventfiles.Appender.flush", full)
        ticked(writer, lambda: recorder.state.alerts.open)
    assert "No space left" in next(iter(recorder.state.alerts.open.values())).text
    writer.finish()
    assert points(run / "tensorboard")["validation/loss"][0][2] == 0.25


def test_a_folder_that_hangs_holds_nobody_up(
    run: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.backend.eventwriter.LAST_SECONDS", 0.05)
    gate = threading.Event()
    write = EventFiles.write
    monkeypatch.setattr(
        EventFiles, "write", lambda self, **how: gate.wait(30) and write(self, **how)
    )
    writer = EventWriter(run, recorder)
    step(recorder, 1)
    for _ in range(100):
        writer.tick()
    assert sum(thread.name == "gladius-events" for thread in threading.enumerate()) == 1
    writer.finish()
    assert steps(run) == []
    gate.set()
    wait_until(lambda: steps(run) == [1], what="what hung to be written")
    writer.close()


def test_nothing_is_written_where_it_is_not_wanted(run: Path) -> None:
    describe(run, tensorboard={"dir": None, "write": False})
    recorder = Recorder(run)
    recorder.open()
    writer = EventWriter(run, recorder)
    step(recorder, 1)
    writer.tick()
    writer.finish()
    recorder.close(final=False)
    assert not (run / "tensorboard").exists()


# --- read by TensorBoard ----------------------------------------------------------------------

READ = """
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
found = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
found.Reload()
tags = found.Tags()["scalars"]
rows = {tag: [(s.step, s.wall_time, s.value) for s in found.Scalars(tag)] for tag in tags}
print(json.dumps(rows))
"""


def tensorboards_python() -> str | None:
    """An interpreter with TensorBoard: this one, or that of $GLADIUS_TENSORBOARD_PYTHON."""
    if named := os.environ.get("GLADIUS_TENSORBOARD_PYTHON"):
        return named
    return sys.executable if importlib.util.find_spec("tensorboard") else None


@pytest.mark.skipif(
    tensorboards_python() is None,
    reason="TensorBoard is not installed: pip install '.[tensorboard]'",
)
def test_tensorboards_own_loader_reads_them(run: Path, store: Store) -> None:
    made = record(store, 1, 2500, "loss", "validation/loss", "gpu0/power")
    files = EventFiles(run, run / "tensorboard")
    write_all(files)
    files.close()
    command = [str(tensorboards_python()), "-c", READ, str(run / "tensorboard")]
    said = subprocess.run(command, capture_output=True, check=True, timeout=100).stdout
    found = {tag: [tuple(row) for row in rows] for tag, rows in json.loads(said).items()}
    assert found == made
