"""One-line places: exactly as wide as they may be, whatever stands in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from console.widgets import theme
from console.widgets.frame import _edge
from console.widgets.text import (
    SEGMENTS,
    Part,
    bar,
    fitted,
    padded,
    segmented,
    segmented_width,
    spread,
)

texts = st.text(st.sampled_from("ab —…日本é│"), max_size=30).map(Content)
widths = st.integers(0, 60)


@given(texts, texts, widths)
def test_a_spread_line_is_exactly_as_wide_as_asked(
    left: Content, right: Content, width: int
) -> None:
    assert spread(left, right, width).cell_length == width


@given(texts, widths)
def test_a_padded_line_is_exactly_as_wide_as_asked(content: Content, width: int) -> None:
    assert padded(content, width).cell_length == width


@given(texts, texts, widths)
def test_an_edge_of_a_frame_is_never_too_wide(left: Content, right: Content, width: int) -> None:
    assert _edge(left, right, width).cell_length <= width


@given(st.lists(st.tuples(texts, st.integers(0, 3)), max_size=6), widths)
def test_a_fitted_line_is_never_too_wide(parts: list[tuple[Content, int]], width: int) -> None:
    shown = fitted([Part(content, rank) for content, rank in parts], width)
    assert shown.cell_length <= width


def test_the_least_important_part_goes_first() -> None:
    parts = [Part(Content("first"), 0), Part(Content("second"), 2), Part(Content("third"), 1)]
    assert fitted(parts, 20).plain == "first  second  third"
    assert fitted(parts, 19).plain == "first  third"
    assert fitted(parts, 5).plain == "first"
    assert fitted(parts, 4).plain == "fir…"


def test_both_ends_of_an_edge_meet_in_the_middle() -> None:
    assert _edge(Content("1 LOSS"), Content("0.02"), 20).plain == "1 LOSS ──────── 0.02"
    assert _edge(Content("1 LOSS"), Content("0.02"), 10).plain == "1 LOSS"


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(None, "░░░░"), (0.0, "░░░░"), (0.99, "███░"), (1.0, "████"), (7.0, "████")],
)
def test_a_bar_is_full_only_when_all_is_done(share: float | None, drawn: str) -> None:
    assert bar(share, 4).plain == drawn


@pytest.mark.parametrize("item", theme.THEMES, ids=lambda item: item.name)
def test_every_theme_says_what_its_colours_mean(item: theme.Theme) -> None:
    assert set(theme.VARIABLES) <= set(item.variables)
    assert set(theme.defaults()) == set(theme.VARIABLES)


def test_colours_are_written_down_in_one_place() -> None:
    import re
    from pathlib import Path

    room = Path(theme.__file__).parent.parent
    found = [
        path.name
        for path in [*room.glob("*.tcss"), *room.glob("widgets/*.py"), *room.glob("screens/*.py")]
        if re.search(r"#[0-9a-fA-F]{6}\b", path.read_text())
    ]
    assert found == ["theme.py"]


@pytest.mark.parametrize("width", [20, 28, 40, 64, 76])
@pytest.mark.parametrize("share", [None, 0.0, 0.05, 0.5, 0.704, 1.0])
def test_the_bar_of_a_run_has_twenty_parts_and_tells_as_much_as_a_plain_one(
    share: float | None, width: int
) -> None:
    shown, plain = segmented(share, width, "red").plain, bar(share, width).plain
    assert shown.replace("▉", "█") == plain
    assert segmented(1.0, width, "red").plain.count("▉") == SEGMENTS
    parts = [len(part) + 1 for part in segmented(1.0, width, "red").plain.split("▉")[:-1]]
    assert max(parts) - min(parts) <= 1


def test_where_twenty_parts_do_not_fit_the_bar_is_plain() -> None:
    assert segmented(0.5, 10, "red").plain == "█████░░░░░"
    assert [segmented_width(room) for room in (3, 29, 49, 80)] == [20, 20, 40, 80]
