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
from tests.waiting import wait_until

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
    assert terminal.wait() == 128 + signal.SIGTERM, terminal.output()[-4000:]
    assert LEFT_ALTERNATE_SCREEN in terminal.output()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with Terminal(program(), cwd=str(ROOT)) as started:
        started.wait_for_text(READY)
        yield started


def garbage(chance: random.Random, parts: int) -> bytes:
    """Bytes, and parts of sequences, without a key that leaves."""
    made = bytearray()
    for _ in range(parts):
        if chance.random() < 0.5:
            sequence = chance.choice(SEQUENCES)
            made += sequence[: chance.randrange(1, len(sequence) + 1)]
        else:
            made += chance.randbytes(chance.randrange(1, 6))
    return bytes(byte for byte in made if byte not in LEAVES)


@pytest.mark.torture
@pytest.mark.parametrize("parts", [4, 40], ids=["as if typed", "in bursts"])
def test_fault_48_no_garbage_ends_the_program(terminal: Terminal, parts: int) -> None:
    chance, sent, began = random.Random(48), 0, time.monotonic()
    while time.monotonic() - began < times(2, 60):
        data = garbage(chance, parts)
        type_in(terminal, data)
        sent += len(data)
        time.sleep(parts / 80)  # faster than anybody types, or much at once
    type_in(terminal, b"\x1b[201~\x1b\\\x18" + 3 * b"\x1b")
    assert_lives_and_leaves_in_order(terminal)
    figure("terminal", f"bytes of garbage, {parts} parts at a time", sent, 0)


def test_fault_48_a_palette_left_at_once_is_nothing(terminal: Terminal) -> None:
    for _ in range(20):
        seen = len(terminal.chunks)
        type_in(terminal, b":\x1b\x1b")
        terminal.wait_for(b".", since=seen)
    assert_lives_and_leaves_in_order(terminal)


MEGABYTE = 1_000_000
LETTERS = b"F3 S q p p apple cc vv\xc3\xa9\xff\tYes\r\n:quit\r\n"
PASTES = {
    "text": LETTERS,
    "one letter": b"p",
    "escapes": b"\x1b",
    "keys": b"\x1bOQ\x1b[A\x1bOR\r",
    "unknown sequences": b"\x1b[99;99;99;99;99z\x1b[p",
    "clicks": b"\x1b[<0;90;3M\x1b[<0;90;3m",
    "old clicks": b"\x1b[M !!\x1b[M#!!",
    "moves": b"\x1b[<35;10;5M\x1b[<35;11;5M",
    "answers": b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\\x1b[?2026;2$y\x1b[1;1R",
    "bytes": bytes(range(256)),
}


def assert_nothing_was_done(terminal: Terminal) -> None:
    """A key is answered, nothing is open, and when it has ended nothing was ordered."""
    type_in(terminal, b"\x03")
    shown = "\n".join(terminal.wait_for_text("q leaves, training goes on", 30))
    assert "● TRAINING" in shown
    assert "LIVE STREAM" in shown
    terminal.send("q")
    assert terminal.wait() == 0
    assert b"ordered: []" in terminal.output()
    assert b"Traceback" not in terminal.output()


def once_quiet(terminal: Terminal) -> None:
    """Waits until the program has told of the paste."""
    terminal.wait_for_text("Pasted text is left out", 30)


SHOWS_NOTHING = (PASTES["moves"], PASTES["answers"])
"""Unmarked, these are what a terminal may well send."""


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "unmarked"])
@pytest.mark.parametrize("part", PASTES.values(), ids=PASTES.keys())
def test_fault_48_a_paste_of_a_megabyte_does_nothing(
    terminal: Terminal, part: bytes, marked: bool
) -> None:
    data = (part * (MEGABYTE // len(part) + 1))[:MEGABYTE]
    began = time.monotonic()
    type_in(terminal, b"\x1b[200~" + data + b"\x1b[201~" if marked else data)
    if part not in SHOWS_NOTHING:
        once_quiet(terminal)
    else:
        time.sleep(1.0)  # nothing is to be seen of it, so there is nothing to wait for
    assert_nothing_was_done(terminal)
    figure("terminal", "seconds of the slowest paste of 1 MB", time.monotonic() - began, 0)


def test_fault_48_random_pastes_of_sequences_do_nothing(terminal: Terminal) -> None:
    chance, data = random.Random(50), bytearray()
    while len(data) < MEGABYTE:
        data += chance.choice(SEQUENCES)
    type_in(terminal, bytes(data) + b"\x1b[201~")
    assert_lives_and_leaves_in_order(terminal)
    assert b"ordered: []" in terminal.output()


@pytest.mark.parametrize("keys", ["apple", "Save\tYes\r\n", "S\t\r", "S \r\r", "cc", "vv\r"])
def test_fault_48_a_few_pasted_letters_order_nothing(terminal: Terminal, keys: str) -> None:
    terminal.send(keys)
    seen = len(terminal.chunks)
    terminal.wait_for(b".", since=seen - 1)
    time.sleep(0.5)  # whatever they do, they have done
    if "S" in keys:
        terminal.wait_for_text("STOP TRAINING")
        terminal.send("q")
    assert_nothing_was_done(terminal)


def test_fault_48_a_paste_without_an_end_is_over_when_nothing_comes(terminal: Terminal) -> None:
    type_in(terminal, b"\x1b[200~" + LETTERS)
    once_quiet(terminal)
    assert_nothing_was_done(terminal)


def test_fault_48_two_answers_to_one_question_leave_the_screen_below(terminal: Terminal) -> None:
    terminal.send("S")
    terminal.wait_for_text("STOP TRAINING")

    def answered() -> bool:
        # Enter counts once the program knows that the question was seen: after it was painted.
        terminal.send("\r\r\r")
        return not any("STOP TRAINING" in line for line in terminal.screen())

    wait_until(answered, every=0.2, what="the question gone")
    terminal.wait_for_text(READY)
    assert_nothing_was_done(terminal)


def test_fault_48_a_mouse_on_a_window_of_no_size_is_nothing(terminal: Terminal) -> None:
    type_in(terminal, b"\x1b[48;0;0;0;0t\x1b[<0;10;5M\x1b[<0;10;5m")
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
