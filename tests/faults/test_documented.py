"""docs/RELIABILITY.md tells of tests that exist, and of every fault."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from console.core.telemetry import Gpu

TESTS = Path(__file__).parent.parent
TABLE = TESTS.parent / "docs" / "RELIABILITY.md"
ELSEWHERE = {41, 42, 43, 44}
"""Rows about a service that there is not."""


def rows() -> dict[int, set[str]]:
    """Number of a row → names of its tests."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    found = {}
    for line in lines:
        if row := re.match(r"\| (\d+) \|", line):
            found[int(row[1])] = set(re.findall(r"`(test_\w+)`", line))
    return found


def defined() -> set[str]:
    """The names of all tests."""
    texts = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"def (test_\w+)\(", text)}


def test_every_fault_has_a_row_and_every_row_a_test_that_exists() -> None:
    table = rows()
    assert set(table) == set(range(1, 51)) - ELSEWHERE
    for number, names in table.items():
        assert names, f"row {number} has no test"
        assert not names - defined(), f"row {number}"


def test_every_test_of_a_fault_is_in_its_row() -> None:
    table = rows()
    for name in defined():
        if fault := re.match(r"test_fault_(\d\d)_", name):
            assert name in table[int(fault[1])], name


TELEMETRY = TABLE.with_name("TELEMETRY.md")


def test_every_reading_is_documented_with_tests_that_exist() -> None:
    text = TELEMETRY.read_text(encoding="utf-8")
    assert not set(re.findall(r"`(test_\w+)`", text)) - defined()
    words = set(re.findall(r"`(\w+)`", text))
    assert not {item.name for item in fields(Gpu)} - words - {"id", "same"}
