"""Metrics as a list to choose from, and what they are counted in."""

from __future__ import annotations

import pytest

from console.core.metric_names import FEW, MOST, Line, listed, shape, words_of
from console.core.units import difference, unit_of

NAMES = [
    "gradient_norm", "loss", "validation/loss", "validation/accuracy", "cpu", "gpu0/power",
    "gpu1/power", *(f"expert_share/{n}" for n in range(64)),
    *(f"lora/layers.{n}.q/{part}" for n in range(100) for part in "AB"),
]  # fmt: skip


def test_many_alike_are_one_line_until_something_is_typed() -> None:
    lines, left = listed(NAMES)
    assert left == 0
    assert lines[:3] == [Line("loss"), Line("validation/loss"), Line("gradient_norm")]
    assert Line("expert_share/*", 64) in lines
    assert Line("lora/*/A", 100) in lines
    assert Line("gpu0/power") in lines
    assert sum(max(1, line.count) for line in lines) == len(NAMES)


def test_typed_words_leave_what_has_all_of_them_in_the_order_of_numbers() -> None:
    lines, _ = listed(NAMES, "EXPERT 1")
    assert [line.name for line in lines[:4]] == [
        "expert_share/1", "expert_share/10", "expert_share/11", "expert_share/12",
    ]  # fmt: skip
    assert all(line.count == 0 for line in lines)
    assert listed(NAMES, "lora nothing") == ([], 0)
    assert len(listed(NAMES, words_of("lora/*/A"))[0]) == 100


def test_a_list_has_an_end_and_says_how_many_are_left() -> None:
    names = [f"name{n}/value/{'x' * (n % 50)}{n}" for n in range(5000)]
    lines, left = listed(names, "name")
    assert (len(lines), left) == (MOST, 5000 - MOST)


def test_few_alike_stand_one_by_one() -> None:
    assert all(line.count == 0 for line in listed(f"gpu{n}/power" for n in range(FEW))[0])
    assert shape("lora/layers.0.q/A") == "lora/*/A"
    assert shape("expert_12_loss") == "expert_*_loss"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("loss", 0.5, "0.5000"),
        ("validation/loss", 0.5, "0.5000"),
        ("validation/accuracy", 0.5, "50.0 %"),
        ("expert_share/3", 0.125, "12.5 %"),
        ("gpu0/temperature", 61.25, "61.2 °C"),
        ("gpu0/memory", 71.2e9, "71.2 GB"),
        ("cpu", 34.0, "34.0 %"),
        ("network/sent", 1.2e6, "1.2 MB/s"),
        ("learning_rate", 1.2e-5, "1.2e-5"),
        ("memory_bytes", 25_300_000_000, "25.3 GB"),
        ("memory_bytes", 900_000, "900 kB"),
        ("strange/../name", float("nan"), "NaN"),
    ],
)
def test_a_value_has_the_unit_of_its_metric(name: str, value: float, said: str) -> None:
    assert unit_of(name)(value) == said


@pytest.mark.parametrize(
    ("name", "a", "b", "said"),
    [
        ("loss", 0.5, 0.4997, "−0.0003"),
        ("loss", 0.5, 0.50001, "+1.00e-5"),
        ("loss", 0.5, 0.5, "0"),
        ("samples", 1440.0, 30_048.0, "+28,608"),
        ("samples", 0.25, 30_048.0, "+30,048"),
        ("weight", 0.1, 0.3, "+0.2"),
        ("weight", 0.3, 0.1 + 0.2, "≈ 0"),
        ("weight", 1.0, 1.123456, "+0.1235"),
        ("memory_bytes", 25.3e9, 29.7e9, "+4.4 GB"),
        ("validation/accuracy", 0.90, 0.947, "+4.7 pp"),
        ("validation/accuracy", 0.90, 0.900001, "≈ 0"),
        ("loss", float("nan"), 0.5, "NaN"),
        ("loss", float("inf"), 0.5, "−∞"),
        ("loss", None, 0.5, "—"),
    ],
)
def test_a_difference_is_told_in_the_unit_of_its_metric(
    name: str, a: float | None, b: float | None, said: str
) -> None:
    assert difference(name, a, b) == said
