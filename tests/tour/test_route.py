"""The tour's own parts, without the program it goes round in."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pyte
import pytest

from tests.pty.terminal import Terminal
from tests.tour import stops
from tests.tour.picture import svg
from tests.tour.place import furnished
from tests.tour.route import KEYS, Beside, Drag, Hover, Mouse, Stop, Walk, Wheel, index, mouse

ECHO = """
import os, sys, termios, tty
tty.setraw(0)
os.write(1, b"\\x1b[2J\\x1b[Hready [Apply]")
while data := os.read(0, 100):
    os.write(1, b"\\x1b[3;1H\\x1b[Kgot " + ascii(data.decode()).encode())
"""
"""Says what comes from the keyboard and the mouse."""


@pytest.fixture
def walk(tmp_path: Path):
    with Terminal([sys.executable, "-c", ECHO], columns=60, lines=8) as terminal:
        terminal.wait_for_text("ready")
        yield Walk(terminal, tmp_path, "echo", tmp_path)


def test_a_stop_that_is_seen_leaves_a_picture_and_no_complaint(walk: Walk, tmp_path: Path) -> None:
    walk.go([Stop("left arrow", ("left",), r"got '\\x1b\[D'")])

    assert walk.failed == []
    assert walk.taken == ["echo-01-left-arrow.svg"]
    assert "left&#160;arrow" in (tmp_path / walk.taken[0]).read_text()


def test_a_stop_that_is_not_seen_is_told_with_the_screen_and_the_walk_goes_on(walk: Walk) -> None:
    walk.go(
        [
            Stop("nothing", ("text:q",), r"no such words", seconds=0.2),
            Stop("still there", (), "", not_see=r"ready", seconds=0.2),
            Stop("seen", (), r"got 'q'"),
        ]
    )

    assert len(walk.taken) == 3
    assert [problem.splitlines()[0] for problem in walk.failed] == [
        "echo: nothing: no 'no such words' on the screen:",
        "echo: still there: still 'ready' on the screen:",
    ]
    assert "got 'q'" in walk.failed[0]


def test_a_place_that_is_not_there_cannot_be_clicked(walk: Walk) -> None:
    walk.go([Stop("click", (Mouse("Cancel"),), r"ready")])

    assert walk.failed == ["echo: click: 'Cancel' is nowhere to be clicked"]


def test_the_mouse_goes_where_a_text_stands(walk: Walk) -> None:
    walk.go([Stop("click", (Mouse("[Apply]", dx=1),), r"\[<0;8;1M.*\[<0;8;1m")])
    walk.go([Stop("drag", (Drag("ready", "[Apply]"),), r"<0;1;1M.*<32;7;1M.*<0;7;1m")])

    assert walk.failed == []


def test_what_is_done_beside_the_terminal_knows_the_folder(walk: Walk, tmp_path: Path) -> None:
    walk.go([Stop("beside", (Beside(lambda home: (home / "made").touch()),), r"ready")])

    assert (tmp_path / "made").exists()


def test_what_the_mouse_sends() -> None:
    assert mouse(Mouse("", button=2), 3, 4) == "\x1b[<2;3;4M\x1b[<2;3;4m"
    assert mouse(Mouse("", times=2), 3, 4).count("M") == 2
    assert mouse(Hover(""), 3, 4) == "\x1b[<35;3;4M"
    assert mouse(Wheel("", down=False, times=2), 3, 4) == "\x1b[<64;3;4M" * 2


def test_a_picture_has_the_text_and_its_colours_and_is_well_formed() -> None:
    screen = pyte.Screen(30, 2)
    pyte.Stream(screen).feed("\x1b[38;2;1;2;3m<a> & \x1b[1;31mred\x1b[0m")

    picture = svg(screen, "a <title>")

    ElementTree.fromstring(picture)
    assert "#010203" in picture
    assert "red" in picture
    assert "http" not in picture.replace("http://www.w3.org", "")


def test_the_page_shows_every_picture() -> None:
    page = index(["a-01.svg", "a-02.svg"])

    assert page.count("<img") == 2


def test_every_key_of_the_route_is_known() -> None:
    """A name that is no key would be typed letter by letter."""
    routes = (stops.WIDE, stops.ENDED, stops.SEEN, stops.TABS, stops.ASCII, stops.COLOURLESS,
              stops.BROKEN)  # fmt: skip
    acts = [
        act
        for route in routes
        for part in route.values()
        for stop in part
        for act in stop.acts
        if isinstance(act, str) and not act.startswith("text:")
    ]

    assert [act for act in acts if len(act) > 1 and act not in KEYS and act[0] != "\x1b"] == []


def test_every_stop_waits_for_something() -> None:
    """Only the way out of the program shows nothing."""
    for route in (stops.WIDE, stops.SEEN, stops.TABS, stops.ASCII, stops.COLOURLESS):
        for part in route.values():
            assert [stop.name for stop in part if not stop.see and not stop.not_see] == []


def test_the_tour_has_files_of_its_own(tmp_path: Path) -> None:
    env = furnished(tmp_path)

    assert Path(env["XDG_CONFIG_HOME"]).parent == tmp_path
    assert "epochs: 60" in (tmp_path / "qwen_moe.yaml").read_text()
    assert "examples: 600" in (tmp_path / "short.yaml").read_text()
