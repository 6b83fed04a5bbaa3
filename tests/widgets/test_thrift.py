"""Fewer bytes make the same picture."""

from __future__ import annotations

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st

from console.widgets.thrift import Thrift

PIECES = [
    "\x1b[0m", "\x1b[1m", "\x1b[1;31m", "\x1b[38;2;1;2;3m", "\x1b[38;2;1;2;3;48;2;9;9;9m",
    "\x1b[38;5;7m", "\x1b[7m", "\x1b[4;32m", "\x1b[22m", "\x1b[39m", "\x1b[49m", "\x1b[91;102m",
    "a", "text", " " * 15, "─", "漢", "\x1b[2;3H", "\x1b[5G", "\r\n", "\x1b[2K", "\x1b[1M",
    "\x1b[m",
]  # fmt: skip


def picture(writes: list[str]) -> list[list[pyte.screens.Char]]:
    screen = pyte.Screen(40, 6)
    screen.reset_mode(pyte.modes.DECAWM)
    stream = pyte.Stream(screen)
    for text in writes:
        stream.feed(text)
    return [[screen.buffer[y][x] for x in range(40)] for y in range(6)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), max_size=5))
def test_the_picture_is_the_same(writes: list[str]) -> None:
    thrift = Thrift()
    assert picture([thrift.less(text) for text in writes]) == picture(writes)


def test_a_colour_that_stays_is_not_said_again() -> None:
    style, thrift = "\x1b[38;2;1;2;3;48;2;4;5;6m", Thrift()
    found = thrift.less(f"{style}one\x1b[0m{style}two\x1b[0m\x1b[38;2;7;7;7;48;2;4;5;6mx\x1b[0m")
    assert found == f"{style}onetwo\x1b[38;2;7;7;7mx\x1b[0m"


def test_blanks_are_erased_where_that_looks_the_same() -> None:
    blanks = " " * 30
    text = f"\x1b[48;2;4;5;6m{blanks}|\x1b[0m"
    found = Thrift().less(text, blanks=True)
    assert found == "\x1b[48;2;4;5;6m\x1b[30X\x1b[30C|\x1b[0m"
    assert picture([found]) == picture([text])
    assert blanks in Thrift().less(f"\x1b[7m{blanks}\x1b[0m", blanks=True)
