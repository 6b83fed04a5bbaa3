"""Tables of bytes and the rows they become."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from console.core.terminal import Cleaner
from tests.core.terminal_captures import clean

ROWS = {
    "plain": (b"a\nb\n", b"a\nb\n"),
    "carriage return and newline are one": (b"a\r\nb\r\r\nc", b"a\nb\nc\n"),
    "empty rows": (b"\n\na\n", b"\n\na\n"),
    "trailing blanks stay": (b"a  \n", b"a  \n"),
    "no newline at the end": (b"a", b"a\n"),
    "overwritten": (b"50%|#####     |\r60%|######    |\n", b"60%|######    |\n"),
    "overwritten by less": (b"abcdef\rxy\n", b"xycdef\n"),
    "cleared with blanks": (b"\r 5%|#   |\r          \r{'loss': 1}\n", b"{'loss': 1}\n"),
    "backspaces": (b"10/90 - loss: 3\x08\x08\x081: 2\n", b"10/90 - loss1: 2\n"),
    "backspace at the margin": (b"a\x08\x08\x08b\n", b"b\n"),
    "erase to the end": (b"abcdef\r\x1b[2Cx\x1b[K\n", b"abx\n"),
    "erase from the start": (b"abcdef\x1b[3D\x1b[1K\n", b"    ef\n"),
    "erase the line": (b"abcdef\x1b[2K\rxy\n", b"xy\n"),
    "column": (b"abc\x1b[2Gx\n", b"axc\n"),
    "left and right": (b"abc\x1b[2Dx\x1b[3Cy\n", b"axc  y\n"),
    "erase characters": (b"abcdef\r\x1b[2X\n", b"  cdef\n"),
    "delete characters": (b"abcdef\r\x1b[2P\n", b"cdef\n"),
    "tabs": (b"1\t12345678\tx\n", b"1       12345678        x\n"),
    "tab at the end": (b"1\t\n", b"1       \n"),
    "tab among colours": (b"\x1b[31ma\tb\x1b[0m\n", b"\x1b[31ma       b\x1b[0m\n"),
    "two bars": (
        b"\router 0%\n\rinner 0%\x1b[A\router 1%\n\rinner 9%\x1b[A\n\n",
        b"outer 1%\ninner 9%\n",
    ),
    "a line written above two bars": (
        b"\router 0%\n\rinner 0%\x1b[A\r        \n\r        \x1b[A"
        b"\rhello\n\router 1%\n\rinner 1%\n",
        b"hello\nouter 1%\ninner 1%\n",
    ),
    "block redrawn under a hidden cursor": (
        b"\x1b[?25la 1\nb 1\nc 1\r\x1b[2K\x1b[1A\x1b[2K\x1b[1A\x1b[2Ka 2\nb 2\nc 2\n\x1b[?25h",
        b"a 2\nb 2\nc 2\n",
    ),
    "block that grows": (
        b"\x1b[?25la\r\x1b[2Ka\nb\r\x1b[2K\x1b[1A\x1b[2Ka\nb\nc\r\x1b[2K\x1b[1A\x1b[2K\x1b[1A\x1b[2Ka\nb\nc",
        b"a\nb\nc\n",
    ),
    "up and down": (b"\x1b[?25la\nb\x1b[A\rx\x1b[B\ry\n", b"x\ny\n"),
    "up beyond what is live destroys nothing": (b"a\nb\nc\n\x1b[3Ax\n", b"a\nb\nc\nx\n"),
    "erase below": (b"\x1b[?25la\nb\nc\x1b[2A\r\x1b[Jx\n", b"x\n"),
    "clear-screen starts below": (b"a\nb\x1b[2J\x1b[Hc\n", b"a\nb\nc\n"),
    "home starts below": (b"a\n\x1b[5;3Hb\n", b"a\n  b\n"),
    "full reset starts below": (b"\x1b[31ma\x1bcb\n", b"\x1b[31ma\x1b[0m\nb\n"),
    "wide characters": ("模型\r型x\n".encode(), "型x \n".encode().replace(b" \n", b"\n")),
    "half of a wide character": ("模b\x1b[2Gx\n".encode(), b" xb\n"),
    "combining marks": ("e\u0301a\n".encode(), "e\u0301a\n".encode()),
    "mark at the margin": ("\u0301a\n".encode(), "\u0301a\n".encode()),
    "form feed": (b"a\x0cb\n", b"a\nb\n"),
}

COLOURS = {
    "kept": (b"\x1b[34m[INFO]\x1b[0m x\n", b"\x1b[34m[INFO]\x1b[0m x\n"),
    "over rows": (b"\x1b[31ma\nb\x1b[0m\n", b"\x1b[31ma\x1b[0m\n\x1b[31mb\x1b[0m\n"),
    "not closed": (b"\x1b[31ma\n", b"\x1b[31ma\x1b[0m\n"),
    "canonical": (b"\x1b[01;32mx\x1b[m\n", b"\x1b[1;32mx\x1b[0m\n"),
    "joined": (b"\x1b[1m\x1b[34mx\x1b[0m\n", b"\x1b[1;34mx\x1b[0m\n"),
    "same again": (b"\x1b[1ma\x1b[0m\x1b[1mb\x1b[0m\n", b"\x1b[1mab\x1b[0m\n"),
    "beside another": (
        b"\x1b[1ma\x1b[0m\x1b[2mb\x1b[0m\n",
        b"\x1b[1ma\x1b[0m\x1b[2mb\x1b[0m\n",
    ),
    "conceal is shown": (b"\x1b[8mhidden\x1b[28m\n", b"hidden\n"),
    "conceal among others": (b"\x1b[1;8;31mx\x1b[0m\n", b"\x1b[1;31mx\x1b[0m\n"),
    "palette": (b"\x1b[38;5;208mx\x1b[39m\n", b"\x1b[38;5;208mx\x1b[0m\n"),
    "true colour": (b"\x1b[48;2;1;2;3mx\x1b[49m\n", b"\x1b[48;2;1;2;3mx\x1b[0m\n"),
    "colons": (b"\x1b[38:2::1:2:3mx\x1b[0m\n", b"\x1b[38;2;1;2;3mx\x1b[0m\n"),
    "curly underline": (b"\x1b[4:3mx\x1b[4:0my\n", b"\x1b[4mx\x1b[0my\n"),
    "underline colour": (b"\x1b[58;5;1;3mx\x1b[0m\n", b"\x1b[3mx\x1b[0m\n"),
    "out of range": (b"\x1b[38;5;999mx\x1b[0m\n", b"x\n"),
    "attributes off": (b"\x1b[1;2;3mx\x1b[22my\x1b[0m\n", b"\x1b[1;2;3mx\x1b[0m\x1b[3my\x1b[0m\n"),
    "bright": (b"\x1b[97;100mx\x1b[0m\n", b"\x1b[97;100mx\x1b[0m\n"),
    "a thousand parameters": (b"\x1b[" + b"1;" * 1000 + b"mx\n", b"x\n"),
    "key mode": (b"\x1b[>4;2mx\n", b"x\n"),
    "overwritten in another": (
        b"\x1b[31mabc\x1b[0m\r\x1b[32mx\x1b[0m\n",
        b"\x1b[32mx\x1b[0m\x1b[31mbc\x1b[0m\n",
    ),
}

NEVER_OUT = {
    "title": (b"\x1b]0;PWNED\x07x\n", b"x\n"),
    "title ended by ST": (b"\x1b]2;PWNED\x1b\\x\n", b"x\n"),
    "clipboard": (b"\x1b]52;c;cm0gLXJmIC8K\x07x\n", b"x\n"),
    "link": (b"\x1b]8;;http://a\x1b\\View\x1b]8;;\x1b\\\n", b"View\n"),
    "raw C1 clipboard": (b"\x9d52;c;cm0=\x9cx\n", b"x\n"),
    "raw C1 colour": (b"\x9b31mx\n", b"\x1b[31mx\x1b[0m\n"),
    "encoded C1 string": ("\u009d0;t\u009cx\n".encode(), b"x\n"),
    "encoded C1 sequence": ("\u009b6nx\n".encode(), b"x\n"),
    "device control string": (b"\x1bPq#0;2;0\x1b\\x\n", b"x\n"),
    "application, privacy, start of string": (b"\x1b_a\x1b\\\x1b^b\x1b\\\x1bXc\x1b\\x\n", b"x\n"),
    "string not closed in its line": (b"\x1b]0;title\nx\n", b"\nx\n"),
    "string aborted": (b"\x1b]0;a\x18x\x1b]0;b\x1b[1mc\n", b"x\x1b[1mc\x1b[0m\n"),
    "queries": (b"\x1b[6n\x1b[c\x1b[>q\x1b[?1049h\x1b[?2004hx\n", b"x\n"),
    "charsets and keypad": (b"\x1b(0\x1b=\x1b>\x1b#8x\n", b"x\n"),
    "unfinished at the end": (b"x\x1b[31", b"x\n"),
    "malformed": (b"\x1b[12\xe2\x82\xacx\n", "€x\n".encode()),
    "control characters": (b"a\x00\x01\x07\x0e\x0f\x1e\x7fb\n", b"ab\n"),
    "bidirectional": ("a\u202e\u2066\u200f\u061cb\n".encode(), b"ab\n"),
    "zero width": ("a\u200b\u200d\ufeff\u2060\u180eb\n".encode(), b"ab\n"),
    "line separators": ("a\u2028b\u2029c\u0085d\n".encode(), b"abcd\n"),
    "tags": ("a\U000e0041\U000e007fb\n".encode(), b"ab\n"),
    "not UTF-8": (b"a\xff\xfeb\n", "a\ufffd\ufffdb\n".encode()),
    "cut character": (b"a\xe2\x9d\nb\xe2\x96", "a\ufffd\nb\ufffd\n".encode()),
    "markup is text": (b"[bold]x[/foo]\n", b"[bold]x[/foo]\n"),
}


@pytest.mark.parametrize(("data", "rows"), ROWS.values(), ids=ROWS)
def test_movement_is_resolved(data: bytes, rows: bytes) -> None:
    assert clean(data)[0] == rows


@pytest.mark.parametrize(("data", "rows"), COLOURS.values(), ids=COLOURS)
def test_colours_are_canonical_and_closed(data: bytes, rows: bytes) -> None:
    assert clean(data)[0] == rows


@pytest.mark.parametrize(("data", "rows"), NEVER_OUT.values(), ids=NEVER_OUT)
def test_fault_21_nothing_but_colour_comes_out(data: bytes, rows: bytes) -> None:
    assert clean(data)[0] == rows


@pytest.mark.parametrize("table", [ROWS, COLOURS, NEVER_OUT], ids=["rows", "colours", "never"])
def test_bytes_one_by_one_give_the_same(table: dict[str, tuple[bytes, bytes]]) -> None:
    for name, (data, rows) in table.items():
        assert clean(data, range(1, len(data)))[0] == rows, name


def test_a_plain_row_settles_at_its_newline() -> None:
    cleaner = Cleaner()
    for number in range(100):
        assert cleaner.feed(b"row %d" % number).settled == b""
        assert cleaner.live == [b"row %d" % number]
        assert cleaner.feed(b"\n").settled == b"row %d\n" % number
        assert cleaner.live == []


def test_rows_printed_above_a_single_bar_settle_when_the_bar_moves_on() -> None:
    cleaner = Cleaner()
    cleaner.feed(b"\r 1%|#  |\r 2%|#  |\r         \r")
    assert cleaner.feed(b"{'loss': 1.0}\n").settled == b"{'loss': 1.0}\n"
    cleaner.feed(b"\r 3%|#  |\n\r eval\x1b[A\r 4%|#  |\n\r     \x1b[A")
    assert cleaner.feed(b"\r         \r{'loss': 0.9}\n").settled == b""
    settled = cleaner.feed(b"\r 5%|#  |").settled + cleaner.feed(b"\r 6%|#  |\r 7%|#  |").settled
    assert settled == b"{'loss': 0.9}\n"


def test_the_reach_decays_after_the_last_movement() -> None:
    cleaner = Cleaner()
    cleaner.feed(b"\router\n\rinner\x1b[A\router\n\rinner\n")
    for number in range(20):
        cleaner.feed(b"%d\n" % number)
    assert cleaner.live == []


def test_at_most_fifty_rows_are_live() -> None:
    cleaner = Cleaner()
    cleaner.feed(b"\x1b[999A")
    cleaner.feed(b"".join(b"%d\n" % number for number in range(45)))
    assert len(cleaner.live) == 45
    cleaner.feed(b"\x1b[45A" + b"".join(b"%d\n" % number for number in range(300)))
    assert len(cleaner.live) <= 50
    cleaner.feed(b"\x1b[?25l" + b"\x1b[A\r\n\nx" * 500)
    assert len(cleaner.live) <= 50


def test_versions_of_live_rows_come_out_once_with_their_row_and_in_time() -> None:
    cleaner = Cleaner()
    cleaned = cleaner.feed(b"start\n\r1/3\r2/3\r\x1b[1m3/3\x1b[0m\ndone\n")
    assert cleaned.settled == b"start\n\x1b[1m3/3\x1b[0m\ndone\n"
    assert cleaned.frames == [b"1/3", b"2/3", b"\x1b[1m3/3\x1b[0m"]
    assert cleaned.frame_rows == [1, 1, 1]
    assert [version.after for version in cleaned.versions] == [1, 1, 1]
    assert cleaned.told == [1]


def test_a_row_that_changed_after_it_was_told_settles_as_new() -> None:
    cleaner = Cleaner()
    cleaned = cleaner.feed(b"\router\n\rinner\x1b[A\rOUTER")
    assert cleaned.frames == [b"outer"]
    cleaned = cleaner.flush()
    assert (cleaned.settled, cleaned.told) == (b"OUTER\ninner\n", [])
    cleaner.feed(b"\router\n\rinner\x1b[A")
    assert cleaner.flush().told == [0]


def test_versions_are_bounded_and_the_newest_stay() -> None:
    frames = Cleaner().feed(b"".join(b"\r%d" % number for number in range(20_000))).frames
    assert len(frames) == 1 << 14
    assert frames[-1] == b"19998"
    assert Cleaner().feed(b"\r" + b"x" * 3000 + b"\ry").frames == []


def test_live_changed_tells_whether_the_live_rows_did() -> None:
    cleaner = Cleaner()
    assert not cleaner.feed(b"a\n").live_changed
    assert cleaner.feed(b"b").live_changed
    assert not cleaner.feed(b"\x1b[31m").live_changed
    assert cleaner.feed(b"\n").live_changed


@pytest.mark.parametrize("unit", [b"x", "é".encode(), "模".encode(), "e\u0301".encode()])
def test_fault_19_a_row_too_long_is_cut_and_says_by_how_much(unit: bytes) -> None:
    count = 30_000
    rows = clean(unit * count + b"\nnext\n")[0].decode().split("\n")
    shown, _, rest = rows[0].partition(" …[+")
    assert len(shown) <= 8192
    assert len(shown.encode()) + int(rest.removesuffix(" bytes]")) == len(unit) * count
    assert rows[1] == "next"


def test_fault_19_memory_is_bounded_on_input_without_an_end() -> None:
    streams = [
        b"x" * 16384, b"\x1b]0;" + b"x" * 16380, b"\x1b[" + b"1;" * 8191, b"\r" * 16384,
        b"a" + "\u0301".encode() * 8191, b"\x1b[31m\t" * 2000, b"\x1b[?25l\x1b[999Ax\n" * 400,
    ]  # fmt: skip
    tracemalloc.start()
    try:
        for stream in streams:
            cleaner = Cleaner()
            cleaner.feed(stream)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(4):
                cleaner.feed(stream)
            assert tracemalloc.get_traced_memory()[0] - before < 1_000_000
            assert tracemalloc.get_traced_memory()[1] - before < 20_000_000
            assert len(json.dumps(cleaner.save())) < 600_000
    finally:
        tracemalloc.stop()
