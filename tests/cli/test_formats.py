"""`formats`: what is recognised in a captured log, for people and as JSON."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from tests.product import CONSOLE

if TYPE_CHECKING:
    import pytest

    from tests.cli.conftest import Call

LOGS = Path(__file__).parent.parent / "logs"
FIELDS = {"format", "lines", "recognised", "metrics"}


def test_formats_tells_every_value_of_a_log_to_the_digits_printed(call: Call) -> None:
    truth = json.loads((LOGS / "synth_blueprint.json").read_text())["records"]
    said = call("formats", str(LOGS / "synth_blueprint.raw"), "--json")
    assert said.code == 0
    assert set(said.json) == FIELDS
    assert said.json["format"] == "blueprint"
    assert said.json["lines"] == said.json["recognised"] > len(truth)
    metrics = said.json["metrics"]
    assert metrics["loss"] == [[one["step"], float(f"{one['loss']:.4f}")] for one in truth]
    experts = [[one["step"], float(f"{one['load'][7]:.3f}")] for one in truth]
    assert metrics["expert_loss/7"] == experts


def test_formats_reads_stdin(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    log = b"step=1 loss=0.5\r\nhello\nstep=2 loss=nan\n"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(log)))
    said = call("formats", "--json").json
    assert said == {
        "format": "keyvalue",
        "lines": 3,
        "recognised": 2,
        "metrics": {"loss": [[1, 0.5], [2, None]]},
    }


def test_formats_of_a_log_without_steps_has_none(call: Call, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"{'loss': '5.48', 'epoch': '0.05'}\n")
    assert call("formats", str(log), "--json").json["metrics"]["loss"] == [[None, 5.48]]


def test_formats_for_people_names_metrics_with_counts_and_last_values(call: Call) -> None:
    said = call("formats", str(LOGS / "synth_blueprint.raw"))
    assert said.code == 0
    lines = [line.split() for line in said.out.splitlines()]
    assert ["format", "blueprint"] in lines
    assert ["loss", "150", "2.0143", "150"] in lines


def test_formats_of_nothing_known_says_so(call: Call, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"hello\n\x1b]0;owned\x07world\n")
    assert call("formats", str(log)).out == "nothing recognised in 2 lines\n"
    assert call("formats", str(log), "--json").json == {
        "format": None,
        "lines": 2,
        "recognised": 0,
        "metrics": {},
    }


def test_formats_of_a_file_that_is_not_there_says_so(call: Call, tmp_path: Path) -> None:
    said = call("formats", str(tmp_path / "none"))
    assert said.code == 1
    assert "cannot be read" in said.err


def test_formats_is_a_verb_of_the_program() -> None:
    made = subprocess.run(
        [*CONSOLE, "formats", "--json"],
        input=b"step=1 loss=0.5\n",
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert json.loads(made.stdout)["recognised"] == 1, made.stderr


def test_formats_tries_the_patterns_of_a_configuration(call: Call, tmp_path: Path) -> None:
    config, log = tmp_path / "mine.yaml", tmp_path / "log"
    pattern = r"it (?P<step>\d+) L=(?P<loss>\S+)"
    config.write_text(
        f"run: {{command: [x]}}\nformats: [{{name: mine, pattern: '{pattern}'}}, "
        "{name: endless, pattern: '(?P<a>(a+)+)$'}]\n"
    )
    log.write_text("it 7 L=0.25\n" + "a" * 60 + "b\n")
    said = call("formats", str(log), "--config", str(config), "--json").json
    assert (said["format"], said["metrics"]) == ("mine", {"loss": [[7, 0.25]]})
    assert "endless is switched off" in call("formats", str(log), "--config", str(config)).out
