"""Whatever comes from the keyboard or the window: the program lives, and leaves it in order."""

from __future__ import annotations

import os
import random
import select
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from tests.product import CONSOLE, Product
from tests.pty.terminal import Terminal
from tests.pty.test_console import ROOT, program
from tests.torture import figure, times

READY = "Epoch       47 / 100"
LEFT_ALTERNATE_SCREEN = b"\x1b[?1049l"
LEAVES = frozenset(b"qQ:\x11\x0b\x10\r\n")
"""Keys that leave the program, or choose to in the palette: they would do what they are for."""

SEQUENCES = (
    b"\x1b[97:65;2u", b"\x1b[97;1:1u", b"\x1b[97;1:3u", b"\x1b[M \xf0!", b"\xff", b"\x1b[<0;10;",
    b"\x1b[<35;999999;999999M", b"\x1b[200~", b"\x1b[201~", b"\x1b]11;rgb:", b"\x1bP", b"\x1b_G",
    b"\x1b[?2048;1$y", b"\x1b[48;0;0;0;0t", b"\x1b[I", b"\x1b[O", b"\x1b\x1b\x1b", b"\xc3", b"\x00",
    b"\x1b[1;9999999999A", b"\x9b31m", b"\x1bO", b"\x1b[", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
)  # fmt: skip


def type_in(terminal: Terminal, data: bytes, timeout: float = 30.0) -> None:
    """Writes as much at a time as the program takes. Raises TimeoutError when it takes no more."""
    deadline, position = time.monotonic() + timeout, 0
    while position < len(data):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(data) - position} of {len(data)} bytes were not taken")
        if select.select([], [terminal.master], [], 0.25)[1]:
            position += os.write(terminal.master, data[position : position + 256])


def assert_lives_and_leaves_in_order(terminal: Terminal) -> None:
    """It draws anew for another size, and SIGTERM ends it with the terminal as it was."""
    for columns, lines in ((90, 30), (120, 40)):
        seen = len(terminal.chunks)
        terminal.resize(columns, lines)
        terminal.wait_for(b"\x1b\\[", since=seen)
    assert b"Traceback" not in terminal.output()
    terminal.signal(signal.SIGTERM)
    assert terminal.wait() == 128 + signal.SIGTERM
    assert LEFT_ALTERNATE_SCREEN in terminal.output()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with Terminal(program(), cwd=str(ROOT)) as started:
        started.wait_for_text(READY)
        yield started


def garbage(chance: random.Random) -> bytes:
    """Bytes, and parts of sequences, without a key that leaves."""
    made = bytearray()
    for _ in range(40):
        if chance.random() < 0.5:
            sequence = chance.choice(SEQUENCES)
            made += sequence[: chance.randrange(1, len(sequence) + 1)]
        else:
            made += chance.randbytes(chance.randrange(1, 6))
    return bytes(byte for byte in made if byte not in LEAVES)


@pytest.mark.torture
def test_fault_48_no_garbage_ends_the_program(terminal: Terminal) -> None:
    chance, sent = random.Random(48), 0
    for _ in range(times(5, 500)):
        data = garbage(chance)
        type_in(terminal, data)
        sent += len(data)
    type_in(terminal, b"\x1b[201~\x1b\\\x18" + 3 * b"\x1b")
    assert_lives_and_leaves_in_order(terminal)
    figure(f"terminal: {sent} bytes of garbage, the program lived and left in order")


def test_fault_48_a_palette_left_at_once_is_nothing(terminal: Terminal) -> None:
    for _ in range(20):
        seen = len(terminal.chunks)
        type_in(terminal, b":\x1b\x1b")
        terminal.wait_for(b".", since=seen)
    assert_lives_and_leaves_in_order(terminal)


def test_fault_48_a_paste_of_a_megabyte_does_nothing(terminal: Terminal) -> None:
    text = b"F3 S q \xc3\xa9\xff\n" * 100_000
    type_in(terminal, b"\x1b[200~" + text[:1_000_000] + b"\x1b[201~")
    type_in(terminal, b"\x03")
    terminal.wait_for_text("q leaves, training goes on", 30)
    assert_lives_and_leaves_in_order(terminal)


def test_fault_48_a_storm_of_resizes_ends_in_the_right_picture(terminal: Terminal) -> None:
    chance = random.Random(49)
    for _ in range(times(200, 5000)):
        terminal.resize(chance.randrange(0, 260), chance.randrange(0, 90))
    terminal.resize(80, 24)
    terminal.wait_for_text("[Log] Charts")
    assert_lives_and_leaves_in_order(terminal)


@pytest.mark.parametrize(("columns", "lines"), [(0, 0), (20, 5), (1, 1)])
def test_fault_48_a_terminal_of_no_size_is_waited_for(columns: int, lines: int) -> None:
    with Terminal(program(), columns=columns, lines=lines, cwd=str(ROOT)) as started:
        started.wait_for(b"\x1b\\[\\?1049h")
        started.resize(120, 40)
        started.wait_for_text(READY)
        started.resize(columns, lines)
        assert_lives_and_leaves_in_order(started)


@pytest.mark.parametrize("env", [{"TERM": "dumb"}, {"LC_ALL": "C", "LANG": "C"}], ids=str)
def test_fault_48_a_poor_terminal_gets_what_it_can_show(here: Product, env: dict[str, str]) -> None:
    run = here.start(sys.executable, "-c", "print('✓ ready', flush=True)\nimport time\n"
                     "time.sleep(600)")  # fmt: skip
    with Terminal([*CONSOLE, "attach", run.name], env={**here.env, **env}) as screen:
        screen.wait_for(b"ready")
        output = screen.output()
        if env.get("TERM") == "dumb":
            assert b"\x1b" not in output
            screen.send(b"\x03")
            assert screen.wait() == 130
        else:
            screen.send("q")
            assert screen.wait() == 0
        assert b"Traceback" not in screen.output()
        assert f"attach {run.name}".encode() in screen.output()
