"""`export`: what a script gets from it, of a run that goes on and of one that has ended."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from console.backend.exporting.exporter import RunExporter
from console.cli.exporting import LateExporter
from console.core.export_parts import PARTS, Progress
from tests.cli.conftest import STEPS, Call
from tests.product import CONSOLE, Product
from tests.programs import able

FULL = OSError(28, "No space left on device")


def check(folder: Path) -> dict[str, object]:
    """Every file is as the manifest lists it; returns that."""
    told: dict[str, object] = json.loads((folder / "manifest.json").read_text())
    files = told["files"]
    assert isinstance(files, list)
    for item in files:
        data = (folder / item["file"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (item["bytes"], item["sha256"])
    return told


def test_everything_of_an_ended_run(call: Call, ended: Path, tmp_path: Path) -> None:
    said = call("export", ended.name, "--output", str(tmp_path / "out"))
    assert (said.code, said.out, said.err) == (0, f"{tmp_path / 'out'}\n", "")
    told = check(tmp_path / "out")
    assert (told["run"], told["final"], told["step"]) == (ended.name, True, STEPS)
    csv_said = call("metrics", ended.name, "--format", "csv").out
    json_said = call("metrics", ended.name, "--format", "json").json
    assert (tmp_path / "out" / "metrics.csv").read_text() == csv_said
    assert json.loads((tmp_path / "out" / "metrics.json").read_text()) == json_said
    with (tmp_path / "out" / "metrics.csv").open(newline="") as file:
        rows = {int(row["step"]): row for row in csv.DictReader(file)}
    for step in range(1, STEPS):
        assert rows[step]["loss"] == repr(able.loss(step))
    assert "\x1b" not in (tmp_path / "out" / "log.txt").read_text()
    report = call("report", ended.name).out
    assert (tmp_path / "out" / "report.md").read_text().splitlines()[0] == report.splitlines()[0]


def test_state_is_what_status_says(call: Call, ended: Path, tmp_path: Path) -> None:
    call("export", ended.name, "--output", str(tmp_path / "out"), "--what", "state")
    found = json.loads((tmp_path / "out" / "state.json").read_text())
    said = call("status", ended.name, "--json").json
    moving = {"age", "as_of", "backend", "configuration", "telemetry", "timing", "alerts"}
    assert set(found) == set(said)
    for name in set(said) - moving:
        assert found[name] == said[name], name


def test_an_alive_run_while_it_goes_on(call: Call, alive: Path, tmp_path: Path) -> None:
    said = call("export", alive.name, "--output", str(tmp_path / "out"), "--json").json
    told = check(tmp_path / "out")
    assert said["folder"] == str(tmp_path / "out")
    assert told["final"] is False
    steps = [step for step, _ in json.loads(
        (tmp_path / "out" / "metrics.json").read_text())["series"]["loss"]]  # fmt: skip
    assert steps[-1] == told["step"]
    assert json.loads((tmp_path / "out" / "state.json").read_text())["step"] == told["step"]


def test_left_out_the_folder_is_a_new_one_here(call: Call, ended: Path) -> None:
    first = call("export", ended.name, "--what", "log,config").out.strip()
    second = call("export", ended.name, "--what", "log").out.strip()
    assert Path(first).parent == Path.cwd()
    assert second == f"{first}-2"
    assert {path.name for path in Path(first).iterdir()} == {
        "log.txt", "config.yaml", "manifest.json"
    }  # fmt: skip


def test_one_that_is_there_is_replaced_with_force(call: Call, ended: Path, tmp_path: Path) -> None:
    words = ("export", ended.name, "--output", str(tmp_path / "out"), "--what", "log")
    assert call(*words).code == 0
    refused = call(*words)
    assert (refused.code, refused.out) == (3, "")
    assert "already; replace it with --force" in refused.err
    assert call(*words, "--force").code == 0
    (tmp_path / "out" / "mine.txt").write_text("mine")
    assert "holds other files (mine.txt)" in call(*words, "--force").err
    assert (tmp_path / "out" / "mine.txt").exists()


def test_raw_warns(call: Call, ended: Path, tmp_path: Path) -> None:
    said = call("export", ended.name, "--output", str(tmp_path / "out"), "--what", "log", "--raw")
    assert "not masked" in said.err
    raw = (tmp_path / "out" / "raw" / "output.log").read_bytes()
    assert raw == b"".join(path.read_bytes() for path in sorted(ended.glob("output.*.log")))


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("--what", "everything"), 2, "'everything' is nothing to export"),
        (("--what", ","), 2, "nothing was named"),
        (("--output", "/no/where/out"), 3, "there is no folder /no/where: make it"),
        (("--output", "a\x1b]0;x\x07/b"), 3, "there is no folder"),
    ],
)
def test_what_is_refused_says_what_to_do(
    words: tuple[str, ...], code: int, why: str, call: Call, ended: Path
) -> None:
    said = call("export", ended.name, *words)
    assert said.code == code
    assert why in said.err
    assert "\x1b" not in said.err


def test_no_such_run(call: Call) -> None:
    assert call("export", "nobody").code == 5


def test_a_full_disk_is_told(
    call: Call, ended: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise FULL

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        said = call("export", ended.name, "--output", str(tmp_path / "out"))
    assert said.code == 1
    assert "is full, nothing was left there" in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_in_the_middle_leaves_nothing(
    number: signal.Signals, call: Call, ended: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    real = RunExporter.write

    def write(
        self: RunExporter, folder: str, parts: object, *, force: bool, tell: object
    ) -> object:
        def told(progress: Progress) -> bool:
            if progress.file == "metrics.json":
                os.kill(os.getpid(), number)
            return tell(progress)  # type: ignore[operator]

        return real(self, folder, parts, force=force, tell=told)  # type: ignore[arg-type]

    monkeypatch.setattr(RunExporter, "write", write)
    said = call("export", ended.name, "--output", str(tmp_path / "out"))
    assert said.code == 130
    assert list(tmp_path.iterdir()) == []


def test_the_verb_as_a_person_calls_it(house: Product, ended: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [*CONSOLE, "export", ended.name, "--output", "out"],
        env=house.env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        umask=0,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    check(tmp_path / "out")


def test_help_names_every_part(call: Call) -> None:
    said = call("export", "--help").out
    assert all(part.id in said for part in PARTS)


def test_a_screen_opens_without_what_exports(house: Product) -> None:
    """What writes exports takes long to import, and a screen is there to be seen at once."""
    code = "import sys, console.cli.house; print([m for m in sys.modules if 'exporting.' in m])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=house.env, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_screens_exporter_is_the_same(call: Call, ended: Path, tmp_path: Path) -> None:
    made = LateExporter(ended, "qwen/moe")
    found = made.look(str(tmp_path / "out"), ["config"])
    assert found.problem == ""
    made.write(found.folder, ["config"], force=False, tell=lambda _progress: True)
    assert check(tmp_path / "out")["run"] == ended.name
    (report,) = made.single("report")
    assert Path(report).name == "qwen_moe-report.md"
    assert Path(made.folder()).parent == Path(report).parent == Path.cwd()
    assert Path(made.keep("a.txt", "b")).read_text() == "b"
