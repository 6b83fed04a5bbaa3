"""The configuration of a run on the command line: shown masked, as a template, presets."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.backend import runs
from console.cli.configurations import Configurations, checked_name
from tests.cli.conftest import ABLE, forge

if TYPE_CHECKING:
    from tests.cli.conftest import Call
    from tests.product import Product

EXTRA = """\
optimization:
  learning_rate: 6e-4   # after the warm-up
program:
  api_key: sesame-open
  word: "a\\x1b[31mb"
"""


@pytest.fixture(scope="module")
def run(house: Product) -> Path:
    """A run that has ended, with comments and a secret in its file."""
    started = house.start(*ABLE, "3", "0", extra=EXTRA)
    assert house.call("wait", started.name, "--until", "finished").returncode == 0
    return started


@pytest.fixture
def files(run: Path, call: Call) -> Configurations:
    item = runs.record(run)
    assert item is not None
    assert call("status", run.name).code == 0
    return Configurations(item)


def test_a_configuration_is_shown_with_its_comments_and_without_secrets(
    call: Call, run: Path
) -> None:
    said = call("config", run.name)
    assert said.code == 0
    assert said.out.startswith(f"# {run.name}: ")
    assert "  learning_rate: 6e-4   # after the warm-up" in said.out
    assert "sesame" not in said.out
    assert "\x1b" not in said.out
    raw = call("config", run.name, "--raw").out
    assert raw.startswith("run:\n")
    told = call("config", run.name, "--json").json
    assert told["run"] == run.name
    assert told["config"]["program"]["api_key"] == "***"


def test_an_edited_file_is_not_shown_as_what_the_run_uses(
    call: Call, run: Path, files: Configurations
) -> None:
    file = Path(files.path)
    before = file.read_text()
    try:
        file.write_text(before.replace("6e-4", "1e-3"))
        said = call("config", run.name).out
        assert "says something else now" in said
        assert "learning_rate: 0.0006" in said
        assert "0.001" not in said
    finally:
        file.write_text(before)


def test_what_was_set_at_the_start_is_shown_as_used(call: Call, house: Product) -> None:
    config = str(house.config(*ABLE, "3", "0", extra="training:\n  seed: 1  # of all\n"))
    words = ("--set", "training.seed=7", "--detach", "--json")
    told = house.call("train", "--config", config, *words)
    run = Path(json.loads(told.stdout)["dir"])
    house.runs.append(run)
    said = call("config", run.name).out
    assert "as started, with --set" in said
    assert "seed: 7" in said
    assert call("config", run.name, "--template", "set-one").code == 0
    template = house.home / "etc" / "gladius-console" / "set-one.yaml"
    assert "  seed: 7  # of all" in template.read_text()


def test_a_template_is_saved_once_and_replaced_only_when_told(
    call: Call, run: Path, house: Product
) -> None:
    said = call("config", run.name, "--template", "mine")
    assert said.code == 0, said.err
    target = house.home / "etc" / "gladius-console" / "mine.yaml"
    text = target.read_text()
    assert text.startswith(f"# From run {run.name} ")
    assert "# after the warm-up" in text
    assert "sesame" not in text
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert call("check", "mine.yaml").code == 0
    target.write_text("mine")
    again = call("config", run.name, "--template", "mine.yaml")
    assert again.code == 3
    assert "is there already" in again.err
    assert target.read_text() == "mine"
    assert call("config", run.name, "--template", "mine", "--overwrite").code == 0
    assert target.read_text() == text
    assert [path.name for path in target.parent.iterdir() if "mine" in path.name] == ["mine.yaml"]
    assert "mine.yaml" in call("config", "--presets", "--json").json


def test_the_settings_of_the_screens_are_no_preset_and_no_template(
    call: Call, run: Path, house: Product
) -> None:
    settings = house.home / "etc" / "gladius-console" / "settings.yaml"
    settings.parent.mkdir(mode=0o700, exist_ok=True)
    settings.write_text("wrap: true\n")
    try:
        assert not [one for one in call("config", "--presets", "--json").json if "settings" in one]
        said = call("config", run.name, "--template", "settings", "--overwrite")
        assert said.code == 2
        assert "another name" in said.err
        assert settings.read_text() == "wrap: true\n"
    finally:
        settings.unlink()


@pytest.mark.parametrize(
    "name", ["", "../x", "/etc/x", ".hidden", "a\x1bb", "x" * 300, ".yaml", "settings.yaml"]
)
def test_a_name_that_is_none_is_refused(name: str, call: Call, run: Path) -> None:
    with pytest.raises(ValueError, match="name"):
        checked_name(name)
    said = call("config", run.name, "--template", name)
    assert said.code == 2
    assert "\x1b" not in said.err


def test_the_file_is_edited_only_where_it_is_ours(
    files: Configurations, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files.why_not_edit() == ""
    monkeypatch.setattr(os, "geteuid", lambda: 99_999)
    assert "belongs to somebody else" in files.why_not_edit()
    monkeypatch.undo()
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "read-only" in files.why_not_edit()
    monkeypatch.undo()
    there, files.path = files.path, f"{files.path}.gone"
    assert "No such file" in files.why_not_edit()
    files.path = "/dev/null"
    assert "is no file" in files.why_not_edit()
    files.path = there


def test_the_editor_is_the_persons_and_its_failure_is_told(
    files: Configurations, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    with pytest.raises(ValueError, match="export EDITOR="):
        files.edit()
    monkeypatch.setenv("EDITOR", "nothing-of-this-name --wait")
    with pytest.raises(OSError, match="cannot be started"):
        files.edit()
    monkeypatch.setenv("EDITOR", "'half a quote")
    with pytest.raises(ValueError, match="no command"):
        files.edit()
    monkeypatch.setenv("EDITOR", f"{sys.executable} -c 'raise SystemExit(3)'")
    with pytest.raises(RuntimeError, match="ended with exit code 3"):
        files.edit()
    seen = tmp_path / "seen"
    editor = tmp_path / "editor.py"
    editor.write_text(f"import sys; open({str(seen)!r}, 'w').write(sys.argv[1])")
    monkeypatch.setenv("VISUAL", f"{sys.executable} {editor}")
    files.edit()
    assert seen.read_text() == files.path


def test_a_preset_is_compared_and_written_with_a_copy_of_what_was(
    files: Configurations, call: Call
) -> None:
    assert call("config", "--presets").out.count("qwen_moe.yaml") == 1
    changed = {one.path for one in files.compare("qwen_moe.yaml")}
    assert "optimization.schedule" in changed
    file = Path(files.path)
    before, mode = file.read_bytes(), file.stat().st_mode
    said = files.write("qwen_moe.yaml")
    kept = file.with_name(f"{file.name}.bak")
    assert str(kept) in said
    assert kept.read_bytes() == before
    assert b"Qwen-MoE-Mini" in file.read_bytes()
    assert file.stat().st_mode == mode
    with pytest.raises(RuntimeError, match="is the file of this run"):
        files.write(str(file))
    os.replace(kept, file)


def test_a_copy_of_what_was_is_for_the_same_people_and_over_nothing(
    files: Configurations, tmp_path: Path
) -> None:
    file, elsewhere = Path(files.path), tmp_path / "elsewhere"
    before, mode = file.read_bytes(), file.stat().st_mode
    first = file.with_name(f"{file.name}.bak")
    first.symlink_to(elsewhere)
    file.chmod(0o600)
    try:
        said = files.write("qwen_moe.yaml")
        kept = Path(said.rpartition(" ")[2])
        assert kept != first
        assert kept.read_bytes() == before
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert not elsewhere.exists()
        os.replace(kept, file)
    finally:
        first.unlink()
        file.chmod(mode)


def test_when_the_disk_is_full_the_file_is_as_it_was_and_nothing_is_beside_it(
    files: Configurations, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(files.path)
    before, beside = file.read_bytes(), sorted(file.parent.iterdir())

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write("qwen_moe.yaml")
    assert file.read_bytes() == before
    assert sorted(file.parent.iterdir()) == beside


def test_a_preset_that_cannot_be_read_says_where(files: Configurations, house: Product) -> None:
    (house.home / "broken.yaml").write_text("training:\n  batch_size: many\n")
    with pytest.raises(ValueError, match=r"broken\.yaml:2:"):
        files.compare("broken.yaml")
    (house.home / "broken.yaml").unlink()


def test_a_configuration_that_is_none_any_more_says_so(call: Call, house: Product) -> None:
    run = forge(house.home, "20200101-000000-dead")
    for text in ("training: [1\n", "run: {command: [true]}\nwhat\x1b[31m: 1\n"):
        (run / "config.yaml").write_text(text)
        for words in ((), ("--json",), ("--template", "none")):
            said = call("config", run.name, *words)
            assert (said.code, said.out) == (1, "")
            assert run.name in said.err
            assert "Traceback" not in said.err
            assert "\x1b" not in said.err
        item = runs.record(run)
        assert item is not None
        unreadable = Configurations(item)  # the screen asks it, and tells what a ValueError says
        with pytest.raises(ValueError, match=r"config\.yaml:"):
            unreadable.shown()
        with pytest.raises(ValueError, match=r"config\.yaml:"):
            unreadable.compare("qwen_moe.yaml")
        with pytest.raises(ValueError, match=r"config\.yaml:"):
            unreadable.save_template("none")


def test_a_run_without_a_configuration_says_so(call: Call, house: Product) -> None:
    forge(house.home, "20200101-000000-abcd")
    said = call("config", "20200101-000000-abcd")
    assert said.code == 1
    assert "has no configuration" in said.err
