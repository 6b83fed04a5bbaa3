"""Charts as files: CSV that reads back, SVG that any viewer draws."""

from __future__ import annotations

import csv
import math
from xml.etree import ElementTree

import pytest

from console.core.chart_export import (
    BELOW,
    HEIGHT,
    LEFT,
    RIGHT,
    WIDTH,
    Curve,
    Drawing,
    MarkLine,
    csv_of,
    svg_of,
)

SVG = "{http://www.w3.org/2000/svg}"


def lines(document: str) -> list[list[tuple[float, float]]]:
    """The points of each line of an SVG."""
    found = ElementTree.fromstring(document).iter(f"{SVG}polyline")
    return [
        [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]  # type: ignore[misc]
        for line in found
    ]


def words(document: str) -> list[str]:
    return [found.text or "" for found in ElementTree.fromstring(document).iter(f"{SVG}text")]


def test_csv_has_every_point_exactly() -> None:
    points = [(1, 1_777_298_655.125, 0.1 + 0.2), (None, None, math.nan), (3, math.inf, -1e-320)]
    rows = list(csv.reader(csv_of({"loss": points, 'a,"b': [(7, 0.0, 1.0)]})))
    assert rows[0] == ["metric", "step", "time", "value"]
    assert rows[1] == ["loss", "1", "2026-04-27T14:04:15.125+00:00", "0.30000000000000004"]
    assert rows[2] == ["loss", "", "", "nan"]
    assert (rows[3][1:3], float(rows[3][3])) == (["3", ""], -1e-320)
    assert rows[4] == ['a,"b', "7", "1970-01-01T00:00:00.000+00:00", "1.0"]


def test_csv_names_are_no_formulas_and_no_control_bytes() -> None:
    rows = list(csv.reader(csv_of({"=cmd()": [(1, 0.0, 1.0)], "a\x1b[2J\nb": [(1, 0.0, 1.0)]})))
    assert [row[0] for row in rows[1:]] == ["'=cmd()", "a\ufffd[2J b"]


def test_csv_is_given_line_by_line() -> None:
    endless = ((step, 0.0, 1.0) for step in iter(int, 1))
    found = csv_of({"loss": endless})
    assert [next(found) for _ in range(3)][2] == "loss,0,1970-01-01T00:00:00.000+00:00,1.0\n"


def test_svg_draws_the_curve_where_its_values_are() -> None:
    found = svg_of(Drawing("loss", [Curve("train", [(0, 1.0), (10, 3.0), (20, 2.0)])], unit="nats"))
    ((first, middle, last),) = lines(found)
    assert (first[0], last[0]) == (LEFT, WIDTH - RIGHT)
    assert middle[0] == (LEFT + WIDTH - RIGHT) / 2
    assert middle[1] < last[1] < first[1] < HEIGHT - BELOW
    assert {"loss", "train", "nats", "step", "0", "10", "20"} <= set(words(found))


def test_svg_breaks_the_line_where_a_value_is_none_and_says_so() -> None:
    points = [(0, 1.0), (1, 2.0), (2, math.nan), (3, math.inf), (4, 2.0), (5, 1.0)]
    found = svg_of(Drawing("loss", [Curve("train", points)]))
    assert [len(line) for line in lines(found)] == [2, 2]
    assert words(found).count("not finite") == 1


def test_svg_of_many_points_keeps_every_extreme() -> None:
    points = [(float(i), 0.0) for i in range(100_000)]
    points[54_321] = (54_321.0, 99.0)
    found = svg_of(Drawing("loss", [Curve("train", points)]))
    ((*all_points,),) = lines(found)
    assert len(all_points) <= 2 * WIDTH
    assert min(y for _, y in all_points) < 100
    assert len(found) < 100_000


def test_svg_by_logarithm_has_labels_of_values_and_counts_what_has_none() -> None:
    points = [(0, 100.0), (1, 0.0), (2, -1.0), (3, 0.01)]
    found = svg_of(Drawing("loss", [Curve("train", points)], is_log=True))
    assert {"100", "1", "0.01"} <= set(words(found))
    assert "2 values of 0 and below have no logarithm" in words(found)
    assert [len(line) for line in lines(found)] == [2, 2]  # each a point alone, drawn as a dot


def test_svg_shows_marks_in_sight_and_only_the_part_asked_for() -> None:
    marks = [MarkLine(5, "saved"), MarkLine(50, "paused")]
    curve = Curve("train", [(float(i), float(i)) for i in range(20)])
    found = svg_of(Drawing("loss", [curve], marks=marks, span=(4.0, 8.0), note="zoomed"))
    assert "saved" in words(found)
    assert "paused" not in words(found)
    assert [len(line) for line in lines(found)] == [5]


@pytest.mark.parametrize(
    "points",
    [
        [],
        [(0.0, 1.0)],
        [(0.0, math.nan)],
        [(0.0, 1e308), (1.0, -1e308)],
        [(1e18, 5e-324), (1e18, 0.0)],
        [(math.nan, 1.0), (math.inf, 2.0)],
    ],
)
@pytest.mark.parametrize("is_log", [False, True])
def test_svg_of_anything_is_a_document(points: list[tuple[float, float]], is_log: bool) -> None:
    title = "]]><script>\x1b[2J\ufffe & \"'"
    found = svg_of(Drawing(title, [Curve("\x00<b>", points)], is_log=is_log))
    ElementTree.fromstring(found)
    assert "script>" not in found.replace("&gt;", "").replace("&lt;", "")
    assert "nan" not in found
    assert "inf" not in found
