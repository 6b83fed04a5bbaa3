"""Plain mode: the log, a status line every 30 s, notices; and what Ctrl+C means where."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.backend.client import Follower, Update
from console.cli.follow import Sentences
from console.cli.plain import FIRST_ROWS, STATUS_SECONDS, Lines, status_line
from console.cli.watching import reap, stops_the_run
from console.core.state import Entry, Position, RunState, Status, Timeline, Value
from tests.cli.conftest import ABLE, Call
from tests.product import CONSOLE, Product, trainer_pid
from tests.waiting import wait_until


@pytest.mark.parametrize(
    ("pid", "environ", "stops"),
    [
        (1, {}, True),
        (7, {}, False),
        (7, {"CI": "1"}, True),
        (7, {"CI": "true"}, True),
        (7, {"CI": "false"}, False),
        (7, {"CI": ""}, False),
        (7, {"SLURM_JOB_ID": "12"}, True),
    ],
)
def test_a_signal_stops_the_run_only_where_nobody_can_come_back(
    pid: int, environ: dict[str, str], stops: bool
) -> None:
    assert stops_the_run(pid, environ) is stops


def test_process_1_buries_orphans() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    wait_until(lambda: "Z" in Path(f"/proc/{child}/stat").read_text().rsplit(")")[1][:3])
    reap()
    assert not Path(f"/proc/{child}").exists()


def screen(directory: Path, rows: int) -> None:
    directory.mkdir(exist_ok=True)
    text = b"".join(b"row %d\n" % number for number in range(rows))
    (directory / f"screen.{0:020d}.log").write_bytes(text)


def follower(directory: Path, rows: int) -> Follower:
    made = Follower(directory, heal=False, by="me")
    made.rows = rows
    made.state = RunState(
        position=Position(step=1200, total_steps=2000, progress=0.6),
        metrics={"loss": Value(1.25, 1200, 0.0)},
    )
    made.state.life.status, made.state.life.cause = Status.TRAINING, "training at step 1,200"
    return made


def test_a_status_line_comes_every_30_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    lines = Lines(tmp_path, clock=lambda: now[0])
    seen = follower(tmp_path, 0)
    for _ in range(95):
        now[0] += 1.0
        lines.tick(seen)
    said = capsys.readouterr().out.splitlines()
    assert said == ["-- training, step 1,200 of 2,000, 60.0 %, loss 1.2500"] * 3
    assert STATUS_SECONDS == 30.0


def test_rows_come_once_and_notices_as_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    screen(tmp_path, 3)
    lines, seen = Lines(tmp_path), follower(tmp_path, 2)
    seen.state.timeline = Timeline((Entry("a-1", 1.0, "save", "saved\x1b[2J", by="ana\x07"),), 1)
    lines.show(Update(), seen)
    seen.rows = 3
    lines.show(Update(), seen)
    said = capsys.readouterr().out.splitlines()
    assert said == ["row 0", "row 1", "-- checkpoint saved by ana",
                    "-- training at step 1,200", "row 2"]  # fmt: skip


def test_alerts_are_sentences_that_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, seen = Lines(tmp_path), follower(tmp_path, 0)
    entries = (
        Entry("alertbegan-1", 1.0, "alert", "GPU 0 is at 84 °C, limit 80"),
        Entry("alertended-2", 2.0, "over", "GPU 0 is at 75 °C again"),
    )
    seen.state.timeline = Timeline(entries, 2)
    lines.show(Update(), seen)
    lines.show(Update(), seen)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "-- alert: GPU 0 is at 84 °C, limit 80"
    assert said[1:] == ["-- alert over: GPU 0 is at 75 °C again", "-- training at step 1,200"]


SAVES = tuple(Entry(f"saved-{n}", float(n), "save", f"saved at step {n}") for n in range(1, 31))
FAILED = Entry("saved-99", 99.0, "failure", "checkpoint failed: no room")


def test_who_comes_later_is_not_told_what_went_well_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for lines in (Lines(tmp_path, from_start=False), Sentences()):
        seen = follower(tmp_path, 0)
        seen.state.timeline = Timeline((*SAVES, FAILED), 31)
        lines.show(Update(), seen)
        seen.state.timeline = Timeline((FAILED, Entry("saved-100", 100.0, "save", "saved")), 32)
        lines.show(Update(), seen)
        said = [line.rpartition("-- ")[2] for line in capsys.readouterr().out.splitlines()]
        assert len(said) == 3
        assert said[0].endswith("checkpoint failed: no room")
        assert said[1].endswith("training at step 1,200")
        assert said[2].endswith("checkpoint saved")


def test_a_run_that_saves_each_second_does_not_bury_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines, seen = Lines(tmp_path), follower(tmp_path, 0)
    for number in range(1, 31):
        seen.state.timeline = Timeline(SAVES[:number], number)
        lines.show(Update(), seen)
    said = [line for line in capsys.readouterr().out.splitlines() if "saved" in line]
    assert said == [
        "-- checkpoint saved at step 1",
        "-- checkpoint saved at step 11 (9 more before it)",
        "-- checkpoint saved at step 21 (9 more before it)",
    ]


def test_who_comes_later_reads_the_end_and_is_told_of_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    screen(tmp_path, FIRST_ROWS + 1500)
    lines = Lines(tmp_path, from_start=False)
    lines.show(Update(), follower(tmp_path, FIRST_ROWS + 1500))
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"-- 1,500 lines before: gladius-console logs {tmp_path.name}"
    assert said[1] == "row 1500"
    assert len(said) == FIRST_ROWS + 2


def test_an_ended_run_has_nothing_to_go() -> None:
    state = RunState(position=Position(step=3))
    state.life.status = Status.STOPPED
    state.timing.remaining_high = 100.0
    assert status_line(state) == "stopped, step 3"


class Plain:
    """`train` without a terminal, as a process."""

    def __init__(self, house: Product, *command: str, **environ: str) -> None:
        self._output = house.home / f"plain-{time.monotonic_ns()}.txt"
        with self._output.open("wb") as file:
            words = [*CONSOLE, "train", "--config", str(house.config(*command))]
            env = {**house.env, **environ}
            self.process = subprocess.Popen(
                words, env=env, cwd=house.home, stdout=file, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._output.read_text()

    def run(self, house: Product) -> Path:
        """The run it started, once it printed a step."""
        wait_until(lambda: "\nstep 3\n" in self.said, 30)
        runs = house.home / "state" / "runs"
        newest = max(runs.iterdir(), key=lambda path: json.loads(
            (path / "run.json").read_text())["created"])  # fmt: skip
        house.runs.append(newest)
        return newest


@pytest.fixture
def begin(house: Product) -> Iterator[type[Plain]]:
    started: list[Plain] = []

    class Begun(Plain):
        def __init__(self, *command: str, **environ: str) -> None:
            super().__init__(house, *command, **environ)
            started.append(self)

    yield Begun
    for one in started:
        one.process.kill()
        one.process.wait()


def test_it_stays_until_the_run_ends_and_says_how_with_its_exit_code(
    begin: type[Plain], house: Product
) -> None:
    good = begin(*ABLE, "4", "0.05", "good")
    bad = begin("false")
    assert (good.process.wait(30), bad.process.wait(30)) == (0, 1)
    assert "step 4" in good.said
    assert "-- finished, step 4" in good.said
    assert "-- error" in bad.said
    assert "\x1b" not in good.said


def test_ctrl_c_leaves_with_130_and_says_how_to_come_back(
    begin: type[Plain], house: Product, call: Call
) -> None:
    plain = begin(*ABLE, "0", "0.05", "leave")
    run = plain.run(house)
    plain.process.send_signal(signal.SIGINT)
    assert plain.process.wait(10) == 130
    assert plain.said.endswith(f"training goes on: gladius-console attach {run.name}\n")
    assert Path(f"/proc/{trainer_pid(run)}").exists()
    assert call("status", run.name, "--json").json["status"] == "training"
    assert call("stop", run.name).code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_under_ci_a_signal_is_a_graceful_stop(
    begin: type[Plain], house: Product, call: Call, number: int
) -> None:
    plain = begin(*ABLE, "0", "0.05", str(number), CI="1")
    run = plain.run(house)
    plain.process.send_signal(number)
    assert plain.process.wait(20) == 0
    assert "a graceful stop was ordered" in plain.said
    assert list(run.glob("step-*.ckpt"))
    assert call("status", run.name, "--json").json["status"] == "stopped"


def test_who_only_watches_never_stops_the_run(
    house: Product, call: Call, begin: type[Plain]
) -> None:
    plain = begin(*ABLE, "0", "0.05", "watched")
    run = plain.run(house)
    words = [*CONSOLE, "attach", run.name, "--plain", "--read-only"]
    with subprocess.Popen(
        words, env={**house.env, "CI": "1"}, stdout=subprocess.PIPE, text=True
    ) as watcher:
        assert watcher.stdout is not None
        while not watcher.stdout.readline().startswith("step"):
            pass
        watcher.send_signal(signal.SIGTERM)
        watcher.stdout.read()
        assert watcher.wait(10) == 130
    assert call("status", run.name, "--json").json["status"] == "training"
    assert call("stop", run.name).code == 0
