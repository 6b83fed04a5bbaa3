"""What a start writes down, refuses, and leaves behind when it fails."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from console.backend import ancestry, runs, starter
from console.core.config import ConfigError, load
from console.keeper import rundir, start
from tests.backend.test_runs import forge


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the keeper would have been given; no process is started."""
    calls: list[dict[str, Any]] = []

    def launch(directory: Path, _descriptor: int, _prefix: Sequence[str]) -> None:
        facts = rundir.read_json(directory, rundir.RUN_JSON) or {}
        calls.append({"facts": facts, "environ": dict(os.environ), "dir": directory})
        (directory / rundir.EXECUTED).touch()

    monkeypatch.setattr(start, "launch", launch)
    return calls


def job(folder: Path, text: str = "", **fields: Any) -> starter.Job:
    config = load(f"run:\n  command: [a, '{{config}}']\n{text}".encode(), "job.yaml")
    return starter.Job(config=config, cwd=folder, **fields)


def test_run_json_tells_what_was_started(launched: list[dict[str, Any]], tmp_path: Path) -> None:
    made = starter.begin(
        job(
            tmp_path,
            "  stop_timeout: 45s\n  pause_checkpoint: false\n",
            config_path=tmp_path / "my_job.yaml",
            config_hash="abc",
            argv=("gladius-console", "train", "--set", "run.env.API_KEY=hush", "ghp_" + "a" * 30),
        )
    )
    facts = launched[0]["facts"]
    assert facts["id"] == made.name
    assert facts["name"] == "my-job"
    assert facts["command"] == ["a", str(made / rundir.CONFIG_YAML)]
    assert (facts["cwd"], facts["called_in"]) == (str(tmp_path), str(tmp_path))
    assert (facts["stop_timeout_s"], facts["pause_checkpoint"]) == (45.0, False)
    assert (facts["config_path"], facts["config_hash"]) == (str(tmp_path / "my_job.yaml"), "abc")
    assert facts["argv"][-2:] == ["run.env.API_KEY=***", "***"]
    assert load((made / rundir.CONFIG_YAML).read_bytes(), "frozen").run.command[0] == "a"


def test_the_trainers_environment_is_lent_to_the_keeper_only(
    launched: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT", "before")
    monkeypatch.delenv("NEW", raising=False)
    starter.begin(job(tmp_path, "  env: {KEPT: during, NEW: during}\n"))
    assert {launched[0]["environ"][name] for name in ("KEPT", "NEW")} == {"during"}
    assert os.environ["KEPT"] == "before"
    assert "NEW" not in os.environ


def test_a_missing_folder_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"job.yaml:3:3: run.cwd: .*nosuch is no folder"):
        starter.begin(job(tmp_path, "  cwd: nosuch\n"))
    assert runs.records() == []


def test_a_failed_start_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def launch(_directory: Path, _descriptor: int, _prefix: Sequence[str]) -> None:
        raise start.StartFailed("no processes left")

    monkeypatch.setattr(start, "launch", launch)
    with pytest.raises(starter.StartFailed, match="no processes left"):
        starter.begin(job(tmp_path))
    assert list(runs.runs_dir().iterdir()) == []


def test_a_start_that_hangs_is_waited_for_only_so_long(
    launched: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starter.begin(job(tmp_path))
    monkeypatch.setattr(starter, "LOCK_SECONDS", 0.05)
    key = launched[0]["facts"]["job"]
    with (
        starter._start_lock(key),
        pytest.raises(starter.StartFailed, match="does not come to an end"),
    ):
        starter.begin(job(tmp_path))


def test_names_are_made_free_and_resumed_runs_keep_the_first_ones(
    launched: list[dict[str, Any]], tmp_path: Path
) -> None:
    first = forge(1, "moe")
    second = forge(2, "moe-2", parent={"run": first.name})
    parent = ancestry.Parent(second.name, 5, "/ckpt")
    starter.begin(job(tmp_path, "  name: other\n", parent=parent))
    starter.begin(job(tmp_path, "  name: moe\n"))
    starter.begin(job(tmp_path, name="moe"))
    assert [call["facts"]["name"] for call in launched] == ["moe-3", "moe-4", "moe"]
    assert launched[0]["facts"]["resume_from"] == "/ckpt"


def test_a_circle_of_parents_ends() -> None:
    first, second = forge(1, "a"), forge(2, "b")
    for child, parent in ((first, second), (second, first)):
        facts = json.loads((child / rundir.RUN_JSON).read_text())
        rundir.write_json(child, rundir.RUN_JSON, {**facts, "parent": {"run": parent.name}})
    assert ancestry.root_name(first.name) in ("a", "b")
    assert ancestry.root_name("20200101-000000-ffff") is None


def test_a_checkpoint_nobody_saved_has_no_run(tmp_path: Path) -> None:
    forge(1, "a")
    path = tmp_path / "x.ckpt"
    assert ancestry.of_checkpoint(path) == ancestry.Parent(None, None, str(path))
