"""Where a logout ends all programs, a run starts beside the session, or the person is warned."""

from __future__ import annotations

import getpass
import os
import stat
from pathlib import Path

import pytest

from console.keeper import logout, start
from tests.keeper.house import House, exit_record, output


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs before all others; the login session has an id."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_SESSION_ID", "7")
    return programs


def install(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(stat.S_IRWXU)


SCOPE = 'shift 4; exec "$@"'


def lingering(tmp_path: Path) -> Path:
    folder = tmp_path / "linger"
    folder.mkdir()
    (folder / getpass.getuser()).touch()
    return folder


@pytest.mark.parametrize(
    "answer",
    [
        "echo 'b false'; echo 'as 0'",
        f"echo 'b true'; echo 'as 1 \"{getpass.getuser()}\"'",
        "exit 1",
    ],
)
def test_nothing_is_done_where_a_logout_ends_nothing(
    system: Path, tmp_path: Path, answer: str
) -> None:
    install(system, "busctl", answer)
    install(system, "systemd-run", "exit 0")
    assert logout.shelter(lingering(tmp_path)) == logout.Shelter()


def test_nobody_is_asked_outside_a_login_session(
    system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_SESSION_ID")
    install(system, "busctl", f"touch {tmp_path}/asked; echo 'b true'")
    assert logout.shelter(tmp_path) == logout.Shelter()
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize(("lingers", "script"), [(False, "exit 0"), (True, "exit 1")])
def test_a_warning_names_the_next_step(
    system: Path, tmp_path: Path, lingers: bool, script: str
) -> None:
    install(system, "busctl", "echo 'b true'; echo 'as 1 \"root-or-other\"'")
    install(system, "systemd-run", script)
    found = logout.shelter(lingering(tmp_path) if lingers else tmp_path)
    assert found.prefix == ()
    assert found.warning is not None
    assert "loginctl enable-linger" in found.warning


def test_a_login_manager_that_does_not_answer_holds_nobody_up(
    system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logout, "LIMIT_SECONDS", 0.1)
    install(system, "busctl", "exec sleep 60")
    assert logout.shelter(tmp_path) == logout.Shelter()


def test_a_run_starts_in_a_scope_of_its_own_with_lock_and_world_as_ever(
    system: Path, tmp_path: Path, house: House
) -> None:
    install(system, "busctl", "echo 'b true'; echo 'as 0'")
    install(system, "systemd-run", f'echo "$@" >> {tmp_path}/scopes; {SCOPE}')
    found = logout.shelter(lingering(tmp_path))
    assert found == logout.Shelter(
        prefix=("systemd-run", "--user", "--scope", "--quiet", "--collect")
    )
    folder = house.make(["sh", "-c", "echo alive"])
    start.launch(folder, None, found.prefix)
    exit_record(folder)
    assert output(folder) == b"alive\n"
    assert "console.keeper start" in (tmp_path / "scopes").read_text()
