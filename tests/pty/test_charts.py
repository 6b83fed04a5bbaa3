"""Charts on a real terminal: the bytes of keys and of the mouse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pty.terminal import Terminal
from tests.pty.test_console import ROOT, program
from tests.waiting import wait_until


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with Terminal(program(), cwd=str(ROOT)) as started:
        started.wait_for_text("Epoch       47 / 100")
        started.wait_for_text("1 LOSS")
        yield started


def corner(terminal: Terminal) -> tuple[int, int]:
    """Column and row, from 1, of the upper left corner of the loss chart."""
    for row, line in enumerate(terminal.screen()):
        if "─ 1 LOSS" in line:
            return line.index("─ 1 LOSS"), row + 1
    raise AssertionError("there is no loss chart")


def title(terminal: Terminal) -> str:
    """The upper border of the loss chart."""
    return next(line for line in terminal.screen() if "1 LOSS" in line)


def part(lines: list[str]) -> str:
    """What is in sight, as the lower border says it."""
    return next((line[line.index("epochs ") :][:24] for line in lines if "epochs " in line), "")


def mouse(terminal: Terminal, button: int, x: int, y: int, end: str = "M") -> None:
    terminal.send(f"\x1b[<{button};{x};{y}{end}")


def test_keys_move_the_cursor_and_zoom(terminal: Terminal) -> None:
    terminal.send("1")
    terminal.send("\x1b[D")
    wait_until(lambda: "at E47.00" in title(terminal))
    terminal.send("\x1b[D\x1b[D\x1b[D")
    wait_until(lambda: " at E" in title(terminal) and "E47.00" not in title(terminal))
    terminal.send("+")
    before = terminal.wait_for_text("epochs ")
    terminal.send("\x1b[1;2D")
    wait_until(lambda: part(terminal.screen()) not in ("", part(before)))
    terminal.send("0")
    wait_until(lambda: "0.0234" in title(terminal) and " at E" not in title(terminal))


def test_ctrl_z_in_the_kitty_protocol_zooms(terminal: Terminal) -> None:
    terminal.send("1")
    terminal.send("\x1b[122;5u")
    terminal.wait_for_text("last 23.50 epochs")
    terminal.send("\x1b[48;5u")
    wait_until(lambda: "last 23.50" not in "".join(terminal.screen()))


def test_the_mouse_points_and_its_wheel_zooms(terminal: Terminal) -> None:
    x, y = corner(terminal)

    def points() -> bool:
        mouse(terminal, 35, x + 25, y + 5)  # a chart that is not drawn yet has nothing to point at
        return " at E" in title(terminal)

    wait_until(points)
    mouse(terminal, 64, x + 25, y + 5)
    terminal.wait_for_text("epochs ")
    mouse(terminal, 2, x + 25, y + 5)
    mouse(terminal, 2, x + 25, y + 5, "m")
    terminal.wait_for_text("Moving average")
