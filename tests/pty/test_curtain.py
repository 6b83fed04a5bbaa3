"""The first picture: drawn before the screen is imported, and taken away whatever happens then."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.screens.arrangement import View, log_box
from tests.product import Product, product
from tests.pty.terminal import Terminal

PROGRAM = """
import sys
from pathlib import Path
from console.cli.curtain import Curtain
from console.core.display import Display
from console.core.settings import Settings

folder, then, looks, slow = sys.argv[1:]
display = Display(ascii=looks == "ascii")
with Curtain(Path(folder), Settings(slow_link=int(slow)), display) as curtain:
    if then == "wait":
        sys.stdin.readline()
    if then == "fail":
        raise SystemExit("a library is missing")
    if then == "lift":
        curtain.lift()
print("after it")
"""
ENTERS, LEAVES = b"\x1b[?1049h", b"\x1b[?1049l"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "20260427-140312-7f3a"
    folder.mkdir()
    rows = b"".join(b"row %d\n" % number for number in range(200))
    (folder / "screen.000000000000.log").write_bytes(rows)
    return folder


def program(
    run: Path, then: str = "wait", looks: str = "", slow: int = 0, size: tuple[int, int] = (120, 40)
) -> Terminal:
    words = [sys.executable, "-c", PROGRAM, str(run), then, looks, str(slow)]
    return Terminal(words, columns=size[0], lines=size[1])


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (100, 30), (80, 24), (40, 10)])
def test_the_newest_rows_stand_in_the_box_of_the_log(run: Path, size: tuple[int, int]) -> None:
    header, box = log_box(*size, View())
    assert box is not None
    with program(run, size=size) as terminal:
        shown = terminal.wait_for_text("row 199")
        assert shown[box.y + box.height - 1][box.x :] == "row 199"
        assert shown[box.y][box.x :] == f"row {200 - box.height}"
        assert (f"opening {run.name}" in shown[0]) == (header is not None)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (10, 3), (20, 5), (300, 100)])
def test_any_size_is_drawn_without_a_fault(run: Path, size: tuple[int, int]) -> None:
    with program(run, "through", size=size) as terminal:
        assert terminal.wait() == 0


def test_the_terminal_is_as_it_was_when_it_fails(run: Path) -> None:
    with program(run, "fail") as terminal:
        assert terminal.wait() == 1
        drawn, _, rest = terminal.output().rpartition(LEAVES)
        assert ENTERS in drawn
        assert b"a library is missing" in rest


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_terminal_is_as_it_was_after_a_signal(run: Path, number: int) -> None:
    with program(run) as terminal:
        terminal.wait_for(b"row 199")
        terminal.signal(number)
        assert terminal.wait() in (128 + number, -number)
        assert LEAVES in terminal.output()


def test_a_screen_that_took_over_is_left_alone(run: Path) -> None:
    with program(run, "lift") as terminal:
        assert terminal.wait() == 0
        assert LEAVES not in terminal.output()


def test_a_slow_link_carries_nothing_twice(run: Path) -> None:
    with program(run, "through", slow=4000) as terminal:
        assert terminal.wait() == 0
        assert terminal.output() == b"after it\r\n"


def test_a_run_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    with program(tmp_path / "none", "through") as terminal:
        assert terminal.wait() == 0
        assert terminal.output().endswith(b"after it\r\n")


HOSTILE = (
    b"\x1b[2Jrow\x1b]0;title\x07", b"\x9b31mred", b"a\tb\rc\x00d", b"\xff\xfe\xfa",
    "\u202eright to left".encode(), "wide 漢字漢字 ".encode() * 60, b"x" * 100_000, "é́́".encode(),
)  # fmt: skip


def test_rows_are_text_and_move_nothing(run: Path) -> None:
    (run / "screen.000000000000.log").write_bytes(b"\n".join(HOSTILE) + b"\nlast\n")
    header, box = log_box(120, 40, View())
    assert header is not None
    assert box is not None
    with program(run) as terminal:
        shown = terminal.wait_for_text("last")
        assert all(not line[box.x + box.width :].strip() for line in shown)
        assert all(not line[: box.x].strip() for line in shown[1:])
        drawn = terminal.output().partition(ENTERS)[2]
        allowed = rb"\x1b\[\?25l|\x1b\[H|\x1b\[2J|\x1b\[\d+;\d+H|\x1b\[1m|\x1b\[22m"
        assert not re.search(rb"[\x00-\x1f\x7f]", re.sub(allowed, b"", drawn))
        assert drawn.count(b"\x1b[2J") == 1


def test_ascii_is_ascii(run: Path) -> None:
    (run / "screen.000000000000.log").write_bytes("░░░ 50 %\nlast\n".encode())
    with program(run, looks="ascii") as terminal:
        terminal.wait_for_text("last")
        assert terminal.output().isascii()


@pytest.fixture
def here() -> Iterator[Product]:
    with product() as made:
        yield made


def test_the_rows_come_before_the_screen_and_stay_where_they_are(here: Product) -> None:
    run = here.start("sh", "-c", "for i in $(seq 300); do echo line $i of 300; done")
    assert here.call("wait", run.name).returncode == 0
    with here.attach(run) as terminal:
        early = terminal.wait_for(b"line 300 of 300")
        ready = terminal.wait_for(b"LIVE STREAM")
        first = next(at for at, chunk in enumerate(terminal.chunks) if b"line 300" in chunk.data)
        assert early < ready
        assert b"opening" in terminal.output()[: terminal.output().index(b"LIVE STREAM")]
        assert first < 3
        terminal.wait_for_text("FINISHED")
        terminal.wait_for_text("1 LOSS")
        shown = terminal.wait_for_text("line 299 of 300")
        _, box = log_box(120, 40, View())
        assert box is not None
        y = next(y for y, line in enumerate(shown) if "line 299 of 300" in line)
        assert box.y <= y < box.y + box.height
        terminal.send("q")
        assert terminal.wait() == 0
        assert terminal.output().count(LEAVES) == 1


def test_without_a_screen_of_its_own_nothing_is_drawn(run: Path) -> None:
    """Standard error is where the screen draws: in a file it is nobody's."""
    words = [sys.executable, "-c", PROGRAM, str(run), "through", "", "0"]
    read, write = os.pipe()
    pid = os.posix_spawn(sys.executable, words, os.environ,
                         file_actions=[(os.POSIX_SPAWN_DUP2, write, 2),
                                       (os.POSIX_SPAWN_DUP2, write, 1)])  # fmt: skip
    os.close(write)
    _, status = os.waitpid(pid, 0)
    with os.fdopen(read, "rb") as file:
        assert file.read() == b"after it\n"
    assert os.waitstatus_to_exitcode(status) == 0


def test_what_is_typed_behind_it_arrives_and_is_not_echoed(here: Product) -> None:
    run = here.start("sh", "-c", "for i in $(seq 300); do echo line $i of 300; done")
    assert here.call("wait", run.name).returncode == 0
    with here.attach(run) as terminal:
        terminal.wait_for(b"line 300 of 300")
        terminal.send("7\r")
        terminal.wait_for_text("View the whole file")
        before = terminal.output().partition(b"LIVE STREAM")[0]
        assert b"7\r" not in before
        assert b"^M" not in before
