"""The app: leaving, copying, exporting, other runs, and what is imported when."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.core.settings import Settings
from console.screens.session import House
from tests import states
from tests.screens.looking import looking
from tests.screens.test_overview import Rooms
from tests.sessions import session_of

RUN = "20260421-103912-a1b2"


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_leaving_says_that_training_goes_on(key: str) -> None:
    async with looking(states.training()) as look:
        await look.pilot.press(key)
        await look.pilot.pause()
    assert look.app.return_value == f"training goes on: gladius-console attach {RUN}"
    assert look.app.return_code == 0


async def test_leaving_an_ended_run_says_how_it_ended() -> None:
    async with looking(states.error()) as look:
        await look.pilot.press("q")
        await look.pilot.pause()
    assert str(look.app.return_value).startswith("qwen-moe error: ended with exit code 1")


async def test_ctrl_c_says_what_leaves_and_what_stops() -> None:
    async with looking(states.training()) as look:
        await look.press("ctrl+c")
        assert "q leaves, training goes on; F3 stops" in look.text()


async def test_what_is_copied_is_also_in_a_file(tmp_path: Path) -> None:
    async with looking(states.training(), home=tmp_path) as look:
        look.app.copy_to_clipboard("one\ntwo")
        await look.see("2 lines copied to the terminal's clipboard (OSC 52)")
    assert (tmp_path / "copied.txt").read_text() == "one\ntwo"
    assert (tmp_path / "copied.txt").stat().st_mode & 0o777 == 0o600


async def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "copied.txt").symlink_to(tmp_path / "precious")
    async with looking(states.training(), home=tmp_path) as look:
        look.app.copy_to_clipboard("one")
    assert not (tmp_path / "precious").exists()


async def test_in_tmux_its_buffer_is_loaded_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmux = tmp_path / "tmux"
    tmux.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\ncat > {tmp_path}/buffer\n')
    tmux.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("TMUX", "/tmp/tmux-1/default,1,0")
    async with looking(states.training()) as look:
        look.app.copy_to_clipboard("one")
        await look.app.workers.wait_for_complete(
            [worker for worker in look.app.workers if worker.name == "_copy_to_tmux"]
        )
    assert (tmp_path / "arguments").read_text() == "load-buffer -w -\n"
    assert (tmp_path / "buffer").read_text() == "one"


async def test_without_tmux_there_the_program_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("TMUX", "/tmp/tmux-1/default,1,0")
    async with looking(states.training()) as look:
        look.app.copy_to_clipboard("one")
        await look.press("f1")
        await look.see("HELP")


async def test_the_log_is_exported_where_there_is_a_way() -> None:
    session = session_of(states.training(), export_log=lambda: "written to ./qwen-moe.log")
    async with looking(session) as look:
        await look.press("ctrl+shift+l")
        await look.see("written to ./qwen-moe.log")


async def test_a_log_that_cannot_be_written_says_why() -> None:
    def export() -> str:
        raise OSError("no space left on device")

    async with looking(session_of(states.training(), export_log=export)) as look:
        await look.press("x", "l")
        await look.see("the log was not written: no space left on device")


async def test_a_run_is_opened_by_its_id() -> None:
    rooms = Rooms()
    async with looking(None, house=rooms.house(), run=RUN) as look:
        await look.see("Epoch       47 / 100")
        assert rooms.done == [("connect", RUN)]


async def test_a_run_that_cannot_be_opened_is_an_error() -> None:
    async with looking(None, house=Rooms(refuse="it was removed").house(), run=RUN) as look:
        await look.pilot.pause()
        await look.pilot.pause()
    assert look.app.return_value == f"{RUN} cannot be shown: it was removed"
    assert look.app.return_code == 1


async def test_sources_hear_of_an_update_before_it_is_drawn() -> None:
    heard: list[str] = []
    session = session_of(states.training(), tell=lambda: heard.append("told"))
    async with looking(session) as look:
        before = len(heard)
        await look.tell("loss", rows=True)
        assert len(heard) == before + 1


async def test_the_session_is_closed_when_the_run_is_over() -> None:
    closed: list[bool] = []
    session = session_of(states.finished(), close=lambda: closed.append(True))
    async with looking(session) as look:
        look.link.queue.put_nowait(None)
        await look.pilot.pause()
        await look.pilot.pause()
        assert closed == [True]


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("console.app", {"plotext", "yaml", "markdown_it", "sqlite3", "numpy", "psutil"}),
        ("console.screens.training", {"plotext", "yaml", "markdown_it", "sqlite3", "numpy"}),
    ],
)
def test_what_takes_long_is_not_imported_before_it_is_wanted(
    module: str, unwanted: set[str]
) -> None:
    look = f"import sys, {module}; print(','.join(sys.modules))"
    output = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True
    ).stdout
    assert not unwanted & set(output.strip().split(","))


async def test_every_command_can_be_found_in_the_palette() -> None:
    async with looking(states.bare()) as look:
        await look.press("ctrl+k", *"valid")
        await look.see("Validate")
        await look.see("validate needs the hook")


async def test_the_house_may_be_empty() -> None:
    async with looking(None, house=House(runs=tuple, connect=Rooms().connect)) as look:
        await look.see("There is no run yet")


async def test_a_setting_acts_at_once_and_is_kept() -> None:
    kept: list[dict[str, object]] = []
    async with looking(states.training(), keep=lambda **values: kept.append(values)) as look:
        look.app.change_settings(theme="gladius-light", wrap=True)
        assert look.app.theme == "gladius-light"
        assert look.app.settings.wrap
    assert kept == [{"theme": "gladius-light", "wrap": True}]


async def test_a_setting_that_cannot_be_kept_acts_and_says_so() -> None:
    def full(**_values: object) -> None:
        raise OSError(28, "No space left on device")

    async with looking(states.training(), keep=full) as look:
        look.app.change_settings(theme="gladius-light")
        await look.see("not kept for the next start")
        assert look.app.theme == "gladius-light"


async def test_what_is_wrong_with_the_settings_is_told() -> None:
    said = ["settings.yaml: wrap: true or false is expected"]
    async with looking(states.training(), settings=Settings(theme="no such"), said=said) as look:
        await look.see("true or false is expected")
        assert look.app.theme == "gladius"
