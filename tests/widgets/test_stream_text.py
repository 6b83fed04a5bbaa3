"""A row's bytes become text and styles: colours, levels, widths, nothing else."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from console.widgets.stream_lines import last_page, prompt, wrapped
from console.widgets.stream_paint import changed_span
from console.widgets.stream_sgr import RESET, sgr
from console.widgets.stream_text import (
    Palette,
    breaks,
    fitted,
    paint,
    plain_text,
    styled_over,
)
from tests.widgets.stream_app import state

PALETTE = Palette(
    **{
        field.name: Style(color=f"color({20 + number})")
        for number, field in enumerate(fields(Palette))
        if field.name not in ("base", "rule", "ellipsis")
    },
    base=Style(),
)
TEXT = st.text(alphabet="ab 模🚀é\u0301°\t\x1b[1m\u202e👨\u200d👩", max_size=40)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ("1;31", "bold color(1)"),
        ("92", "color(10)"),
        ("44", "on color(4)"),
        ("103", "on color(11)"),
        ("38;5;208", "color(208)"),
        ("48;5;17;1", "bold on color(17)"),
        ("38;2;1;2;3", "#010203"),
        ("38:2::1:2:3", "#010203"),
        ("38:2:1:2:3;4", "underline #010203"),
        ("4:3", "underline"),
        ("38;5;999", ""),
        ("38;2;1;2", ""),
        ("38", ""),
        ("5;8", ""),
        ("99999999", ""),
        (";;31", "color(1)"),
        ("3;9;7", "italic strike reverse"),
    ],
)
def test_sequences_give_styles(codes: str, expected: str) -> None:
    assert sgr(RESET, codes) == Style.parse(expected)


def test_sequences_build_on_one_another() -> None:
    style = sgr(sgr(RESET, "1;31;42"), "39")
    assert (style.bold, style.color) == (True, None)
    assert style.bgcolor is not None
    assert sgr(style, "49").bgcolor is None
    assert not sgr(style, "22").bold
    for reset in ("", "0", "1;0"):
        assert sgr(style, reset) == RESET


@given(st.text(alphabet="0123456789;:", max_size=20), st.text(alphabet="0123;", max_size=5))
def test_any_sequence_gives_some_style(first: str, second: str) -> None:
    assert isinstance(sgr(sgr(RESET, first), second), Style)


def styles_of(row: bytes) -> dict[str, Style]:
    painted, start, found = paint(row, PALETTE), 0, {}
    for end, style in painted.runs:
        found[painted.text[start:end]] = style
        start = end
    return found


@pytest.mark.parametrize(
    ("row", "part", "name"),
    [
        (b"[INFO] x", "[INFO]", "info"),
        (b"2026-01-01 12:00:00 [WARN] x", "[WARN]", "warning"),
        (b"[WARNING] x", "[WARNING]", "warning"),
        (b"[ERROR] x", "[ERROR]", "error"),
        (b"[CRITICAL] x", "[CRITICAL]", "error"),
        (b"[SUCCESS] x", "[SUCCESS]", "success"),
        ("✓ x".encode(), "✓", "success"),
        ("✗ x".encode(), "✗", "error"),
        (b"\x1ePAUSED", "── PAUSED ──", "own"),
        (b"\x1d[a@b c]$ x", "[a@b c]$", "prompt"),
        (b"\x1b[0m[INFO] x\x1b[0m", "[INFO]", "info"),
    ],
)
def test_rows_are_coloured_by_what_they_say(row: bytes, part: str, name: str) -> None:
    assert styles_of(row)[part] == getattr(PALETTE, name)


def test_colours_of_the_trainer_win() -> None:
    assert styles_of(b"\x1b[35m[INFO]\x1b[0m x") == {"[INFO]": sgr(RESET, "35"), " x": RESET}


def test_a_tag_far_inside_a_row_is_text() -> None:
    assert set(styles_of(b"x" * 60 + b"[ERROR]").values()) == {RESET}


@given(TEXT, st.integers(0, 30), st.integers(0, 30), st.booleans())
def test_a_cut_is_exactly_as_wide_as_asked(text: str, left: int, width: int, cut: bool) -> None:
    painted = paint(text.encode(), PALETTE)
    segments = fitted(painted, painted.runs, left, width, PALETTE, cut=cut)
    assert sum(cell_len(segment.text) for segment in segments) == width
    assert cell_len("".join(segment.text for segment in segments)) == width


@given(TEXT, st.integers(2, 12))
def test_a_wrapped_row_loses_nothing(text: str, width: int) -> None:
    painted = paint(text.encode(), PALETTE)
    parts = [
        "".join(
            segment.text
            for segment in fitted(painted, painted.runs, left, width, PALETTE, cut=False)
        )
        for left in breaks(painted, width)
    ]
    assert "".join(part.rstrip() for part in parts).replace(" ", "") == painted.text.replace(
        " ", ""
    )


@given(TEXT)
def test_nothing_that_steers_a_terminal_comes_through(text: str) -> None:
    shown = paint(text.encode(), PALETTE).text
    assert not set(shown) & {"\x1b", "\t", "\u202e", "\u200d"}
    assert "\x1b[1m" not in plain_text(text.encode())


@given(
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from("abc")), max_size=5),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=4),
)
def test_spans_are_put_over_runs(parts: list[tuple[int, str]], gaps: list[tuple[int, int]]) -> None:
    below = {"a": Style(bold=True), "b": Style(italic=True), "c": Style(dim=True)}
    runs, flat, end = [], [], 0
    for length, name in parts:
        end += length
        runs.append((end, below[name]))
        flat += [below[name]] * length
    over, spans, at = Style(underline=True), [], 0
    for gap, length in gaps:
        spans.append((at + gap, at + gap + length))
        at += gap + length
    for start, stop in spans:
        for index in range(start, min(stop, end)):
            flat[index] = flat[index] + over
    result, start = [], 0
    for stop, style in styled_over(runs, spans, over):
        result += [style] * (stop - start)
        start = stop
    assert result == flat


LINE = st.lists(
    st.tuples(st.text(alphabet="ab 模é", min_size=1, max_size=5), st.sampled_from((1, 2))),
    max_size=5,
)


@given(LINE, LINE)
def test_what_differs_lies_inside_the_changed_span(
    one: list[tuple[str, int]], other: list[tuple[str, int]]
) -> None:
    styles = {1: Style(bold=True), 2: Style(dim=True)}
    width = 30
    lines = []
    for parts in (one, other):
        segments = [Segment(text, styles[style]) for text, style in parts]
        used = sum(map(cell_len, (text for text, _ in parts)))
        lines.append([*segments, Segment(" " * (width - used), styles[1])] if used < width else [])
    old, new = lines
    if not old or not new:
        return
    span = changed_span(old, new, width)
    if span is None:
        assert flat(old) == flat(new)
        return
    assert 0 <= span[0] < span[1] <= width
    assert flat(old)[: span[0]] == flat(new)[: span[0]]
    assert flat(old)[span[1] :] == flat(new)[span[1] :]


def flat(segments: list[Segment]) -> list[tuple[str, Style | None]]:
    """A cell each; a wide character's second cell is empty."""
    cells: list[tuple[str, Style | None]] = []
    for segment in segments:
        for character in segment.text:
            cells.append((character, segment.style))
            cells += [("", segment.style)] * (cell_len(character) - 1)
    return cells


def test_the_command_line_is_quoted_as_a_shell_would_need_it() -> None:
    found = state()
    found.run.command = ("python", "train it.py", "--name", "[bold]")
    assert prompt(found) == "[ana@gpu-1 qwen]$ python 'train it.py' --name '[bold]'"
    found.run.cwd = "/"
    assert prompt(found).startswith("[ana@gpu-1 /]$")


def test_wrapped_pages_end_with_the_last_line() -> None:
    rows = [b"x" * length for length in (5, 25, 10, 31)]

    def painted(row: bytes):  # type: ignore[no-untyped-def]
        return paint(row, PALETTE)

    assert last_page(rows, 4, 10, 5, painted) == 2
    assert last_page(rows, 4, 10, 2, painted) == 3
    places = wrapped(rows[2:], 2, 10, 5, painted, [2, 3], end=True)
    assert [(place.line, place.left) for place in places] == [
        (2, 0),
        (3, 0),
        (3, 10),
        (3, 20),
        (3, 30),
    ]
