"""Checkpoints: whole or not there, whatever fails; kept: the last ones and the best."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from console.trainers.moe import checkpoint
from console.trainers.moe.checkpoint import CheckpointError, Folder, load

STATE = {"weights": np.arange(500, dtype=np.float32), "mean": np.zeros(3, np.float32)}


def save(folder: Folder, step: int, score: float | None = None) -> checkpoint.Entry:
    return folder.save(f"step_{step}.npz", STATE, {"step": step}, score)


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.iterdir() if file.name != checkpoint.MANIFEST)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    entry = save(Folder(tmp_path, 3), 7)
    state, facts = load(tmp_path / "step_7.npz")
    assert facts == {"step": 7}
    assert all(np.array_equal(state[name], STATE[name]) for name in STATE)
    assert state["weights"].dtype == np.float32
    assert entry.bytes == (tmp_path / "step_7.npz").stat().st_size


def test_a_folder_means_its_newest_checkpoint(tmp_path: Path) -> None:
    folder = Folder(tmp_path, 3)
    save(folder, 1)
    save(folder, 2)
    assert load(tmp_path)[1] == {"step": 2}


def test_the_last_ones_and_the_best_are_kept(tmp_path: Path) -> None:
    folder = Folder(tmp_path, 2)
    scores = [0.9, 0.3, 0.5, None, 0.4]
    best = [save(folder, step, score).best for step, score in enumerate(scores, start=1)]
    assert best == [True, True, False, False, False]
    assert names(tmp_path) == ["step_2.npz", "step_4.npz", "step_5.npz"]
    assert [entry.best for entry in folder.entries] == [True, False, False]
    assert save(folder, 6, 0.2).best
    assert names(tmp_path) == ["step_5.npz", "step_6.npz"]
    assert Folder(tmp_path, 2).entries == folder.entries


def test_saving_the_same_step_again_replaces_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path, 3)
    save(folder, 1)
    save(folder, 1)
    assert len(folder.entries) == 1
    assert load(tmp_path)[1] == {"step": 1}


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "open"])
@pytest.mark.parametrize("number", range(1, 6))
def test_a_failure_at_any_point_leaves_the_old_checkpoints_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    folder = Folder(tmp_path, 3)
    save(folder, 1, 0.5)
    with monkeypatch.context() as broken:
        calls = fail_nth(broken, call, number)
        failed = False
        try:
            save(folder, 2, 0.4)
        except OSError:
            failed = True
    of_a_folder = call in ("open", "fsync") and number % 2 == 0
    assert failed == (calls[0] >= number and not of_a_folder)
    assert load(tmp_path / "step_1.npz")[1] == {"step": 1}
    assert load(tmp_path)[1]["step"] in (1, 2)
    save(folder, 3)
    assert load(tmp_path)[1] == {"step": 3}
    assert names(tmp_path) == [entry.file for entry in folder.entries]


def fail_nth(broken: pytest.MonkeyPatch, call: str, number: int) -> list[int]:
    """Makes the `number`-th call of os.`call` fail with a full disk; returns the count of calls."""
    real: Callable[..., Any] = getattr(os, call)
    calls = [0]

    def failing(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == number:
            raise OSError(28, "No space left on device")
        return real(*args, **kwargs)

    broken.setattr(checkpoint.os, call, failing)
    return calls


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(checkpoint.os, "write", lambda fd, data: real(fd, bytes(data[:100])))
    save(Folder(tmp_path, 3), 1)
    assert load(tmp_path)[1] == {"step": 1}


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    save(Folder(tmp_path, 3), 1)
    file = tmp_path / "step_1.npz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"step_1\.npz is damaged: its SHA-256"):
        load(file)
    with pytest.raises(CheckpointError, match="damaged"):
        load(tmp_path)


def test_what_is_no_checkpoint_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        load(tmp_path / "none.npz")
    with pytest.raises(CheckpointError, match="there is no checkpoint in"):
        load(tmp_path)
    save(Folder(tmp_path, 3), 1)
    stranger = tmp_path / "stranger.npz"
    stranger.write_bytes(b"PK")
    with pytest.raises(CheckpointError, match="its save did not end"):
        load(stranger)
    (tmp_path / checkpoint.MANIFEST).write_text("{")
    with pytest.raises(CheckpointError, match=r"manifest\.json is damaged"):
        load(tmp_path / "step_1.npz")
