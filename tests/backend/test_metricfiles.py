"""Files the trainer writes its metrics to, followed by a recorder."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from console.backend import metricfiles, metricwalk
from console.core.formats.files import FileReader
from tests.backend.paper import Paper

if TYPE_CHECKING:
    from console.backend.recorder import Recorder

HEADER = "epoch,step,train_loss,val_loss\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(metricfiles, "READ_SECONDS", 0.0)
    monkeypatch.setattr(metricfiles, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(metricfiles, "LOOK_RATIO", 0)
    made = tmp_path / "work"
    made.mkdir()
    return made


def on(folder: Path, **facts: Any) -> Paper:
    paper = Paper(folder.parent / "run")
    facts = {"cwd": str(folder), "created": 1000.0, "command": [], **facts}
    (paper.dir / "run.json").write_text(json.dumps(facts))
    return paper


def write(path: Path, text: str, *, mode: str = "a") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, mode) as file:
        file.write(text)


def row(step: int, loss: float) -> str:
    return json.dumps({"current_steps": step, "total_steps": 50, "loss": loss, "epoch": 1}) + "\n"


def losses(recorder: Recorder, paper: Paper) -> list[tuple[int, float]]:
    recorder.commit()
    return [(step, float(text)) for step, text in paper.series()["loss"]]


def test_rows_are_told_as_they_come_with_every_digit_and_their_source(folder: Path) -> None:
    paper, path = on(folder), folder / "out/deep/trainer_log.jsonl"
    recorder = paper.recorder()
    recorder.poll()
    write(path, row(1, 5.123456789))
    recorder.poll()
    write(path, row(2, 4.5)[:20])
    recorder.poll()
    assert recorder.state.value("loss") == 5.123456789
    assert recorder.state.metrics["loss"].source == "file"
    assert recorder.state.position.total_steps == 50
    write(path, row(2, 4.5)[20:])
    recorder.poll()
    assert losses(recorder, paper) == [(1, 5.123456789), (2, 4.5)]


def test_it_wins_over_what_the_output_says(folder: Path) -> None:
    paper, path = on(folder), folder / "trainer_log.jsonl"
    recorder = paper.recorder()
    for step in range(1, 5):
        paper.say(f"step={step} loss={step}.5 grad_norm=1.0\n")
        recorder.poll()
        write(path, row(step, step + 0.501))
        recorder.poll()
    told = losses(recorder, paper)
    assert told[0] == (1, 1.5)
    assert told[1:] == [(step, step + 0.501) for step in range(1, 5)]
    assert recorder.state.metrics["gradient_norm"].source == "parsed"


def test_a_sparse_file_adds_only_what_the_output_does_not_tell(folder: Path) -> None:
    paper, path = on(folder), folder / "lightning_logs/version_0/metrics.csv"
    recorder = paper.recorder()
    for step in range(1, 5):
        paper.say(f"step={step} loss={step}.5\n")
    recorder.poll()
    write(path, HEADER + "0,1,9.5,\n0,2,,0.25\n")
    recorder.poll()
    assert [value for _, value in losses(recorder, paper)] == [1.5, 2.5, 3.5, 4.5]
    assert recorder.state.position.step == 4
    assert recorder.state.evaluation.validation_loss == 0.25


def test_killed_at_any_moment_every_row_is_told_once(folder: Path) -> None:
    paper, path = on(folder), folder / "trainer_log.jsonl"
    for step in range(1, 31):
        write(path, row(step, step + 0.5))
        recorder = paper.recorder()
        recorder.poll()
        if step % 3:
            recorder.commit()
        paper.kill()
    recorder = paper.recorder()
    recorder.poll()
    assert losses(recorder, paper) == [(step, step + 0.5) for step in range(1, 31)]


def test_made_anew_from_the_journal_every_row_is_told_once(folder: Path) -> None:
    paper, path = on(folder), folder / "trainer_log.jsonl"
    write(path, "".join(row(step, step + 0.5) for step in range(1, 11)))
    recorder = paper.recorder()
    recorder.poll()
    recorder.commit()
    paper.kill()
    for database in paper.dir.glob("metrics.db*"):
        database.unlink()
    write(path, row(11, 11.5))
    recorder = paper.recorder()
    while recorder.poll() or recorder.replaying:
        pass
    recorder.poll()
    assert losses(recorder, paper) == [(step, step + 0.5) for step in range(1, 12)]


def test_what_an_earlier_run_left_is_passed_over(folder: Path) -> None:
    old, untouched = folder / "trainer_log.jsonl", folder / "other/trainer_log.jsonl"
    for path in (old, untouched):
        write(path, row(1, 9.5))
        os.utime(path, (10, 10))
    paper = on(folder, command=["train", "--output_dir", "."])
    recorder = paper.recorder()
    recorder.poll()
    write(old, row(2, 1.5))
    recorder.poll()
    assert losses(recorder, paper) == [(2, 1.5)]


def test_links_pipes_and_files_of_others_are_left_alone(folder: Path) -> None:
    outside = folder.parent / "outside"
    write(outside / "trainer_log.jsonl", row(1, 9.5))
    (folder / "link").symlink_to(outside)
    (folder / "trainer_log.jsonl").symlink_to(outside / "trainer_log.jsonl")
    os.mkfifo(folder / "metrics.csv")
    write(folder / "results.csv", "match,score\n1,2\n")
    paper = on(folder)
    recorder = paper.recorder()
    recorder.poll()
    recorder.poll()
    assert recorder.state.metrics == {}


def test_a_file_cut_off_or_replaced_goes_on(folder: Path) -> None:
    paper, path = on(folder), folder / "metrics.csv"
    recorder = paper.recorder()
    write(path, "step,train_loss\n0,5.5\n1,4.5\n")
    recorder.poll()
    write(path, "step,train_loss,lr\n0,5.5,\n1,4.5,\n2,3.5,0.1\n", mode="w")
    recorder.poll()
    os.replace(path, folder / "old.csv")
    recorder.poll()
    write(path, "step,train_loss\n0,2.5\n")
    recorder.poll()
    assert losses(recorder, paper)[:3] == [(1, 5.5), (2, 4.5), (3, 3.5)]


def test_files_named_in_the_configuration_are_followed(folder: Path) -> None:
    write(folder / "mine.csv", "step,loss\n7,1.5\n")
    write(folder.parent / "secret.csv", "step,loss\n8,2.5\n")
    (folder / "out").symlink_to(folder.parent)
    paper = on(folder)
    (paper.dir / "config.yaml").write_text(
        "run:\n  command: [python]\n  metrics_files: [mine.csv, out/secret.csv]\n"
    )
    recorder = paper.recorder()
    recorder.poll()
    assert losses(recorder, paper) == [(7, 1.5)]


def test_an_output_directory_elsewhere_is_looked_into(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere"
    write(elsewhere / "trainer_log.jsonl", row(3, 1.5))
    paper = on(folder, command=["python", "--output_dir", str(elsewhere)])
    recorder = paper.recorder()
    recorder.poll()
    assert losses(recorder, paper) == [(3, 1.5)]


def test_at_the_end_all_that_is_left_is_told(folder: Path) -> None:
    paper = on(folder)
    recorder = paper.recorder()
    write(folder / "trainer_log.jsonl", "".join(row(n, n / 2) for n in range(1, 3001)))
    recorder.flush()
    assert len(losses(recorder, paper)) == 3000


@pytest.mark.parametrize("error", [ValueError, OverflowError, KeyError, TypeError])
def test_a_file_that_makes_no_sense_is_left_alone_with_its_reason(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    paper, path = on(folder), folder / "mine.csv"
    (paper.dir / "config.yaml").write_text("run: {command: [python], metrics_files: [mine.csv]}\n")
    recorder = paper.recorder()

    def fail(*_: Any) -> None:
        raise error("hostile")

    with monkeypatch.context() as patch:
        patch.setattr(FileReader, "read", fail)
        write(path, "step,loss\n1,1.5\n")
        recorder.poll()
        recorder.flush()
    write(path, "2,2.5\n")
    recorder.poll()
    assert recorder.state.metrics == {}
    (followed,) = recorder._intake._files._followed.values()
    assert "hostile" in followed.reason
    assert b"mine.csv makes no sense" in paper.screen()


def test_half_a_surrogate_pair_stops_nobody(folder: Path) -> None:
    paper = on(folder)
    recorder = paper.recorder()
    write(folder / "trainer_log.jsonl", '{"current_steps": 1, "loss": 2, "note": "\\udcff"}\n')
    recorder.poll()
    assert losses(recorder, paper) == [(1, 2.0)]


def test_the_journal_tells_of_the_file_that_was_read_and_once_what_was_there_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One look sees all, however slow this machine is; that a look has an end is tested elsewhere.
    monkeypatch.setattr(metricfiles, "LOOK_BUDGET_SECONDS", math.inf)
    for number in range(50):
        write(folder / f"old{number}/trainer_log.jsonl", row(1, 9.5))
        os.utime(folder / f"old{number}/trainer_log.jsonl", (10, 10))
    paper = on(folder)
    recorder = paper.recorder()
    for step in range(1, 4):
        write(folder / "trainer_log.jsonl", row(step, step + 0.5))
        write(folder / "metrics.csv", HEADER * (step == 1) + f"0,{step},,0.5\n")
        recorder.poll()
    recorder.commit()
    places = paper.journal("files")
    assert [len(place["files"]) for place in places] == [1] * 6
    assert [len(place["before"]) for place in places if "before" in place] == [50]


def test_made_anew_two_files_are_told_once_each(folder: Path) -> None:
    paper = on(folder)
    recorder = paper.recorder()
    for step in range(1, 6):
        write(folder / "trainer_log.jsonl", row(step, step + 0.5))
        write(folder / "metrics.csv", HEADER * (step == 1) + f"0,{step},,{step}.25\n")
        recorder.poll()
    recorder.commit()
    told = paper.series()
    paper.kill()
    for database in paper.dir.glob("metrics.db*"):
        database.unlink()
    recorder = paper.recorder()
    while recorder.poll() or recorder.replaying:
        pass
    recorder.poll()
    recorder.commit()
    assert paper.series() == told


def test_a_huge_folder_is_never_read_as_a_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        (folder / f"{number}.png").touch()
    monkeypatch.setattr(metricwalk, "ENTRIES", 10)
    seen: list[str] = []
    scandir = os.scandir

    def note(entry: os.DirEntry[str]) -> os.DirEntry[str]:
        seen.append(str(entry.path))
        return entry

    @contextmanager
    def counting(path: str) -> Iterator[Iterator[os.DirEntry[str]]]:
        with scandir(path) as entries:
            yield map(note, entries)

    monkeypatch.setattr(os, "scandir", counting)
    on(folder).recorder()
    assert len([path for path in seen if path.startswith(str(folder))]) == 10


def test_looking_goes_on_next_time_when_it_takes_too_long(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metricfiles, "LOOK_BUDGET_SECONDS", 0.0)
    looked, scandir = [], os.scandir

    def counting(path: Any) -> Any:
        if str(path).startswith(str(folder)):
            looked.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", counting)
    for number in range(5):
        (folder / f"{number}").mkdir()
    paper = on(folder)
    recorder = paper.recorder()
    assert len(looked) == 1
    write(folder / "4/trainer_log.jsonl", row(1, 1.5))
    for polls in range(2, 6):
        recorder.poll()
        assert len(looked) == polls
    assert recorder.state.metrics == {}
    recorder.poll()
    assert losses(recorder, paper) == [(1, 1.5)]


def test_a_file_another_run_adds_to_is_not_ours(folder: Path) -> None:
    known, busy = folder / "version_7/metrics.csv", folder / "version_8/metrics.csv"
    for path in (known, busy):
        write(path, HEADER + "0,1,9.5,\n")
    os.utime(known, (10, 10))
    os.utime(busy.parent, (10, 10))  # it grows all the time, its folder does not
    paper = on(folder)
    recorder = paper.recorder()
    for step in (2, 3):
        for path in (known, busy):
            write(path, f"0,{step},8.5,\n")
        recorder.poll()
    write(folder / "version_9/metrics.csv", HEADER + "0,0,1.5,\n")
    recorder.poll()
    assert losses(recorder, paper) == [(1, 1.5)]


def test_of_two_new_files_of_a_name_none_is_followed_and_a_row_says_why(folder: Path) -> None:
    paper = on(folder)
    recorder = paper.recorder()
    write(folder / "a/metrics.csv", HEADER + "0,0,1.5,\n")
    recorder.poll()
    write(folder / "b\x1b/metrics.csv", HEADER)
    write(folder / "a/metrics.csv", "0,1,2.5,\n")
    recorder.poll()
    write(folder / "b\x1b/metrics.csv", "0,0,9.5,\n")
    recorder.poll()
    for step in (2, 3):
        write(folder / "a/metrics.csv", f"0,{step},2.5,\n")
        write(folder / "b\x1b/metrics.csv", f"0,{step},9.5,\n")
        recorder.poll()
        recorder.commit()
        paper.kill()
        recorder = paper.recorder()
    assert losses(recorder, paper) == [(1, 1.5), (2, 2.5)]
    (note,) = [line for line in paper.rows() if b"METRICS" in line]
    assert b"a/metrics.csv and b?/metrics.csv both grow" in note
    assert b"run: {metrics_files: [b?/metrics.csv]}" in note


def test_made_anew_what_two_files_said_stays_as_it_was(folder: Path) -> None:
    paper = on(folder)
    recorder = paper.recorder()
    write(folder / "a/trainer_log.jsonl", row(1, 1.5))
    recorder.poll()
    write(folder / "b/trainer_log.jsonl", row(1, 9.5))
    recorder.poll()
    recorder.commit()
    paper.kill()
    for database in paper.dir.glob("metrics.db*"):
        database.unlink()
    write(folder / "a/trainer_log.jsonl", row(2, 2.5))
    recorder = paper.recorder()
    while recorder.poll() or recorder.replaying:
        pass
    recorder.poll()
    assert losses(recorder, paper) == [(1, 1.5)]


def test_a_named_file_is_followed_whatever_else_grows(folder: Path) -> None:
    paper = on(folder)
    (paper.dir / "config.yaml").write_text(
        "run: {command: [python], metrics_files: [b/metrics.csv]}\n"
    )
    recorder = paper.recorder()
    for step in (0, 1):
        for name, loss in (("a", 9.5), ("b", 1.5), ("c", 8.5)):
            path = folder / name / "metrics.csv"
            write(path, HEADER * (not step) + f"0,{step},{loss},\n")
        recorder.poll()
    assert losses(recorder, paper) == [(1, 1.5), (2, 1.5)]
    assert b"METRICS" not in paper.screen()
