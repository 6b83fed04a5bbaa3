from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from console.backend.configwatch import ConfigWatch
from console.core.protocol import ConfigTouched
from tests.backend.live import Memory, describe

TEXT = b"run: {command: [python]}\n"


class Scene:
    """A configuration file and what is said of it."""

    def __init__(self, tmp_path: Path) -> None:
        self.path = tmp_path / "run.yaml"
        self.path.write_bytes(TEXT)
        facts = {"config_path": str(self.path), "config_hash": hashlib.sha256(TEXT).hexdigest()}
        self.memory = Memory(describe(tmp_path / "20260102-030405-abcd", **facts))
        self.watch = ConfigWatch(self.memory.run_dir, self.memory)

    def look(self) -> ConfigTouched:
        self.watch.look()
        told: ConfigTouched = self.memory.kinds(ConfigTouched)[-1]
        return told


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_an_untouched_file_is_not_edited(scene: Scene) -> None:
    told = scene.look()
    assert (told.edited, told.missing) == (False, False)
    assert told.modified == pytest.approx(scene.path.stat().st_mtime)
    scene.watch.look()
    assert len(scene.memory.kinds(ConfigTouched)) == 1


def test_other_bytes_are_an_edit_and_the_old_ones_are_none_again(scene: Scene) -> None:
    scene.look()
    scene.path.write_bytes(TEXT + b"# more\n")
    assert scene.look().edited
    scene.path.write_bytes(TEXT)
    os.utime(scene.path, (5, 5))
    told = scene.look()
    assert (told.edited, told.modified) == (False, 5.0)


def test_fault_26_a_file_put_in_its_place_is_noticed(scene: Scene) -> None:
    scene.look()
    newer = scene.path.with_suffix(".new")
    newer.write_bytes(b"x" * len(TEXT))
    newer.rename(scene.path)
    assert scene.look().edited


@pytest.mark.parametrize("kind", ["nothing", "pipe", "directory", "device"])
def test_fault_26_what_is_no_file_is_missing_and_nobody_hangs(scene: Scene, kind: str) -> None:
    scene.look()
    scene.path.unlink()
    if kind == "pipe":
        os.mkfifo(scene.path)
    elif kind == "directory":
        scene.path.mkdir()
    elif kind == "device":
        scene.path.symlink_to("/dev/zero")
    told = scene.look()
    assert (told.missing, told.edited, told.modified) == (True, True, None)


def test_a_file_that_cannot_be_read_is_edited_as_far_as_anybody_knows(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "no")

    monkeypatch.setattr("console.backend.configwatch.os.open", refuse)
    assert scene.look().edited


def test_a_run_without_a_configuration_file_says_nothing(tmp_path: Path) -> None:
    memory = Memory(describe(tmp_path / "20260102-030405-abcd", config_path=None))
    ConfigWatch(memory.run_dir, memory).look()
    assert not memory.events
