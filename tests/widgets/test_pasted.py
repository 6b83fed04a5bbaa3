"""What was typed are keys; what came as a paste, or faster than anybody types, is none."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from console.widgets import hardening
from console.widgets.pasted import PATIENCE_SECONDS, QUIET_SECONDS, TEXT_CHARACTERS, PasteProof


@dataclass
class Reading:
    """A parser under test; `now` is what its clock says."""

    now: float = 100.0
    keys: list[str] = field(default_factory=list)
    pastes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        hardening.install()
        self.parser = PasteProof(clock=lambda: self.now)

    def read(self, *parts: str, every: float = 0.001) -> Reading:
        for part in parts:
            self.now += every
            self._take(list(self.parser.feed(part)))
        return self

    def wait(self, seconds: float) -> Reading:
        self.now += seconds
        for _ in range(3):  # silence; a beginning is let go; it is taken for what it is
            if self.parser._timeout_time is not None:  # by another clock
                self.parser._timeout_time = 0.0
            self._take(list(self.parser.tick()))
        return self

    def _take(self, messages: list[object]) -> None:
        for one in messages:
            if isinstance(one, events.Key):
                self.keys.append(one.key)
            elif isinstance(one, events.Paste):
                self.pastes.append(one.text)


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("q", ["q"]),
        ("/loss\r", ["slash", "l", "o", "s", "s", "enter"]),
        ("\x1bOQ", ["f2"]),
        ("\x1b[A" * 20, ["up"] * 20),
        ("j" * 40, ["j"] * 40),
        ("\x1b[97;5u", ["ctrl+a"]),
        ("\x1b[99;99;99;99;99z", []),
        ("\x1b[<0;10", []),
        ("\x1b]11;rgb:1e", []),
        ("\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\p", ["p"]),
    ],
)
def test_what_may_have_been_typed_are_keys(typed: str, keys: list[str]) -> None:
    assert Reading().read(typed).wait(1).keys == keys
    assert Reading().read(*typed).wait(1).keys == keys


def test_a_lone_escape_is_a_key_when_nothing_follows() -> None:
    reading = Reading().read("\x1b")
    assert reading.keys == []
    assert reading.wait(0.11).keys == ["escape"]


@pytest.mark.parametrize(
    "answer",
    [
        "\x1b[?997;1n",  # light or dark
        "\x1b[?62;22c",  # what the terminal is
        "\x1b[>1;10;0c",
        "\x1b[?1u",  # kitty's keyboard
        "\x1b[8;40;120t",
        "\x1b[<0;10\x1b[<0;10;5M",  # half a report, and a whole one
        "\x1b[97;1:3u",  # a key let go
        "\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\",
    ],
)
def test_what_a_terminal_says_by_itself_is_no_key(answer: str) -> None:
    reading = Reading().read(answer)
    assert reading.wait(0.2).read("a").wait(0.2).keys == ["a"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_a_marked_paste_is_text_wherever_it_is_split(size: int) -> None:
    data = "a\x1b[200~p p\x1b[31m\tq\r\n\x00é\x1b[201~b"
    reading = Reading().read(*(data[i : i + size] for i in range(0, len(data), size)), every=0.05)
    assert reading.wait(1).pastes == ["p p[31m q\né"]
    assert reading.keys == ["a", "b"]


def test_a_burst_is_a_paste_until_it_is_quiet() -> None:
    reading = Reading().read("Save\tthe quick brown fox\r", "q", "q")
    assert (reading.keys, reading.pastes) == ([], [])
    reading.wait(QUIET_SECONDS + 0.1).read("q")
    assert reading.keys == ["q"]
    assert reading.pastes == ["Save the quick brown fox\nqq"]


def test_small_reads_in_fast_succession_are_a_burst() -> None:
    reading = Reading().read(*("abcd" * 250 for _ in range(3)))
    assert reading.keys == []


def test_a_paste_without_an_end_is_over_after_a_while() -> None:
    reading = Reading().read("\x1b[200~abc").wait(PATIENCE_SECONDS + 0.1).read("q").wait(1)
    assert reading.pastes == ["abc"]
    assert reading.keys == ["q"]


def test_of_a_long_paste_a_line_is_handed_on() -> None:
    reading = Reading().read(*["\x1b[200~" + "x" * 5000 + "\x1b[201~"] * 3).wait(1)
    assert sum(map(len, reading.pastes)) == TEXT_CHARACTERS


PIECES = [
    *(
        "\x1b[200~",
        "\x1b[201~",
        "\x1b",
        "[",
        "20",
        "0~",
        "\x1b[<35;1;1M",
        "\x1b[M!!",
        "\x1b]",
        "\x07",
    ),
    *("p", "q", "\x1bP", "\x1b\\", "\x1b[48;0;0;0;0t", "\x1b[?2026;2$y", "\x1b[1;2u"),
]


@pytest.mark.parametrize("every", [0.001, 0.05])
@given(
    data=st.lists(
        st.sampled_from(PIECES),
        max_size=60,
    )
)
def test_whatever_came_a_key_is_heard_once_it_is_quiet(every: float, data: list[str]) -> None:
    reading = Reading().read(*data, every=every).wait(PATIENCE_SECONDS + 0.1).wait(1).wait(1)
    reading.keys.clear()
    assert reading.read("q").wait(1).keys == ["q"]
