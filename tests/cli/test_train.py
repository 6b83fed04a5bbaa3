"""What `train` and `check` accept, refuse, find, and hand to the trainer."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ABLE, Call, Said, forge, tree
from tests.product import Product, end

PRESET = "qwen_moe.yaml"
SAY = "import os, sys; print(sys.argv[1:]); print(sorted(os.environ.items())); print(os.getcwd())"


def begun(house: Product, said: Said) -> Path:
    """The run that was started, which is ended with the module."""
    assert said.code == 0, said.err
    run = Path(said.json["dir"])
    assert said.json == {"run": run.name, "dir": str(run)}
    house.runs.append(run)
    return run


def facts(run: Path) -> dict:
    return json.loads((run / "run.json").read_text())


def output(call: Call, run: Path) -> str:
    assert call("wait", run.name, "--timeout", "30").code == 0
    return call("logs", run.name).out


def test_check_says_what_would_be_started_and_starts_nothing(call: Call, house: Product) -> None:
    config = house.config("python", "train.py", "{config}")
    said = call("check", str(config))
    assert said.code == 0
    assert "starts: python train.py '{config}'" in said.out
    assert call("check", str(config), "--json").json == {
        "ok": True, "file": str(config), "command": ["python", "train.py", "{config}"],
        "warnings": [],
    }  # fmt: skip
    assert not (house.home / "state").exists()


def test_a_bare_name_is_looked_for_here_in_configs_in_the_users_folder_and_in_the_presets(
    call: Call, house: Product
) -> None:
    preset = call("check", PRESET, "--json").json["file"]
    places = [house.home / "etc" / "gladius-console", house.home / "configs", house.home]
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        (place / PRESET).write_bytes(Path(preset).read_bytes())
        assert call("check", PRESET, "--json").json["file"] == str(place / PRESET)
        assert call("check", f"./{PRESET}").code == (0 if place == house.home else 2)
    for place in places:
        (place / PRESET).unlink()


def test_a_configuration_that_is_nowhere_names_the_places(call: Call) -> None:
    said = call("train", "--config", "no\x1b[31msuch.yaml", "--detach")
    assert (said.code, said.out) == (2, "")
    assert "nosuch.yaml" in said.err.replace("\\x1b[31m", "")
    assert "presets" in said.err
    assert "\x1b" not in said.err


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("run: {command: [true]}\ntraning: {seed: 1}\n", ":2:1:", "did you mean training?"),
        ("run: {comand: [python]}\n", ":1:7:", "did you mean command?"),
        ("run:\n  command: [python]\ntraining:\n  batch_size: many\n", ":4:15:", "found 'many'"),
        ("run:\n  command: python train.py\n", ":2:12:", "write [python, train.py]"),
        ("model: {name: a}\n", ":1:1:", "run.command is missing"),
        ("run: {command: [a], cwd: nosuch}\n", ":1:21:", "is no folder"),
        ("run: [\n", ":2:1:", ""),
        ("", ":1:1:", "empty"),
        ('run: {command: [a]}\n"x\\e]0;y\\a": 1\n', ":2:1:", "unknown section"),
    ],
)
def test_fault_23_configuration_errors_name_the_place_and_nothing_is_started(
    call: Call, house: Product, text: str, where: str, what: str
) -> None:
    path = house.home / "bad.yaml"
    path.write_text(text)
    for words in (("train", "--detach", "--config"), ("check",)):
        said = call(*words, "bad.yaml")
        assert (said.code, said.out) == (2, "")
        assert f"bad.yaml{where}" in said.err
        assert what in said.err
        assert "\x1b" not in said.err
    told = call("check", "bad.yaml", "--json").json
    assert told["ok"] is False
    assert where in [f":{one['line']}:{one['column']}:" for one in told["problems"]]
    assert not tree(house.home / "state" / "runs")


def test_a_wrong_set_names_the_argument(call: Call, house: Product) -> None:
    config = str(house.config("true"))
    said = call("train", "--config", config, "--set", "training.sed=1", "--detach")
    assert said.code == 2
    assert "--set training.sed=1" in said.err
    assert "did you mean seed?" in said.err


@pytest.mark.parametrize("path", ["/dev/zero", "/tmp"])
def test_what_is_no_file_is_refused(call: Call, path: str) -> None:
    said = call("train", "--config", path, "--detach")
    assert (said.code, said.out) == (2, "")
    assert f"{path} is not a file" in said.err


def test_placeholders_folder_and_environment_reach_the_trainer(call: Call, house: Product) -> None:
    (house.home / "sub").mkdir()
    command = ("{python}", "-c", SAY, "{config}", "{run_dir}", "[{checkpoint}]", "{{config}}")
    config = house.config(*command, extra="  cwd: sub\n  env: {FOO: bar}\n")
    words = (
        "--config",
        str(config),
        "--set",
        "optimization.learning_rate=1e-4",
        "--detach",
        "--json",
    )
    run = begun(house, call("train", *words))
    said = output(call, run)
    arguments, environment, folder, *_ = said.splitlines()
    assert arguments == str([str(run / "config.yaml"), str(run), "[]", "{config}"])
    assert "('FOO', 'bar')" in environment
    assert f"('GLADIUS_RUN_DIR', '{run}')" in environment
    assert "GLADIUS_RESUME" not in environment
    assert folder == str(house.home / "sub")
    assert "learning_rate: 1e-4" in (run / "config.yaml").read_text().replace("0.0001", "1e-4")


def test_fault_46_secrets_do_not_get_into_run_json_and_files_are_private_under_any_umask(
    call: Call, house: Product
) -> None:
    config = house.config(*ABLE, "1", "0", extra="  env: {API_KEY: topsecret1}\n")
    before = os.umask(0)
    try:
        words = ("--config", str(config), "--set", "run.env.HF_TOKEN=topsecret2")
        run = begun(house, call("train", *words, "--detach", "--json"))
        output(call, run)
    finally:
        os.umask(before)
    text = (run / "run.json").read_text()
    assert "topsecret" not in text
    assert "run.env.HF_TOKEN=***" in facts(run)["argv"]
    assert "topsecret" not in call("status", run.name, "--json").out
    assert "topsecret" not in call("report", run.name).out
    for path in [house.home / "state", *(house.home / "state").rglob("*")]:
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path


def test_names_are_the_ones_given_or_made_free(call: Call, house: Product) -> None:
    config = house.home / "my_job.yaml"
    config.write_text(house.config("true").read_text())
    names = []
    for given in ((), (), ("--name", "mine"), ("--set", "run.name=yours")):
        words = ("train", "--config", "my_job.yaml", *given, "--detach", "--json")
        run = begun(house, call(*words))
        output(call, run)
        names.append(facts(run)["name"])
    assert names == ["my-job", "my-job-2", "mine", "yours"]


def test_detach_prints_the_id_alone(call: Call, house: Product) -> None:
    said = call("train", "--config", str(house.config("true", "1")), "--detach")
    assert said.out == f"{said.out.strip()}\n"
    run = house.home / "state" / "runs" / said.out.strip()
    house.runs.append(run)
    assert run.is_dir()
    output(call, run)


def test_json_without_detach_is_a_line_for_each_event_until_the_end(
    call: Call, house: Product
) -> None:
    said = call("train", "--config", str(house.config(*ABLE, "30", "0.1", "j")), "--json")
    assert said.code == 0
    first, *events = said.lines
    assert (house.home / "state" / "runs" / first["run"]) == Path(first["dir"])
    assert [event["status"] for event in events if event["k"] == "state"][-1] == "finished"
    assert "exit" in [event["k"] for event in events]
    failed = call("train", "--config", str(house.config("false")), "--json")
    assert (failed.code, failed.lines[-1]["status"]) == (1, "error")


@pytest.fixture(scope="module")
def saved(house: Product) -> Path:
    """A run named `first`, called in `there`, that was stopped with a checkpoint."""
    (house.home / "there").mkdir()
    words = json.dumps([*ABLE, "0", "0.05", "{checkpoint}"])
    (house.home / "first.yaml").write_text(f"run:\n  command: {words}\n  cwd: there\n")
    done = house.call("train", "--config", "first.yaml", "--name", "first", "--detach", "--json")
    run = Path(json.loads(done.stdout)["dir"])
    house.runs.append(run)
    assert house.call("wait", run.name, "--until", "step=3", "--timeout", "30").returncode == 0
    assert house.call("stop", run.name).returncode == 0
    return run


def test_resume_goes_on_from_the_last_checkpoint_as_before(
    call: Call, house: Product, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = call("status", saved.name, "--json").json["checkpoints"]["last"]
    monkeypatch.chdir("/")
    run = begun(house, call("train", "--resume", "first", "--detach", "--json"))
    told = facts(run)
    assert told["parent"] == {
        "run": saved.name, "step": stopped["step"], "checkpoint": stopped["path"],
    }  # fmt: skip
    assert told["name"] == "first-2"
    same = ("config_path", "config_hash", "cwd", "job")
    assert [told[name] for name in same] == [facts(saved)[name] for name in same]
    twice = call("train", "--resume", "first", "--detach")
    assert (twice.code, twice.out) == (6, "")
    assert f"gladius-console attach {run.name}" in twice.err
    alive = call("train", "--resume", run.name, "--detach")
    assert (alive.code, alive.out) == (3, "")
    assert f"gladius-console stop {run.name}" in alive.err
    next_step = f"step={stopped['step'] + 2}"
    assert call("wait", run.name, "--until", next_step, "--timeout", "30").code == 0
    shown = call("status", run.name, "--json").json
    assert (shown["parent"], shown["configuration"]["filename"]) == (saved.name, "first.yaml")
    assert call("stop", run.name).code == 0
    assert f"goes on from step {stopped['step']}" in call("logs", run.name).out
    assert f"words: {stopped['path']}" in call("logs", run.name).out
    again = begun(house, call("train", "--resume", "first-2", "--detach", "--json"))
    assert (facts(again)["name"], facts(again)["parent"]["run"]) == ("first-3", run.name)
    end(again)


def test_a_checkpoint_by_its_path_is_traced_to_the_run_that_saved_it(
    call: Call, house: Product, saved: Path, tmp_path: Path
) -> None:
    checkpoint = call("status", saved.name, "--json").json["checkpoints"]["last"]["path"]
    words = ("--set", "training.seed=7", "--detach", "--json")
    run = begun(house, call("train", "--resume", checkpoint, *words))
    assert facts(run)["parent"]["run"] == saved.name
    assert facts(run)["resume_from"] == checkpoint
    end(run)
    copy = tmp_path / "copy.ckpt"
    copy.write_bytes(Path(checkpoint).read_bytes())
    refused = call("train", "--resume", str(copy), "--detach")
    assert (refused.code, refused.out) == (2, "")
    assert "--config FILE" in refused.err
    config = str(house.config(*ABLE, "1", "0", "copy", extra="  resume_args: [--from, x]\n"))
    run = begun(house, call("train", "--config", config, "--resume", str(copy), *words))
    assert facts(run)["parent"] == {"run": None, "step": None, "checkpoint": str(copy)}
    assert facts(run)["command"][-2:] == ["--from", "x"]
    assert "goes on from step" in output(call, run)


@pytest.mark.parametrize("typed", ["nope", "no/such.ckpt", ""])
def test_nothing_to_resume_is_5(call: Call, typed: str) -> None:
    said = call("train", "--config", PRESET, "--resume", typed, "--detach")
    assert (said.code, said.out) == (5, "")


def test_a_run_without_a_checkpoint_or_whose_checkpoint_is_gone_is_3(
    call: Call, house: Product, saved: Path
) -> None:
    forge(house.home, "20200101-000000-abcd", name="empty")
    said = call("train", "--resume", "empty", "--detach")
    assert (said.code, said.out) == (3, "")
    assert "saved no checkpoint" in said.err
    checkpoint = Path(call("status", saved.name, "--json").json["checkpoints"]["last"]["path"])
    checkpoint.rename(checkpoint.with_suffix(".away"))
    said = call("train", "--resume", "first", "--detach")
    checkpoint.with_suffix(".away").rename(checkpoint)
    assert (said.code, said.out) == (3, "")
    assert f"is gone: {checkpoint}" in said.err


def test_fault_47_a_state_folder_that_is_a_link_is_refused_and_named(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("GLADIUS_HOME", str(tmp_path / "link"))
    said = call("train", "--config", PRESET, "--detach")
    assert (said.code, said.out) == (1, "")
    assert f"{tmp_path / 'link'} is a link" in said.err
    assert not tree(tmp_path / "real")


def test_the_same_job_beside_itself_is_6_unless_again(call: Call, house: Product) -> None:
    config = str(house.config(sys.executable, "-c", "import time; time.sleep(99)"))
    first = begun(house, call("train", "--config", config, "--detach", "--json"))
    said = call("train", "--config", config, "--name", "else", "--detach", "--json")
    assert (said.code, said.out) == (6, "")
    assert first.name in said.err
    assert f"gladius-console attach {first.name}" in said.err
    second = begun(house, call("train", "--config", config, "--again", "--detach", "--json"))
    assert second != first
    end(first)
    end(second)
