"""The console on a real terminal: keys, garbage, resizes, signals, and the terminal going away."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty.terminal import Terminal

ROOT = Path(__file__).parent.parent.parent
LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"


def program(*arguments: str, ignoring: int | None = None) -> list[str]:
    """The command line of the console; `ignoring` is a signal it is started without."""
    run = [sys.executable, "-m", "tests.pty.console_program", *arguments]
    if ignoring is None:
        return run
    ignore = f"import os,signal,sys; signal.signal({ignoring}, signal.SIG_IGN); "
    return [sys.executable, "-c", f"{ignore}os.execv(sys.argv[1], sys.argv[1:])", *run]


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with Terminal(program(), cwd=str(ROOT)) as started:
        started.wait_for_text("Epoch       47 / 100")
        yield started


def shown_after(terminal: Terminal, key: str, text: str) -> None:
    terminal.send(key)
    terminal.wait_for_text(text)


def test_q_leaves_and_says_how_to_come_back(terminal: Terminal) -> None:
    terminal.send("q")
    assert terminal.wait() == 0
    assert LEFT_ALTERNATE_SCREEN in terminal.output()
    said = terminal.output().rsplit(LEFT_ALTERNATE_SCREEN, 1)[1]
    assert b"training goes on: gladius-console attach 20260421-103912-a1b2" in said


def test_ctrl_c_does_not_leave(terminal: Terminal) -> None:
    shown_after(terminal, "\x03", "q leaves, training goes on")


def test_fault_48_the_arrangement_follows_the_terminal(terminal: Terminal) -> None:
    terminal.resize(80, 24)
    terminal.wait_for_text("[Log] Charts")
    terminal.resize(110, 30)
    terminal.wait_for_text("[b Overview]")
    terminal.resize(25, 6)
    terminal.wait_for_text("TRAINING")
    terminal.resize(200, 60)
    terminal.wait_for_text("Epoch       47 / 100")


GARBAGE = {
    "kitty alternate keys": b"\x1b[97:65;2u",
    "kitty event types": b"\x1b[97;1:1u\x1b[97;1:3u",
    "kitty nonsense": b"\x1b[1114112;99999u\x1b[;;;;u",
    "an X10 mouse report far to the right": b"\x1b[M \xf0!",
    "bytes that are no UTF-8": b"\xff\xfe\xc3(\x80",
    "half a sequence": b"\x1b[<0;10",
    "an answer nobody asked for": b"\x1b[?997;1n\x1b]52;c;YQ==\x07",
    "every byte": bytes(range(128, 256)),
}


@pytest.fixture(scope="module")
def survivor() -> Iterator[Terminal]:
    """One program for all the garbage."""
    with Terminal(program(), cwd=str(ROOT)) as started:
        started.wait_for_text("Epoch       47 / 100")
        yield started


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_no_input_ends_the_program(survivor: Terminal, garbage: bytes) -> None:
    survivor.send(garbage)
    for columns, lines, sign in ((80, 24, "[Log] Charts"), (120, 40, "Epoch       47 / 100")):
        survivor.resize(columns, lines)
        survivor.wait_for_text(sign)
    assert b"Traceback" not in survivor.output()


def test_the_exit_code_of_a_crash_is_not_zero() -> None:
    with Terminal(program("crash"), cwd=str(ROOT)) as started:
        assert started.wait() != 0
        assert LEFT_ALTERNATE_SCREEN in started.output()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_fault_05_signals_give_the_terminal_back(terminal: Terminal, number: int) -> None:
    terminal.signal(number)
    assert terminal.wait() == 128 + number
    assert LEFT_ALTERNATE_SCREEN in terminal.output()


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.2, 0.5])
def test_fault_05_a_signal_during_the_start_gives_the_terminal_back(seconds: float) -> None:
    with Terminal(program(), cwd=str(ROOT)) as started:
        entered = started.wait_for(rb"\x1b\[\?1049h")
        time.sleep(max(0.0, entered + seconds - time.monotonic()))  # a moment of the start
        started.signal(signal.SIGTERM)
        assert started.wait() == 128 + signal.SIGTERM
        assert LEFT_ALTERNATE_SCREEN in started.output()


def test_a_closed_terminal_ends_it(terminal: Terminal) -> None:
    terminal.hang_up()
    assert terminal.wait(5) == 128 + signal.SIGHUP


def test_fault_04_a_closed_terminal_ends_it_even_if_nobody_tells() -> None:
    with Terminal(program(ignoring=signal.SIGHUP), cwd=str(ROOT)) as started:
        started.wait_for_text("Epoch       47 / 100")
        started.hang_up()
        assert started.wait(5) == 128 + signal.SIGHUP
