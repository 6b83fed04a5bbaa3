"""An export is there whole or not at all, whatever fails; and it says what the run says."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from console.backend.exporting import exporter as exporting
from console.backend.exporting.child import ScreenExporter
from console.backend.exporting.exporter import RunExporter
from console.backend.exporting.folder import Folder, tidy
from console.backend.history import History
from console.backend.metricwalk import walk
from console.core.config import load
from console.core.config_resolve import resolved_text
from console.core.export_parts import (
    BY_ID,
    EVERYTHING,
    Cancelled,
    Exported,
    Occupied,
    Progress,
    Refused,
)
from tests.backend.paper import Paper, batch_line
from tests.backend.test_exactly_once import Nth
from tests.waiting import wait_until

FULL = OSError(28, "No space left on device")
SECRET = "hf_abcdefghijklmnopqrstuvwxyz0123"
HOSTILE = "../../x\x1b]0;owned\x07\u202e\n"
ALL = tuple(BY_ID)


def on(_progress: Progress) -> bool:
    return True


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    """A run with 40 steps, a NaN, a hostile metric, a secret, an unfinished line."""
    made = Paper(tmp_path / "20260102-030405-abcd")
    for step in range(40):
        made.log(step, loss=2.0 / (step + 1), lr=float("nan") if step == 7 else 1e-4)
        made.say(batch_line(1, step, 0.5))
        made.pass_time(1.0)
    made.log(40, **{HOSTILE: 1.0, "validation/loss": 0.25})
    made.hook("save", step=40, path=f"/x/{SECRET}", ok=True)
    made.say(f"\x1b[31mtoken: {SECRET}\x1b[0m\nunfinished")
    (made.dir / "config.yaml").write_text(f"run:\n  command: [x]\napi_key: {SECRET}\n")
    made.record_all()
    yield made
    made.kill()


def export(paper: Paper, folder: Path, parts: Sequence[str] = EVERYTHING, **more: Any) -> Exported:
    return RunExporter(paper.dir, "old").write(str(folder), parts, tell=on, **more)


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def check_sums(folder: Path) -> None:
    """Every file is listed, with its length and its sum."""
    listed = {item["file"]: item for item in manifest(folder)["files"]}
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {*listed, "manifest.json"}
    for name, item in listed.items():
        data = (folder / name).read_bytes()
        assert len(data) == item["bytes"]
        assert hashlib.sha256(data).hexdigest() == item["sha256"]


# what is in it


def test_everything_is_there_listed_and_private(paper: Paper, tmp_path: Path) -> None:
    made = export(paper, tmp_path / "out")
    folder = tmp_path / "out"
    check_sums(folder)
    assert made.files == len(manifest(folder)["files"]) + 1
    assert set(tree(folder)) >= {
        "charts", "charts/loss.csv", "charts/loss.svg", "charts/lr.svg", "config.yaml", "log.txt",
        "manifest.json", "metrics.csv", "metrics.json", "report.md", "state.json", "timeline.json",
        "timeline.txt",
    }  # fmt: skip
    for path in (folder, *folder.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    told = manifest(folder)
    assert (told["run"], told["everything"], told["masked"]) == (paper.dir.name, True, True)
    assert told["step"] == 39
    assert json.loads((folder / "state.json").read_text())["step"] == 39
    assert "Training summary" in (folder / "report.md").read_text()


def test_the_csv_read_back_is_what_was_recorded(paper: Paper, tmp_path: Path) -> None:
    export(paper, tmp_path / "out", ["metrics"])
    with (tmp_path / "out" / "metrics.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    history = History(paper.dir)
    names = history.names()
    for column, name in enumerate(names, 1):
        found = [(int(row[0]), row[column]) for row in rows if row[column]]
        assert found == [(step, repr(value)) for step, _, value in history.all_points(name)]
    assert [row[0] for row in rows] == [str(step) for step in range(41)]
    assert head[0] == "step"
    assert all(title.isprintable() for title in head)


def test_the_json_is_strict_and_has_every_value(paper: Paper, tmp_path: Path) -> None:
    export(paper, tmp_path / "out", ["metrics"])
    said = json.loads((tmp_path / "out" / "metrics.json").read_text(), parse_constant=pytest.fail)
    history = History(paper.dir)
    assert said["nonfinite"] == ["lr"]
    assert said["series"]["lr"][7] == [7, None]
    for name in history.names():
        steps = [step for step, _, _ in history.all_points(name)]
        assert [step for step, _ in said["series"][name]] == steps


def test_every_chart_is_xml_and_csv(paper: Paper, tmp_path: Path) -> None:
    export(paper, tmp_path / "out", ["charts"])
    pictures = sorted((tmp_path / "out" / "charts").glob("*.svg"))
    assert len(pictures) >= 3
    for picture in pictures:
        assert ElementTree.parse(picture).getroot().tag.endswith("svg")
        with picture.with_suffix(".csv").open(newline="") as file:
            assert next(csv.reader(file))[0] == "metric"
        assert picture.name.isascii()
        assert not picture.name.startswith(".")


def test_secrets_are_masked_everywhere_but_in_the_raw_output(paper: Paper, tmp_path: Path) -> None:
    made = export(paper, tmp_path / "out", ALL)
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            assert (SECRET in path.read_text()) == (path.name == "output.log"), path
    assert any("not masked" in note for note in made.notes)
    assert manifest(tmp_path / "out")["masked"] is False
    assert not export(paper, tmp_path / "clean").notes


def test_a_secret_that_no_line_of_the_configuration_gives_away_is_masked(
    paper: Paper, tmp_path: Path
) -> None:
    config = load(
        b"run: {command: [x, --api-key, sesame-a, '--token=sesame-b']}\n"
        b"program:\n  api_key: |-\n    first sesame-c\n    second sesame-d\n"
        b"  credentials: {user: sesame-f, password: [sesame-e]}\n"
        b"notify:\n  box:\n    webhook:\n      https://example.org/sesame-g\n",
        "c.yaml",
    )
    (paper.dir / "config.yaml").write_text(resolved_text(config))
    export(paper, tmp_path / "out", ("config",))
    text = (tmp_path / "out" / "config.yaml").read_text()
    assert "sesame" not in text
    assert "https://example.org/***" in text
    assert load(text.encode(), "config.yaml").run.command[0] == "x"


def test_no_control_sequence_is_in_what_is_text(paper: Paper, tmp_path: Path) -> None:
    export(paper, tmp_path / "out")
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            assert not {"\x1b", "\x07", "\u202e"} & set(path.read_text()), path


def test_the_log_ends_with_the_line_that_is_not_ended(paper: Paper, tmp_path: Path) -> None:
    export(paper, tmp_path / "out", ["log"])
    rows = (tmp_path / "out" / "log.txt").read_text().splitlines()
    assert len(rows) == 42
    assert rows[-1] == "unfinished"


def test_the_raw_output_is_the_very_bytes(paper: Paper, tmp_path: Path) -> None:
    paper.new_output_segment()
    paper.say("more\n")
    paper.record_all()
    paper.say("not read yet\n")
    export(paper, tmp_path / "out", ["raw"])
    whole = b"".join(path.read_bytes() for path in sorted(paper.dir.glob("output.*.log")))
    raw = (tmp_path / "out" / "raw" / "output.log").read_bytes()
    assert raw == whole.removesuffix(b"not read yet\n")
    assert raw.endswith(b"more\n")


def test_an_alive_run_is_exported_as_of_one_commit(paper: Paper, tmp_path: Path) -> None:
    """What is committed in the middle of an export is in no part of it."""
    recorder = paper.record_all()

    def goes_on(_progress: Progress) -> bool:
        step = 1000 + recorder.state.position.step
        paper.log(step, loss=9.0)
        paper.say("LATER\n")
        paper.pass_time(1.0)
        while recorder.poll(max_bytes=1 << 20):
            pass
        assert recorder.commit()
        return True

    RunExporter(paper.dir, "old").write(str(tmp_path / "out"), ALL, tell=goes_on)
    assert recorder.state.position.step > 5000
    said = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert said["series"]["loss"][-1][0] == 39
    assert json.loads((tmp_path / "out" / "state.json").read_text())["step"] == 39
    assert b"LATER" not in b"".join(
        path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()
    )
    assert manifest(tmp_path / "out")["step"] == 39


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_run_without_a_step(is_recorded: bool, tmp_path: Path) -> None:
    paper = Paper(tmp_path / "20260102-030405-abcd")
    if is_recorded:
        paper.record_all()
    export(paper, tmp_path / "out", ALL)
    check_sums(tmp_path / "out")
    assert (tmp_path / "out" / "metrics.csv").read_text() == "step\n"
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["series"] == {}
    assert not list((tmp_path / "out").glob("charts/*"))
    assert manifest(tmp_path / "out")["step"] is None


def test_a_run_whose_metrics_are_made_anew_is_refused(paper: Paper, tmp_path: Path) -> None:
    def made_anew(_progress: Progress) -> bool:
        (paper.dir / "metrics.db").rename(paper.dir / "gone.db")
        (paper.dir / "gone.db").rename(tmp_path / "elsewhere.db")
        (paper.dir / "metrics.db").write_bytes((tmp_path / "elsewhere.db").read_bytes())
        return True

    with pytest.raises(Refused, match="export once more"):
        RunExporter(paper.dir, "old").write(str(tmp_path / "out"), ["metrics"], tell=made_anew)
    assert not (tmp_path / "out").exists()


# whole or not at all


def left(tmp_path: Path, before: set[str]) -> set[str]:
    return {path.name for path in tmp_path.iterdir()} - before


CALLS = ("write", "fsync", "rename", "open", "mkdir")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("replaces", [False, True])
def test_each_call_that_fails_leaves_nothing_half_done(
    call: str, replaces: bool, paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full at the first, the second, … call: the place is as it was, or all is well."""
    target, at, failures = tmp_path / "out", 0, 0
    while True:
        shutil.rmtree(target, ignore_errors=True)
        if replaces:
            export(paper, target, ["log"], force=True)
        before = {path.name for path in tmp_path.iterdir()}
        kept = tree(target) if replaces else []
        at += 1
        nth, failed = Nth(at), False
        with monkeypatch.context() as patch:
            patch.setattr(os, call, nth.wrap(getattr(os, call), FULL))
            try:
                export(paper, target, ["log", "config", "charts"], force=True)
            except (OSError, Refused):
                failed = True
        if failed:
            failures += 1
            assert left(tmp_path, before) == set()
            assert (tree(target) if target.exists() else []) == kept
        else:
            check_sums(target)
        if not nth.reached:
            break
    assert failures > 1 or call == "rename"


