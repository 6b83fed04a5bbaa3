"""What the reading verbs say of a run that goes on and of one that has ended."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.backend.paper import Paper
from tests.cli.conftest import STEPS, Call, forge
from tests.product import CONSOLE, Product, end
from tests.programs import able
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("ended")

TRAINING_STATE = {
    "status": None,
    "epoch": {"current", "total", "progress"},
    "batch": {"current", "total", "progress"},
    "metrics": {"loss", "experts", "expertLoad", "throughput", "learningRate", "gradientNorm"},
    "system": {"gpus", "cpu", "ram"},
    "timing": {"elapsed", "remaining", "eta", "remaining_range"},
}
CONFIGURATION_STATE = {
    "filename": None,
    "modified": None,
    "model": {"name", "experts", "activeExperts", "parameters"},
    "training": {"batchSize", "gradientAccumulation", "maxLength", "precision"},
    "optimization": {
        "learningRate", "schedule", "warmupSteps", "optimizer", "betas", "epsilon", "weightDecay",
    },
    "checkpointing": {"frequency", "validationFrequency"},
}  # fmt: skip
BESIDE = {
    "run", "reason", "step", "abilities", "checkpoints", "last_order", "as_of", "control",
    "sources", "nonfinite", "backend", "alerts",
}  # fmt: skip


def check_fields(found: dict, expected: dict) -> None:
    for name, parts in expected.items():
        assert name in found
        if parts is not None:
            assert set(found[name]) == parts


def test_status_is_the_training_state_object_with_exactly_its_fields(call: Call, alive) -> None:
    said = call("status", alive.name, "--json").json
    check_fields(said, TRAINING_STATE)
    check_fields(said["configuration"], CONFIGURATION_STATE)
    assert set(said["configuration"]) == set(CONFIGURATION_STATE)
    assert set(said) >= BESIDE
    assert said["status"] == "training"
    assert said["backend"] is True
    assert said["metrics"]["experts"] == [1.5, 2.5]
    assert said["metrics"]["expertLoad"] == [0.25, 0.75]
    assert said["metrics"]["loss"] == able.loss(said["step"])
    assert said["batch"]["current"] == said["step"]
    assert said["sources"]["loss"] == "hook"
    assert set(said["alerts"]) == {"count", "open", "recent"}
    assert said["sources"]["gradient_norm"].startswith("the trainer's hook")
    assert Path(said["control"]).is_fifo()


def test_status_names_the_configuration_file_that_was_given(call: Call, alive) -> None:
    given = Path(json.loads((alive / "run.json").read_text())["config_path"])
    said = call("status", alive.name, "--json").json["configuration"]
    assert said["filename"] == given.name
    assert said["modified"][:10] == time.strftime("%Y-%m-%d", time.gmtime(given.stat().st_mtime))


def test_status_for_people_shows_the_control_path_and_how_to_watch(call: Call, alive) -> None:
    said = call("status", alive.name)
    assert said.code == 0
    assert str(alive / "control.fifo") in said.out
    assert f"gladius-console attach {alive.name}" in said.out


def test_left_out_the_newest_alive_is_read_else_the_newest(call: Call, alive) -> None:
    assert call("status", "--json").json["run"] == alive.name


def test_a_run_is_found_by_id_then_name_then_unique_prefix(call: Call, alive, ended) -> None:
    listed = {item["run"]: item for item in call("runs", "--json").json}
    assert set(listed) == {alive.name, ended.name}
    name = listed[ended.name]["name"]
    for typed in (ended.name, name, name[:-1]):
        assert call("status", typed, "--json").json["run"] == ended.name
    ambiguous = call("status", name[:4])
    assert (ambiguous.code, ambiguous.out) == (2, "")
    assert alive.name in ambiguous.err
    assert ended.name in ambiguous.err


@pytest.mark.parametrize(
    "typed", ["nope", "", "../x", "%2e%2e", "a\n", "x" * 300, "\x1b]0;x\x07", "/etc"]
)
@pytest.mark.parametrize("verb", ["status", "logs", "rm", "pause", "attach"])
def test_what_is_no_run_is_5_and_named_safely(call: Call, verb: str, typed: str) -> None:
    said = call(verb, typed)
    assert (said.code, said.out) == (5, "")
    assert "gladius-console runs" in said.err
    assert "\x1b" not in said.err
    assert len(said.err) < 200


def test_runs_line_up_and_are_the_same_in_json(call: Call, alive, ended) -> None:
    head, *rows = call("runs").out.splitlines()
    assert head.split() == ["RUN", "NAME", "STATE", "STEP", "PROGRESS", "LOSS", "BEGAN"]
    assert {row.split()[0] for row in rows} == {alive.name, ended.name}
    found = {item["run"]: item for item in call("runs", "--json").json}
    assert (found[ended.name]["status"], found[ended.name]["alive"]) == ("finished", False)
    assert found[ended.name]["step"] == STEPS
    assert found[alive.name]["alive"] is True


@pytest.mark.parametrize("until", ["ended", "finished", "step=1", f"step={STEPS}"])
def test_wait_for_what_is_so_already_returns_at_once(call: Call, ended, until: str) -> None:
    said = call("wait", ended.name, "--until", until, "--json")
    assert (said.code, said.json["met"]) == (0, True)


@pytest.mark.parametrize("until", ["paused", "stopped", "training", "step=21", "starting"])
def test_wait_for_what_cannot_come_any_more_is_1_at_once(call: Call, ended, until: str) -> None:
    began = time.monotonic()
    said = call("wait", ended.name, "--until", until, "--timeout", "60")
    assert said.code == 1
    assert "can no longer be" in said.err
    assert time.monotonic() - began < 5
    assert call("wait", ended.name, "--until", until, "--json").json["met"] is False


def test_wait_gives_up_with_4_and_says_how_the_run_is(call: Call, alive) -> None:
    said = call("wait", alive.name, "--until", "step=99999999", "--timeout", "0.3")
    assert said.code == 4
    assert "training" in said.err


def test_a_live_run_is_never_starting_again(call: Call, alive) -> None:
    assert call("wait", alive.name, "--until", "starting", "--timeout", "60").code == 1


def test_follow_of_an_ended_run_tells_its_end(call: Call, ended) -> None:
    said = call("follow", ended.name, "--json")
    assert said.code == 0
    assert said.lines[-1]["status"] == "finished"
    assert call("follow", ended.name).out.splitlines()[-1].endswith("exit code 0 at step 20")


def test_follow_prints_a_strict_json_object_for_each_event_as_it_comes(
    house: Product, alive
) -> None:
    words = [*CONSOLE, "follow", alive.name, "--json"]
    with subprocess.Popen(
        words, env=house.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        kinds: list[str] = []
        steps: list[int] = []
        while kinds.count("log") < 5:
            record = json.loads(process.stdout.readline(), parse_constant=pytest.fail)
            kinds.append(record["k"])
            steps += [record["step"]] if record["k"] == "log" else []
        process.send_signal(2)
        assert process.wait(10) == 130
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert kinds[0] == "state"
    assert steps == list(range(steps[0], steps[0] + 5))


def printed() -> list[str]:
    words = ["words: word", "goes on from step 0"]
    return [*words, *(f"step {step}" for step in range(1, STEPS + 1)), "last words"]


def test_logs_are_clean_and_rows_of_ours_are_marked(call: Call, ended) -> None:
    said = call("logs", ended.name)
    assert said.out.splitlines() == [*printed(), "-- ENDED: ended with exit code 0"]
    rows = call("logs", ended.name, "--json").lines
    assert [row["row"] for row in rows] == list(range(len(rows)))
    assert [row["text"] for row in rows if not row["ours"]] == printed()
    assert [row["ours"] for row in rows][-1]


@pytest.mark.parametrize(("tail", "lines"), [("0", 0), ("2", 2), ("9999", STEPS + 4)])
def test_logs_can_be_cut_to_the_last_lines(call: Call, ended, tail: str, lines: int) -> None:
    found = call("logs", ended.name, "--tail", tail).out.splitlines()
    assert found == call("logs", ended.name).out.splitlines()[STEPS + 4 - lines :]
    assert call("logs", ended.name, "--tail", tail, "-f").out.splitlines() == found


def test_a_line_without_its_end_is_shown_once_it_was_quiet(call: Call, house: Product) -> None:
    code = "import sys, time; sys.stdout.write('loading'); sys.stdout.flush(); time.sleep(99)"
    run = house.start(sys.executable, "-c", code)
    wait_until(lambda: call("logs", run.name).out == "loading\n", 10)
    with subprocess.Popen(
        [*CONSOLE, "logs", run.name, "-f"], env=house.env, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loading\n"
        end(run)
        process.kill()


def test_fault_20_raw_logs_are_the_very_bytes_that_were_printed(house: Product, ended) -> None:
    done = subprocess.run(
        [*CONSOLE, "logs", ended.name, "--raw"], env=house.env, capture_output=True, check=True
    )
    assert done.stdout == b"".join(path.read_bytes() for path in sorted(ended.glob("output.*.log")))
    assert done.stdout.startswith(b"words: \x1b]0;owned\x07word\n")


def test_fault_21_raw_logs_go_alone_and_not_to_a_terminal(
    call: Call, ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("logs", ended.name, "--raw", "-f").code == 2
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    said = call("logs", ended.name, "--raw")
    assert (said.code, said.out) == (3, "")
    assert "--force" in said.err
    assert call("logs", ended.name, "--raw", "--force").out.startswith("words: ")


def test_a_pipe_that_is_closed_early_is_no_error(house: Product, ended) -> None:
    done = subprocess.run(
        f"{CONSOLE[0]} -m console logs {ended.name} | true; echo ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", env=house.env, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_metrics_are_exactly_what_the_trainer_logged(call: Call, ended) -> None:
    said = call("metrics", ended.name, "--format", "json").json
    assert said["run"] == ended.name
    losses = [[step, able.loss(step)] for step in range(1, STEPS + 1)]
    losses[2][1] = None
    assert said["series"]["loss"] == losses
    assert said["nonfinite"] == ["loss"]
    rates = [[step, able.learning_rate(step)] for step in range(1, STEPS + 1)]
    assert said["series"]["learning_rate"] == rates
    assert said["series"]["expert_share/1"] == [[step, 0.75] for step in range(1, STEPS + 1)]


def test_metrics_as_csv_have_one_row_a_step(call: Call, ended) -> None:
    rows = list(csv.DictReader(call("metrics", ended.name).out.splitlines()))
    assert [int(row["step"]) for row in rows] == list(range(1, STEPS + 1))
    assert rows[2]["loss"] == "nan"
    assert [float(row["loss"]) for row in rows[3:]] == [able.loss(s) for s in range(4, STEPS + 1)]


def test_steps_that_were_trained_again_have_one_row_with_their_newest_values(
    call: Call, house: Product
) -> None:
    run = forge(house.home, "20200101-000000-cccc")
    paper = Paper(run)
    for step in range(1, 6):
        paper.log(step, loss=float(step), rate=0.1)
    paper.rotate_hook(generation=True)
    for step in range(3, 8):
        paper.log(step, loss=10.0 * step)
    paper.record_all()
    paper.kill()
    said = call("metrics", run.name, "--all").out
    assert said == call("metrics", run.name).out
    assert said.splitlines() == [
        "step,loss,rate", "1,1.0,0.1", "2,2.0,0.1", "3,30.0,0.1", "4,40.0,0.1", "5,50.0,0.1",
        "6,60.0,", "7,70.0,",
    ]  # fmt: skip
    found = call("metrics", run.name, "--all", "--format", "json").json["series"]["loss"]
    assert [step for step, _ in found] == [1, 2, 3, 4, 5, 3, 4, 5, 6, 7]


def test_metrics_of_a_live_run_are_whole_rows(call: Call, alive) -> None:
    losses = call("metrics", alive.name, "--format", "json").json["series"]["loss"]
    assert [step for step, _ in losses] == list(range(1, len(losses) + 1))


def test_metrics_are_written_to_a_file_whole_or_not_at_all(
    call: Call, ended, tmp_path: Path
) -> None:
    target = tmp_path / "m.csv"
    assert call("metrics", ended.name, "--output", str(target)).out == ""
    assert target.read_text() == call("metrics", ended.name).out
    said = call("metrics", ended.name, "--output", str(tmp_path / "no" / "m.csv"))
    assert (said.code, said.out) == (1, "")
    assert "m.csv cannot be written" in said.err
    assert os.listdir(tmp_path) == ["m.csv"]


def test_damaged_metrics_are_named(call: Call, ended, tmp_path: Path) -> None:
    path = ended / "metrics.db"
    whole = path.read_bytes()
    path.write_bytes(b"no database" * 100)
    try:
        said = call("metrics", ended.name)
        assert (said.code, said.out) == (1, "")
        assert "metrics.db" in said.err
    finally:
        path.write_bytes(whole)


def test_the_report_is_markdown_while_it_goes_on_and_after(call: Call, alive, ended) -> None:
    for run, final in ((alive, False), (ended, True)):
        said = call("report", run.name)
        assert said.code == 0
        assert said.out.startswith("# Training summary")
        assert run.name in said.out
        assert call("report", run.name, "--json").json["final"] is final


def test_status_is_quick(house: Product, alive) -> None:
    def quick() -> bool:
        began = time.monotonic()
        house.call("status", alive.name, "--json")
        return time.monotonic() - began < 1.5

    wait_until(quick, 20, what="a status within 1.5 s")


def test_the_hook_can_be_copied_as_one_file(call: Call, tmp_path: Path) -> None:
    said = call("sdk", "--copy", str(tmp_path), "--json")
    file = Path(said.json["file"])
    assert file.parent == tmp_path
    compile(file.read_text(), str(file), "exec")
    assert call("sdk", "--copy", str(tmp_path / "no")).code == 1
