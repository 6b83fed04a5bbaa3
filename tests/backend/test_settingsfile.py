"""The file of settings: never lost, never half written, never written over when it is broken."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from console.backend import settingsfile
from console.core.settings import Settings


def test_without_a_file_there_are_the_defaults(tmp_path: Path) -> None:
    assert settingsfile.read(tmp_path / "none" / "settings.yaml") == (Settings(), [])


def test_a_change_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.yaml"
    settingsfile.change(path, theme="gladius-light", slots={"loss": "grad_norm"})
    settingsfile.change(path, wrap=True)
    wanted = Settings(theme="gladius-light", wrap=True, slots={"loss": "grad_norm"})
    assert settingsfile.read(path) == (wanted, [])
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"theme: [", ":1:"),
        (b"- a\n", "a mapping"),
        (b"\xff\xfe\x00", ""),
        (b"a: !!python/object:os.system {}", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_a_broken_file_is_told_and_stays(tmp_path: Path, text: bytes, said: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_bytes(text)
    for act in (lambda: settingsfile.read(path), lambda: settingsfile.change(path, wrap=True)):
        with pytest.raises(settingsfile.Unreadable, match=r"settings\.yaml") as caught:
            act()
        assert said in str(caught.value)
    assert path.read_bytes() == text


def test_a_failed_write_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.yaml"
    settingsfile.change(path, wrap=True)
    before = path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        settingsfile.change(path, wrap=False)
    assert path.read_bytes() == before
    assert {one.name for one in tmp_path.iterdir()} == {"settings.yaml", ".settings.yaml.lock"}


def test_changes_of_several_screens_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    names = ("theme", "follow", "wrap", "slow_link")
    values = ("gladius-light", False, True, 900)
    threads = [
        threading.Thread(target=settingsfile.change, args=(path,), kwargs={name: value})
        for name, value in zip(names, values, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found, _problems = settingsfile.read(path)
    assert tuple(getattr(found, name) for name in names) == values


def test_a_file_kept_elsewhere_stays_a_link(tmp_path: Path) -> None:
    kept, path = tmp_path / "dotfiles.yaml", tmp_path / "settings.yaml"
    path.symlink_to(kept)
    settingsfile.change(path, wrap=True)
    assert path.is_symlink()
    assert settingsfile.read(kept)[0].wrap