def test_a_full_disk_is_told_with_what_to_do(
    paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "write", Nth(1).wrap(os.write, FULL))
    with pytest.raises(OSError, match=r"is full, nothing was left there.*choose another disk"):
        export(paper, tmp_path / "out")


def test_cancelled_at_any_moment_leaves_nothing(paper: Paper, tmp_path: Path) -> None:
    before = {path.name for path in tmp_path.iterdir()}
    for at in (1, 2, 3, 5, 8, 13, 21):
        seen: list[Progress] = []

        def tell(progress: Progress, at: int = at, seen: list[Progress] = seen) -> bool:
            seen.append(progress)
            return len(seen) < at

        with pytest.raises(Cancelled):
            RunExporter(paper.dir, "old").write(str(tmp_path / "out"), EVERYTHING, tell=tell)
        assert left(tmp_path, before) == set()


KILLED = """
import os, signal, sys
from pathlib import Path
from console.backend.exporting.exporter import RunExporter
def tell(progress):
    if progress.file == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
    return True
RunExporter(Path(sys.argv[1]), "old").write(sys.argv[2], ["log", "metrics"], tell=tell)
"""


def test_what_a_killed_export_left_goes_with_the_next(paper: Paper, tmp_path: Path) -> None:
    target = tmp_path / "out"
    words = [sys.executable, "-c", KILLED, str(paper.dir), str(target), "log.txt"]
    assert subprocess.run(words, check=False).returncode == -9
    assert not target.exists()
    assert [path for path in tmp_path.iterdir() if path.name.endswith(".part")]
    export(paper, target)
    assert left(tmp_path, {paper.dir.name}) == {"out"}
    check_sums(target)


