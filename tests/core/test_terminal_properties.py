"""What holds for any bytes in any chunks."""

from __future__ import annotations

import json
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.terminal import Cleaner
from console.core.terminal import cleaner as cleaner_module
from console.core.terminal.row import NARROW, width
from tests.core.terminal_captures import clean

PIECES = [
    b"\x1b", b"[", b"]", b"P", b"X", b"^", b"_", b"m", b"0", b"1", b";", b"38", b"5", b"2", b":",
    b"\x07", b"\x1b\\", b"\\", b"\x9b", b"\x9c", b"\x9d", b"\x90", "\u009b".encode(),
    "\u009d".encode(), b"a", b"bc", b" ", b"   ", b"\xff", b"\xe2", b"\x82", "€".encode(),
    "\u202e".encode(), "\u200b".encode(), "\ufeff".encode(), "模".encode(), "\u0301".encode(),
    "🤖".encode(), b"H", b"?25", b"l", b"h", b"\x00", b"\x1e", b"\r", b"\n", b"\r\n", b"\x08",
    b"\x08\x08\x08", b"\t", b"\x18", b"\x7f", b"\xc2", b"\x85", b"\x1b[A", b"\x1b[2A", b"\x1b[B",
    b"\x1b[K", b"\x1b[1K", b"\x1b[2K", b"\x1b[J", b"\x1b[2J", b"\x1b[H", b"\x1b[31m", b"\x1b[0m",
    b"\x1b[1;8m", b"\x1b[3G", b"\x1b[2C", b"\x1b[2D", b"\x1b[2P", b"\x1b[2X", b"\x1b[?25l",
    b"\x1b[?25h", b"\x1bM", b"\x1bc", b"\x1b]0;t", b"\r 1%|#|", b"\rloss=1\n", b"plain row\n",
    b"\x1b[34mx\x1b[0m",
]  # fmt: skip
streams = st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join) | st.binary(max_size=200)
cuts = st.lists(st.integers(0, 400), max_size=12)

SAFE = re.compile(
    "(?:\x1b\\[[0-9;]{1,60}m|[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff])*"
)
EXTENDED = re.compile("[34]8;(?:5;\\d+|2;\\d+;\\d+;\\d+)")


