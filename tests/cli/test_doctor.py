"""`doctor`: a line each, ok or what to do; nothing it looks at can end it or hold it up."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.backend import checkup
from console.cli import asking, doctor, doctor_terminal
from console.core.checkup import Finding
from tests.pty.terminal import Terminal

if TYPE_CHECKING:
    from tests.cli.conftest import Call
    from tests.product import Product

pytestmark = pytest.mark.timeout(60)


def test_each_thing_is_a_line_and_json_says_the_same(call: Call) -> None:
    plain, scripted = call("doctor"), call("doctor", "--json")
    assert plain.code == scripted.code
    found = scripted.json
    assert found["ok"] is (scripted.code == 0)
    names = [one["name"] for one in found["findings"]]
    assert {"terminal", *checkup.CHECKS} <= {*names}
    for one in found["findings"]:
        assert one["ok"] is (one["remedy"] == "")
        assert one["name"] in plain.out


def test_what_fails_or_hangs_is_a_line_too(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    def fails() -> Finding:
        raise RuntimeError("no\x1b[2J driver")

    def hangs() -> Finding:
        gate.wait(30)
        return Finding("hangs", "")

    monkeypatch.setattr(checkup, "CHECKS", {"fails": fails, "hangs": hangs})
    monkeypatch.setattr(doctor, "LIMIT_SECONDS", 0.2)
    monkeypatch.setattr(doctor.limited, "__defaults__", (0.2,))
    before = time.monotonic()
    said = call("doctor")
    assert time.monotonic() - before < 5
    gate.set()
    assert said.code == 1
    assert "no answer within 0.2 s" in said.out
    assert "RuntimeError" in said.out
    assert "\x1b" not in said.out


def test_a_folder_that_takes_nothing_and_a_full_one_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLADIUS_HOME", str(tmp_path / "state"))
    assert checkup.state_folder().ok
    monkeypatch.setattr(checkup, "disk_free", lambda _path: 5)
    assert "make room" in checkup.state_folder().remedy
    monkeypatch.setattr(checkup, "disk_free", lambda _path: 1 << 40)
    monkeypatch.setattr(checkup.mounts, "is_network", lambda _path: True)
    assert "GLADIUS_HOME" in checkup.state_folder().remedy
    monkeypatch.setattr(checkup.os, "access", lambda *_: False)
    assert "right to write" in checkup.state_folder().remedy


def test_no_fifo_no_logout_and_an_unset_clock_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLADIUS_HOME", str(tmp_path))
    assert checkup.fifos().ok
    assert list(tmp_path.iterdir()) == []

    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(checkup.os, "mkfifo", refuse)
    assert checkup.fifos().remedy
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(checkup.logout, "shelter", lambda: checkup.logout.Shelter(warning="w"))
    assert checkup.outlives_logout().remedy == "loginctl enable-linger"
    monkeypatch.setattr(checkup.time, "time", lambda: 86400.0)
    assert checkup.clock().remedy


def test_settings_of_tmux_are_judged_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_terminal.os, "isatty", lambda _fd: True)
    monkeypatch.setenv("TMUX", "/tmp/x,1,0")
    said = {"-V": "tmux 3.4\n", "escape-time": "500\n", "set-clipboard": "off\n",
            "allow-passthrough": "off\n", "mouse": "on\n",
            "default-terminal": "screen\n"}  # fmt: skip
    found = {
        one.name: one
        for one in doctor_terminal.findings(asking.Answers(), lambda *words: said[words[-1]])
    }
    remedy = {name for name, one in found.items() if one.remedy and name.startswith("tmux")}
    wrong = ("escape-time", "set-clipboard", "allow-passthrough", "default-terminal")
    assert remedy == {f"tmux {name}" for name in wrong}
    silent = [*doctor_terminal.findings(asking.Answers(), lambda *_: "")]
    assert any(one.name == "tmux" and one.remedy for one in silent)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"", asking.Answers()),
        (b"\x1b[?2026;2$y\x1b[?0u\x1b[4;2R\x1b[?62c", asking.Answers(True, True, 1, True)),
        (b"\x1b[?2026;0$y\x1b[4;3R\x1b[?62c", asking.Answers(False, False, 2, True)),
        (b"x\x1b[4;99R\x1b[?1;2c", asking.Answers(False, False, None, True)),
    ],
)
def test_answers_of_a_terminal_are_read(said: bytes, expected: asking.Answers) -> None:
    assert asking.read(said) == expected


def test_on_a_terminal_it_asks_it_and_leaves_it_as_it_was(house: Product) -> None:
    command = ["sh", "-c", 'stty -a > before; "$0" -m console doctor; stty -a > after; echo END']
    import sys

    with Terminal([*command, sys.executable], env=house.env, cwd=str(house.home)) as terminal:
        terminal.wait_for(b"END", 30)
        said = terminal.output().decode()
        assert "synchronised output" in said
        assert "frames are drawn at once" in said
        assert "Ctrl+Shift+X is told from Ctrl+X" in said
        terminal.wait()
    assert (house.home / "before").read_text() == (house.home / "after").read_text()
