"""Two runs as lines: columns as wide as what stands in them, fewer where there is no room."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from console.core.comparison import Comparison, Fact, Metric, Side, compared
from console.core.config_diff import Change
from console.core.state import RunState
from console.widgets.compare_page import page
from tests.sessions import ListSeries

EMPTY = Side("run-a", RunState(), ListSeries())
OTHER = replace(EMPTY, id="run-b")
LONG = "evaluation/held_out_perplexity"
FOUND = Comparison(
    facts=(Fact("command", "python train.py " + "--flag " * 40, None), Fact("host", "one", "two")),
    changes=(Change("optimization.scheduler.warmup_steps", 100, 2_000),),
    metrics=(
        Metric("loss", 2.5, 2.25, 2.0, 2.25),
        Metric("memory_bytes", 25_300_000_000.0, 25_300_000_000.0),
        Metric("samples", 1440.0, 25_300_000_000.0),
        Metric(LONG, 12.0, 11.5, 11.0, 11.0),
    ),
)


def lines(width: int, found: Comparison = FOUND) -> list[str]:
    return [line.plain.rstrip() for line in page(EMPTY, OTHER, found, width)]


def row(width: int, name: str) -> str:
    return next(line for line in lines(width) if line.startswith(name))


def test_numbers_stand_right_under_their_heads_with_two_spaces_between() -> None:
    found = lines(118)
    head = next(line for line in found if line.strip().startswith("A "))
    rows = [row(118, one.name) for one in FOUND.metrics]
    assert re.split(" {2,}", head.strip()) == ["A", "B", "B − A", "best A", "best B", "B − A"]
    assert [re.split(" {2,}", one) for one in rows] == [
        ["loss", "2.5000", "2.2500", "−0.2500", "2.0000", "2.2500", "+0.2500"],
        ["memory_bytes", "25.3 GB", "25.3 GB", "0", "—", "—", "—"],
        ["samples", "1,440", "25,300,000,000", "+25,299,998,560", "—", "—", "—"],
        [LONG, "12", "11.5", "−0.5", "11", "11", "0"],
    ]
    assert {len(line) for line in (head, *rows)} == {len(head)}


@pytest.mark.parametrize(
    ("width", "cells"), [(118, 7), (90, 6), (76, 4), (58, 4), (44, 3), (26, 2), (20, 2)]
)
def test_columns_are_left_out_rather_than_collide(width: int, cells: int) -> None:
    assert len(re.split(" {2,}", row(width, "samples"))) == cells
    assert "25,300,000,000" in row(width, "samples") or cells < 3
    assert all(len(line) <= width for line in lines(width))


def test_a_name_is_whole_where_there_is_room() -> None:
    assert LONG in "\n".join(lines(76))
    assert row(76, "optimization.scheduler.warmup_steps").split() == [
        "optimization.scheduler.warmup_steps", "100", "2000",
    ]  # fmt: skip
    assert row(76, "host").split() == ["host", "one", "two"]


def test_two_runs_that_know_nothing_have_lines_too() -> None:
    found = lines(20, compared(EMPTY, EMPTY))
    assert "METRICS  neither run has any" in found[0]