def assert_safe(rows: bytes) -> None:
    """Rows are UTF-8, hold nothing but text and colour, and each is closed."""
    for row in rows.decode().split("\n"):
        assert SAFE.fullmatch(row), repr(row)
        colours = re.findall("\x1b\\[([0-9;]*)m", row)
        assert colours[1::2] == ["0"] * (len(colours) // 2)
        assert len(colours) % 2 == 0
        for colour in colours:
            assert "8" not in EXTENDED.sub("", colour).split(";")


@given(streams, cuts)
@settings(max_examples=400, deadline=None)
def test_any_chunking_gives_the_same_rows_and_frames(data: bytes, where: list[int]) -> None:
    assert clean(data, where) == clean(data)


@given(streams, st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_what_is_live_depends_on_the_bytes_alone(data: bytes, end: int) -> None:
    whole, single = Cleaner(), Cleaner()
    settled = whole.feed(data[:end]).settled
    assert settled == b"".join(single.feed(bytes([byte])).settled for byte in data[:end])
    assert whole.live == single.live


@given(streams, st.integers(0, 400))
@settings(max_examples=300, deadline=None)
def test_saved_in_the_middle_and_loaded_it_goes_on_the_same(data: bytes, cut: int) -> None:
    first = Cleaner()
    head = first.feed(data[:cut]).settled
    second = Cleaner.load(json.loads(json.dumps(first.save())))
    assert second.live == first.live
    tail = second.feed(data[cut:]).settled + second.flush().settled
    assert head + tail == clean(data)[0]


@given(streams)
@settings(max_examples=300, deadline=None)
def test_only_text_and_colour_come_out(data: bytes) -> None:
    rows, frames = clean(data)
    assert_safe(rows)
    for frame in frames:
        assert_safe(frame)
        assert b"\n" not in frame


@given(streams)
@settings(max_examples=200, deadline=None)
def test_clean_rows_are_clean_already(data: bytes) -> None:
    rows = clean(data)[0]
    assert clean(rows)[0] == rows


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"))))
def test_every_line_of_text_is_kept_as_it_is(line: str) -> None:
    data = (line + "\n").encode()
    assert clean(data, range(1, len(data)))[0] == clean(data)[0]
    assert clean(data)[0] == data or any(
        mark in line for mark in "\u061c\u180e\ufeff\u2028\u2029\U000e0020"
    )


def test_fault_21_ten_thousand_hostile_streams_split_anywhere() -> None:
    chance = random.Random(20)
    for _ in range(10_000):
        data = b"".join(chance.choices(PIECES, k=chance.randint(1, 24)))
        places = [chance.randint(0, len(data)) for _ in range(chance.randint(0, 4))]
        rows, frames = clean(data, places)
        assert_safe(rows)
        for frame in frames:
            assert_safe(frame)


def test_rows_of_an_overlong_stream_do_not_depend_on_chunks() -> None:
    chance = random.Random(7)
    units = [b"x" * 3000, "模".encode() * 1500, b"\x1b]" + b"y" * 5000, b"\x1b[" + b"1;" * 2100,
             b"\t" * 700, b"\r", b"\n", "e\u0301".encode() * 900, b"\x1b[31m", b"A"]  # fmt: skip
    for _ in range(30):
        data = b"".join(chance.choices(units, k=12))
        places = [chance.randint(0, len(data)) for _ in range(6)]
        assert clean(data, places) == clean(data)
        first = Cleaner()
        head = first.feed(data[: places[0]]).settled
        second = Cleaner.load(json.loads(json.dumps(first.save())))
        assert (
            head + second.feed(data[places[0] :]).settled + second.flush().settled
            == (clean(data)[0])
        )


def test_a_mark_beside_a_cell_of_its_colour_is_saved_as_what_it_is() -> None:
    data = "\u0301a\x1b[31m\x1b[1G\x1b[0mbc\x1b[31m\u0301\x1b[2Gd\x1b[3Gx".encode()
    for cut in range(len(data)):
        first = Cleaner()
        head = first.feed(data[:cut]).settled
        second = Cleaner.load(json.loads(json.dumps(first.save())))
        assert head + second.feed(data[cut:]).settled + second.flush().settled == clean(data)[0]


def test_characters_taken_for_one_cell_wide_are() -> None:
    narrow = [chr(code) for code in range(0x3000) if NARROW.fullmatch(chr(code))]
    assert [character for character in narrow if width(character) != 1] == []


LINES = [
    b"plain", b" | loss: 0.5", "\u2593\u2591 42 \u00b0C".encode(), b"\x1b[34m[INFO]\x1b[0m ",
    b"\x1b[1;38;5;9mbold\x1b[0m.", b"\x1b[31ma\x1b[0m\x1b[32mb\x1b[0m", b"\x1b[31m\x1b[0m",
    b"\x1b[31mopen", b"\x1b[0m", b"\x1b[38;5;256mx\x1b[0m", b"\x1b[031mx\x1b[0m", b"\xe2\x82",
    b"\xac", b"\xe2", b"a\x96b", b"\xff", b"\t", b"\x00", b"\x7f", b"\r", "\u202e".encode(),
    "\U000e0041".encode(), "\U0001f916".encode(), "\u0301".encode(), b"x" * 4090,
    "\u6a21".encode() * 1400, b"\x1e", b"\xed\xa0\x80", b"\xc0\xaf", b"\x1b]0;t\x07", b"\x1b",
]  # fmt: skip


def test_plain_lines_found_at_once_come_out_as_if_each_were_looked_at() -> None:
    chance, odd = random.Random(11), 0
    for _ in range(400):
        usual = chance.choices(LINES[:5], k=chance.randint(1, 3000))
        for _ in range(chance.randint(0, 3)):
            usual.insert(chance.randrange(len(usual)), chance.choice(LINES))
        text = b"".join(part + chance.choice((b"", b"\n")) for part in usual) + b"\n"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cleaner_module, "plain_lines", lambda _data, start: (start, 0))
            looked_at = clean(text)
        assert clean(text) == looked_at
        odd += looked_at[0] != text
    assert 100 < odd < 390, "both kinds of text are tried"
