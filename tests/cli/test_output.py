"""What is printed is safe, lines up, and tells a row once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.cli.output import clean, strip_colour, table, verdict
from console.cli.settling import QUIET_SECONDS, Settling
from console.cli.status import alert_lines
from console.core.alarm import AlertBegan
from console.core.reduce import reduce
from console.core.state import Life, RunState, Status

CONTROLS = {chr(code) for code in (*range(32), *range(127, 160))}


@given(st.text() | st.text(alphabet="\x1b\x9b\x9d]0;[31mHJ\x07\x08\r\n\tab"))
def test_no_control_character_gets_through(text: str) -> None:
    assert not CONTROLS & set(clean(text))


@given(st.text(alphabet=st.characters(blacklist_categories=["C", "Z", "M"]), max_size=40))
def test_printable_text_is_kept(text: str) -> None:
    assert clean(text) == text


def test_sequences_go_and_words_stay() -> None:
    assert clean("a\x1b]0;owned\x07b\x1b[31mc\x9b1md\ne") == "abcd e"
    assert strip_colour(b"\x1b[31mred\x1b[0m\n") == b"red\n"


def test_columns_line_up_by_cells() -> None:
    lines = table(("A", "N"), [("漢字", "1"), ("x", "23")], right=(1,)).split("\n")
    assert lines == ["A      N", "漢字   1", "x     23"]


def test_a_verdict_does_not_say_its_word_twice() -> None:
    said = RunState(life=Life(status=Status.PAUSED, cause="paused at step 3"))
    assert verdict(said) == "paused at step 3"
    said = RunState(life=Life(status=Status.ERROR, cause="exit code 1\x1b[2J"))
    assert verdict(said) == "error: exit code 1"


def test_a_live_row_comes_after_a_quiet_second_and_only_once() -> None:
    rows = Settling()
    assert rows.quiet([b"loading"], 0.0) == []
    assert rows.quiet([b"loading"], QUIET_SECONDS - 0.1) == []
    assert rows.quiet([b"loading"], QUIET_SECONDS) == [b"loading"]
    assert rows.quiet([b"loading"], 9.0) == []
    assert rows.settled([b"loading", b"next"]) == [b"next"]
    assert rows.settled([b"loading"]) == [b"loading"]


def test_a_live_row_that_changed_comes_again() -> None:
    rows = Settling()
    rows.quiet([b"10 %"], 0.0)
    assert rows.quiet([b"10 %"], 2.0) == [b"10 %"]
    assert rows.quiet([b"20 %"], 3.0) == []
    assert rows.settled([b"100 %"]) == [b"100 %"]
    assert rows.rest([b"tail"]) == [b"tail"]
    assert rows.rest([b"tail"]) == []


@given(st.lists(st.sampled_from([b"a", b"b", b"c"]), max_size=12), st.integers(0, 12))
def test_what_settles_after_being_shown_is_never_lost_or_doubled(
    rows: list[bytes], split: int
) -> None:
    settling = Settling()
    live = rows[: min(split, len(rows))]
    shown = settling.rest(live)
    half = len(live) // 2
    shown += settling.settled(rows[:half])
    shown += settling.settled(rows[half:])
    assert shown == rows


def test_open_alerts_are_lines_of_status_with_the_next_step() -> None:
    state = RunState()
    assert alert_lines(state) == []
    text, advice = "GPU 0 is at 84 °C\x1b[2J", "Check fans."
    reduce(state, AlertBegan(t=1.0, m=1.0, id="a", rule="a", text=text, advice=advice))
    assert alert_lines(state) == [("alert", "GPU 0 is at 84 °C  Check fans.")]
