"""What a terminal really gets where it shows nothing but ASCII, and where no colours are wanted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pty.terminal import ANSWERS, Terminal
from tests.pty.test_console import program

ROOT = Path(__file__).parent.parent.parent
COLOUR = re.compile(rb"\x1b\[[\d;]*?(?:[34][0-8]|9[0-7]|10[0-7])(?:[;\d]*)m")
"""A sequence that sets a colour: 30-38, 40-48, 90-97, 100-107."""


@pytest.mark.parametrize(
    "env", [{"TERM": "linux"}, {"TERM": "vt100"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}], ids=str
)
def test_plain_characters_are_chosen_where_they_are_needed(env: dict[str, str]) -> None:
    with Terminal(program(), cwd=str(ROOT), env=env) as terminal:
        terminal.wait_for_text("Epoch       47 / 100")
        terminal.send(",")
        terminal.wait_for_text("on now")
        shown = "\n".join(terminal.screen())
        assert shown.isascii()
        assert "* TRAINING" in shown
        assert not any(byte > 127 for byte in terminal.output())


def test_no_sequence_sets_a_colour_where_none_is_wanted() -> None:
    with Terminal(program("error"), cwd=str(ROOT), env={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for_text("OutOfMemory")
        terminal.send("\x1b")
        terminal.wait_for_text("Epoch       47 / 100")
        assert not COLOUR.findall(terminal.output())
        assert "ERROR" in "\n".join(terminal.screen())


def test_a_terminal_with_colours_gets_them() -> None:
    with Terminal(program(), cwd=str(ROOT)) as terminal:
        terminal.wait_for_text("Epoch       47 / 100")
        assert COLOUR.search(terminal.output())


def test_a_terminal_that_draws_frames_two_cells_wide_gets_plain_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wide = [(query, b"\x1b[1;3R" if query.pattern == rb"\x1b\[6n" else answer)
            for query, answer in ANSWERS]  # fmt: skip
    monkeypatch.setattr("tests.pty.terminal.ANSWERS", wide)
    with Terminal(program(), cwd=str(ROOT)) as terminal:
        terminal.wait_for_text("+- PROGRESS")
        assert "\n".join(terminal.screen()).isascii()
