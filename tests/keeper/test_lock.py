from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from console.keeper import lock


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "guard.lock"
    assert not lock.is_held(path)
    held = lock.take(path)
    assert held is not None
    assert lock.is_held(path)
    assert lock.take(path) is None
    os.close(held)
    assert not lock.is_held(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_looking_makes_no_file(tmp_path: Path) -> None:
    assert not lock.is_held(tmp_path / "guard.lock")
    assert not list(tmp_path.iterdir())


def test_a_program_that_is_executed_does_not_inherit_it(tmp_path: Path) -> None:
    path = tmp_path / "guard.lock"
    held = lock.take(path)
    assert held is not None
    with subprocess.Popen(["sleep", "60"], close_fds=False) as sleeper:
        os.close(held)
        assert not lock.is_held(path)
        sleeper.kill()


def test_a_lock_on_a_deleted_file_is_not_mistaken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "guard.lock"
    first = lock.take(path)
    path.unlink()
    second = lock.take(path)
    assert first is not None
    assert second is not None
    assert lock.is_held(path)
    for held in (first, second):
        os.close(held)


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "guard.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        lock.take(tmp_path / "guard.lock")
    assert not (tmp_path / "elsewhere").exists()


def test_looking_at_a_lock_never_keeps_it_from_who_wants_it(tmp_path: Path) -> None:
    path = tmp_path / "guard.lock"
    path.touch()
    look = "import sys, pathlib; from console.keeper import lock\nwhile True: lock.is_held(%r)"
    looker = subprocess.Popen([os.sys.executable, "-c", look % str(path)])
    try:
        for _ in range(300):
            held = lock.take(path)
            assert held is not None
            os.close(held)
    finally:
        looker.kill()
        looker.wait()