def test_an_export_under_way_is_left_alone(tmp_path: Path) -> None:
    with Folder(tmp_path / "out") as first:
        first.write("one", [b"1"])
        with Folder(tmp_path / "out") as second:
            second.write("two", [b"2"])
        first.publish(replace=False)
    assert tree(tmp_path) == ["out", "out/one"]


def test_what_a_killed_replacement_had_set_aside_comes_back(tmp_path: Path) -> None:
    (tmp_path / f".out.{'a' * 12}.old").mkdir()
    (tmp_path / f".out.{'b' * 12}.part").mkdir()
    tidy(tmp_path / "out")
    assert tree(tmp_path) == ["out"]


# where it may go


def refused(paper: Paper, folder: Path | str, **more: Any) -> str:
    with pytest.raises(Refused) as found:
        export(paper, Path(folder), ["log"], **more)
    return str(found.value)


def test_what_stands_in_the_way_is_told_with_what_to_do(paper: Paper, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    assert "is a file: choose another name" in refused(paper, tmp_path / "file", force=True)
    assert "is a link: name the folder" in refused(paper, tmp_path / "link", force=True)
    said = refused(paper, tmp_path / "full", force=True)
    assert "holds other files (mine.txt): choose a new folder" in said
    assert "there is no folder" in refused(paper, tmp_path / "a" / "b")
    assert "where the runs themselves are" in refused(paper, paper.dir / "out")
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"
    assert "name a folder" in RunExporter(paper.dir, "x").look(" ", ["log"]).problem


def test_a_folder_that_would_do_is_named(paper: Paper, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    maker = RunExporter(paper.dir, HOSTILE)
    found = maker.look(str(tmp_path / "full"), ["log"])
    assert found.suggestion == str(tmp_path / "full" / f"x_0_owned-{paper.dir.name}")
    assert not maker.look(found.suggestion, ["log"]).problem


def test_an_export_is_replaced_only_on_demand(paper: Paper, tmp_path: Path) -> None:
    export(paper, tmp_path / "out", ["log", "charts"])
    with pytest.raises(Occupied):
        export(paper, tmp_path / "out", ["log"])
    assert RunExporter(paper.dir, "x").look(str(tmp_path / "out"), ["log"]).replaces
    export(paper, tmp_path / "out", ["config"], force=True)
    assert tree(tmp_path / "out") == ["config.yaml", "manifest.json"]
    assert left(tmp_path, set()) == {paper.dir.name, "out"}


@pytest.mark.parametrize("where", ["notes.txt", "charts/notes.txt", "mine"])
def test_an_export_somebody_added_to_is_not_replaced(
    where: str, paper: Paper, tmp_path: Path
) -> None:
    export(paper, tmp_path / "out", ["log", "charts"])
    if "." in where:
        (tmp_path / "out" / where).write_text("mine")
    else:
        (tmp_path / "out" / where).mkdir()
    assert f"({where})" in refused(paper, tmp_path / "out", force=True)
    assert (tmp_path / "out" / where).exists()


def test_what_somebody_puts_into_an_export_while_it_is_replaced_is_kept(
    paper: Paper, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    export(paper, folder)
    note = folder / "charts" / "note.txt"

    def write(_progress: Progress) -> bool:
        note.write_text("mine")
        return True

    before = (folder / "manifest.json").read_bytes()
    with pytest.raises(Refused, match=r"charts/note\.txt came into"):
        RunExporter(paper.dir, "old").write(str(folder), ("state",), force=True, tell=write)
    assert note.read_text() == "mine"
    assert (folder / "manifest.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_name_as_long_as_a_name_can_be_will_do(paper: Paper, tmp_path: Path) -> None:
    folder = tmp_path / ("訓" * 85)
    export(paper, folder, ("state",))
    export(paper, folder, ("state",), force=True)
    assert [path.name for path in tmp_path.iterdir()].count(folder.name) == 1
    check_sums(folder)


def test_an_empty_folder_will_do(paper: Paper, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    export(paper, tmp_path / "out")
    check_sums(tmp_path / "out")


def test_too_little_room_is_told_before(
    paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Little:
        f_bavail, f_frsize = 1, 4096

    monkeypatch.setattr(os, "statvfs", lambda _path: Little)
    with pytest.raises(Refused, match=r"are needed and 4\.1 kB are free: make room"):
        export(paper, tmp_path / "out")


def test_a_folder_one_may_not_write_to_is_told(
    paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    assert "you may not write in" in refused(paper, tmp_path / "out")


@pytest.mark.parametrize("name", [HOSTILE, "", ".", "..", "/etc/passwd", "-rf", "\x00", "é" * 500])
def test_a_hostile_name_of_a_run_is_one_name_in_the_persons_folder(
    name: str, paper: Paper, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    maker = RunExporter(paper.dir, name, here)
    folder = Path(maker.folder())
    assert folder.parent == here
    assert folder.name.isascii()
    assert folder.name[0].isalnum()
    made = maker.write(str(folder), ["log"], tell=on)
    assert [str(path) for path in here.iterdir()] == [made.folder]
    assert maker.folder() != str(folder)


def test_a_file_kept_takes_nobodys_place(paper: Paper, tmp_path: Path) -> None:
    (tmp_path / "shot.svg").symlink_to(tmp_path / "elsewhere")
    maker = RunExporter(paper.dir, "x", tmp_path)
    assert maker.keep("shot.svg", "one") == str(tmp_path / "shot-2.svg")
    assert maker.keep("shot.svg", "two") == str(tmp_path / "shot-3.svg")
    assert not (tmp_path / "elsewhere").exists()
    assert maker.keep("../../etc/x.svg", "three") == str(tmp_path / "etc_x.svg")
    assert (tmp_path / "etc_x.svg").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_exported_is_named(paper: Paper, tmp_path: Path) -> None:
    for parts in (["log", "nonsense"], []):
        with pytest.raises(Refused, match="there are metrics, charts"):
            export(paper, tmp_path / "out", parts)


def test_an_export_in_the_trainers_folder_is_not_taken_for_its_metrics(
    paper: Paper, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    export(paper, work / "out", ["metrics"])
    assert [found for found in walk(str(work)) if found] == []
    (work / "out" / "manifest.json").write_text('{"checkpoints": []}')
    assert [found for found in walk(str(work)) if found] == [str(work / "out" / "metrics.csv")]


def test_many_series_have_a_chart_each_and_none_is_drawn_over_another(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "20260102-030405-abcd")
    names = [f"expert_share/{number}" for number in range(70)]
    clashing = ["a/b", "a b", "a_b", "A_B", "/", "...", "loss_", "LOSS"]
    for step in range(3):
        paper.log(step, **{name: float(step) for name in (*names, *clashing)})
    paper.record_all()
    export(paper, tmp_path / "out", ["charts"])
    check_sums(tmp_path / "out")
    pictures = list((tmp_path / "out" / "charts").glob("*.svg"))
    assert len({picture.name.lower() for picture in pictures}) == len(clashing) + 1
    document = (tmp_path / "out" / "charts" / "expert_load.svg").read_text()
    assert document.count("<polyline") == 70
    assert " more</text>" in document
    places = [float(found) for found in re.findall(r'<text x="([0-9.]+)" y="42.0"', document)]
    assert max(places) <= 936


# from a screen: in a process of its own


def test_a_screens_export_is_the_same(paper: Paper, tmp_path: Path) -> None:
    told: list[Progress] = []
    maker = ScreenExporter(paper.dir, "old", tmp_path)

    def tell(progress: Progress) -> bool:
        told.append(progress)
        return True

    made = maker.write("out", EVERYTHING, tell=tell)
    assert made.folder == str(tmp_path / "out")
    check_sums(tmp_path / "out")
    assert told
    with pytest.raises(Occupied):
        maker.write("out", EVERYTHING, tell=tell)
    with pytest.raises(Refused, match="there is no folder"):
        maker.write("no/where", EVERYTHING, tell=tell)
    with pytest.raises(Refused, match="name too long"):
        maker.write("x" * 400, EVERYTHING, tell=tell)


def test_a_screens_export_is_cancelled(paper: Paper, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        ScreenExporter(paper.dir, "old", tmp_path).write(
            "out", EVERYTHING, tell=lambda _progress: False
        )
    assert left(tmp_path, {paper.dir.name}) == set()


def test_a_screens_export_that_dies_leaves_nothing(
    paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [sys.executable, "-c", KILLED, str(paper.dir), str(tmp_path / "out"), "log.txt"]
    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda _words, **more: real(words, **more))
    with pytest.raises(OSError, match=r"died \(-9\)"):
        ScreenExporter(paper.dir, "old", tmp_path).write("out", ["log"], tell=on)
    assert left(tmp_path, {paper.dir.name}) == set()


def test_an_export_ends_with_the_screen_that_waits_for_it(paper: Paper, tmp_path: Path) -> None:
    """Nobody reads what it says any more: it leaves nothing behind."""
    child = subprocess.Popen(
        [sys.executable, "-m", "console.backend.exporting"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdout.close()
    asked = {"run_dir": str(paper.dir), "name": "x", "here": str(tmp_path), "folder": "out",
             "parts": ["metrics"], "force": False}  # fmt: skip
    child.stdin.write(json.dumps(asked).encode())
    child.stdin.close()
    assert wait_until(lambda: child.poll() is not None)
    assert child.returncode == 1
    assert left(tmp_path, {paper.dir.name}) == set()
    assert exporting.MANIFEST == "manifest.json"
