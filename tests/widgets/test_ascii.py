"""Nothing but ASCII, in as many cells; and nothing but attributes where there are no colours."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from console.core.display import Display, display
from console.widgets import chart_signs
from console.widgets.ascii import SIGNS, Ascii, plain
from console.widgets.chart_bars import BAR_SIGNS
from console.widgets.chart_signs import BRAILLE
from console.widgets.colourless import Colourless
from console.widgets.look import LOOKS

ROOT = Path(__file__).parent.parent.parent / "console"
FOREIGN = frozenset[str]()
"""Signs that are only read in what others print."""

DARK = Color.parse("#0f1419")


@given(st.text())
@example("日本語 e\u0301 👩‍👩‍👧 ∞ → ⣿ \ufe0f")
def test_any_text_is_ascii_of_the_same_width(text: str) -> None:
    found = plain(text)
    assert found.isascii()
    assert len(found) == cell_len(text) or text.isascii()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("● TRAINING", "* TRAINING"), ("▮▮ PAUSED", "|| PAUSED"), ("✓ done", "+ done"),
        ("1.5e-5 → 1.2e-5", "1.5e-5 ->1.2e-5"), ("loss ∞  ", "loss inf"), ("naïve", "naive"),
        ("67 °C", "67  C"), ("日本", "????"), ("x²", "x2"), ("a b", "a b"),
    ],
)  # fmt: skip
def test_a_likeness_can_be_read(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_signs_have_one_cell_and_a_likeness_of_one() -> None:
    for char, sign in SIGNS.items():
        assert (cell_len(char), len(sign)) == (1, 1), char


def test_states_are_told_apart_by_sign_and_word() -> None:
    shown = [f"{plain(look.sign)} {status}" for status, look in LOOKS.items()]
    assert len(set(shown)) == len(LOOKS)
    assert "?" not in "".join(shown)


def test_bars_fill_and_curves_rise() -> None:
    full, others, free = (plain(sign) for sign in "█▒░")
    assert len({full, others, free}) == 3
    assert "?" not in plain("".join(BAR_SIGNS))
    assert plain(chr(BRAILLE | 0x40 | 0x04 | 0x10 | 0x08)) == "/"
    assert plain(chr(BRAILLE | 0x80 | 0x20 | 0x02 | 0x01)) == "\\"
    assert plain("".join(chr(BRAILLE + dots) for dots in range(256))).isascii()


def test_every_sign_of_ours_has_a_likeness() -> None:
    rooms = [ROOT / name for name in ("widgets", "screens", "commands", "core")]
    texts = [path.read_text(encoding="utf-8") for room in rooms for path in room.rglob("*.py")]
    ours = {char for text in texts for char in text if not char.isascii()}
    assert {char for char in ours if "?" in plain(char)} <= FOREIGN


def test_a_small_curve_rises_in_steps_that_differ() -> None:
    assert len({plain(sign) for sign in chart_signs.SIGNS.rising}) == 9


def test_control_segments_are_left_alone() -> None:
    held = Segment("…", None, [(1,)])  # type: ignore[list-item]
    assert Ascii().apply([held], DARK) == [held]


def test_no_colour_is_left_and_what_was_marked_is_reversed() -> None:
    marked = Style(color="black", bgcolor="yellow", bold=True)
    plain_style = Style(color="red", bgcolor=RichColor.from_rgb(15, 20, 25), dim=True)
    found = Colourless().apply([Segment("a", marked), Segment("b", plain_style)], DARK)
    styles = [segment.style for segment in found]
    assert all(style and style.color is None and style.bgcolor is None for style in styles)
    assert [(s.reverse, s.bold, s.dim) for s in styles if s] == [(True, True, None),
                                                                (False, None, True)]  # fmt: skip


def test_what_is_reversed_already_and_marked_is_marked_once() -> None:
    both = Style(color="black", bgcolor="yellow", reverse=True)
    (found,) = Colourless().apply([Segment("a", both)], DARK)
    assert found.style is not None
    assert not found.style.reverse


@pytest.mark.parametrize(
    ("environ", "encoding", "wanted"),
    [
        ({"TERM": "xterm-256color"}, "UTF-8", Display()),
        ({"TERM": "linux"}, "utf8", Display(needs_ascii=True)),
        ({"TERM": "vt100-nav"}, "UTF-8", Display(needs_ascii=True)),
        ({"TERM": "xterm"}, "ANSI_X3.4-1968", Display(needs_ascii=True)),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "UTF-8", Display(colourless=True)),
        ({"TERM": "xterm", "NO_COLOR": ""}, "UTF-8", Display()),
        ({"TERM": "xterm-kitty"}, "UTF-8", Display(modifiers=True)),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, "UTF-8", Display()),
        ({}, "", Display(needs_ascii=True)),
    ],
)
def test_the_terminal_says_what_it_needs(
    environ: dict[str, str], encoding: str, wanted: Display
) -> None:
    assert display(environ, encoding) == wanted


def test_a_setting_is_stronger_than_the_terminal_and_an_option_than_both() -> None:
    needy = Display(needs_ascii=True)
    assert [needy.is_ascii(wanted) for wanted in (None, False, True)] == [True, False, True]
    assert Display(ascii=True).is_ascii(False)
