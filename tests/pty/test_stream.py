"""The stream on a real terminal: what its keys and the mouse send there."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal
from tests.pty.test_console import program
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
FILE = "checkpoints/epoch_47_batch_8450.npz"


@pytest.fixture(scope="module")
def terminal() -> Iterator[Terminal]:
    with Terminal(program(), cwd=str(ROOT)) as started:
        started.wait_for_text("Epoch       47 / 100")
        started.wait_for_text(FILE[:30])
        yield started


def place(terminal: Terminal, text: str) -> tuple[int, int]:
    """Column and line, counted from 1, in the middle of a text on the screen."""
    for y, line in enumerate(terminal.screen(), 1):
        if text in line:
            return line.index(text) + len(text) // 2, y
    raise AssertionError(text)


def wait_until_gone(terminal: Terminal, text: str) -> None:
    wait_until(lambda: not any(text in line for line in terminal.screen()), 20, what=f"no {text}")


def click(terminal: Terminal, at: tuple[int, int], button: int = 0) -> None:
    """An SGR report (mode 1006) of a press and its release; 8 more for Alt."""
    for end in "Mm":
        terminal.send(f"\x1b[<{button};{at[0]};{at[1]}{end}")


def test_a_right_click_opens_the_menu_and_escape_closes_it(terminal: Terminal) -> None:
    click(terminal, place(terminal, FILE[:30]), 2)
    terminal.wait_for_text("Copy the line")
    terminal.send("\x1b")
    wait_until_gone(terminal, "Copy the line")


def test_alt_and_two_clicks_take_the_word_to_the_clipboard(terminal: Terminal) -> None:
    x, y = place(terminal, FILE[:30])
    at = x + 3, y  # at the place of the click before it would be one more of them
    click(terminal, at, 8)
    click(terminal, at, 8)
    terminal.wait_for_text("y copy")
    terminal.send("y")
    terminal.wait_for(b"52;c;" + base64.b64encode(FILE.encode()))


@pytest.mark.parametrize("key", [".", "\x1b[21;2~"])
def test_the_menu_by_its_keys(terminal: Terminal, key: str) -> None:
    terminal.send(key)
    terminal.wait_for_text("Export the log with colours")
    terminal.send("q")
    wait_until_gone(terminal, "Export the log")


def test_a_filter_and_its_end(terminal: Terminal) -> None:
    terminal.send("L")
    terminal.wait_for_text("filtered: ")
    terminal.send("\x1b")
    wait_until_gone(terminal, "filtered: ")


def test_a_bookmark_by_two_clicks(terminal: Terminal) -> None:
    at = place(terminal, FILE[:30])
    click(terminal, at)
    click(terminal, at)
    terminal.wait_for_text("◆")


def test_alt_r_turns_to_regular_expressions_and_types_no_letter(terminal: Terminal) -> None:
    """Terminals tell the letter along with Alt: the field took it."""
    terminal.send("/")
    terminal.wait_for_text(".*")
    terminal.send("4[0-9]_b")
    terminal.wait_for_text("no hit")
    terminal.send("\x1br")
    wait_until_gone(terminal, "no hit")
    terminal.wait_for_text("/ 4[0-9]_b  ")
    terminal.send("\x1b")
    wait_until_gone(terminal, "4[0-9]_b")
