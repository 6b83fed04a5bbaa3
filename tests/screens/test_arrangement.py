"""Every size of terminal has exactly one arrangement, without overlap and within bounds."""

from __future__ import annotations

from itertools import combinations

import pytest

from console.screens.arrangement import (
    CHARTS,
    PANELS,
    SPLITS,
    Arrangement,
    Box,
    View,
    arrangement,
    boxes,
)

VIEWS = [
    View(panel=panel, maximised=maximised, side=side, split=split)
    for panel in ("stream", "loss", "timeline")
    for maximised in (False, True)
    for side in (True, False)
    for split in SPLITS
]


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_every_cell_belongs_to_exactly_one_part(view: View) -> None:
    for width in (*range(20, 251, 13), 59, 60, 99, 100, 149, 150, 250):
        for height in (*range(5, 81, 3), 15, 16, 23, 24, 35, 36, 49, 50, 80):
            found = boxes(width, height, view)
            assert all(box.width > 0 and box.height > 0 for box in found.values())
            assert all(box.x >= 0 and box.x + box.width <= width for box in found.values())
            assert all(box.y >= 0 and box.y + box.height <= height for box in found.values())
            assert not any(overlap(one, other) for one, other in combinations(found.values(), 2))
            covered = sum(box.width * box.height for box in found.values())
            assert covered == width * height, (width, height, found)


@pytest.mark.parametrize(
    ("width", "height", "name"),
    [
        (200, 60, Arrangement.WIDE),
        (150, 50, Arrangement.WIDE),
        (150, 49, Arrangement.STANDARD),
        (149, 80, Arrangement.STANDARD),
        (100, 36, Arrangement.STANDARD),
        (250, 35, Arrangement.LOW),
        (100, 24, Arrangement.LOW),
        (99, 80, Arrangement.TABS),
        (60, 16, Arrangement.TABS),
        (59, 80, Arrangement.TINY),
        (20, 5, Arrangement.TINY),
        (19, 80, Arrangement.SMALL),
        (250, 4, Arrangement.SMALL),
        (0, 0, Arrangement.SMALL),
    ],
)
def test_the_first_arrangement_that_fits_is_taken(width: int, height: int, name: str) -> None:
    assert arrangement(width, height) == name


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("size", [(60, 16), (80, 24), (100, 24), (100, 36), (150, 50), (200, 60)])
def test_every_panel_can_be_reached_from_60_by_16_on(panel: str, size: tuple[int, int]) -> None:
    assert panel in boxes(*size, View(panel=panel))


def test_the_log_has_17_rows_at_80_by_24() -> None:
    assert boxes(80, 24, View())["stream"].height - 1 >= 17


def test_the_side_column_gives_its_columns_to_the_rest() -> None:
    shown, hidden = boxes(120, 40, View()), boxes(120, 40, View(side=False))
    assert shown["stream"].width == 76
    assert hidden["stream"].width == 120
    assert set(hidden) == {"header", "status", "keys", "stream", *CHARTS}
