"""docs/TRAINERS.md has a row for every format, and tells of tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from console.core.formats import FORMATS

ROOT = Path(__file__).parents[2]
TABLE = "## What is read"


def read_section() -> str:
    text = (ROOT / "docs" / "TRAINERS.md").read_text(encoding="utf-8")
    return text.partition(TABLE)[2].partition("\n## Orders")[0]


def rows() -> list[str]:
    lines = read_section().splitlines()
    table = [line for line in lines if line.startswith("| ")]
    return [line for line in table[1:] if "(`" in line.split("|")[1]]


def test_every_test_named_for_a_format_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", read_section()))
    tests = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")
    )
    defined = set(re.findall(r"def (test_\w+)\(", tests))
    assert len(named) > 20
    assert named <= defined, sorted(named - defined)


def test_every_format_has_a_row_and_every_row_a_test() -> None:
    told = {name for row in rows() for name in re.findall(r"\(`([\w.-]+)`\)", row.split("|")[1])}
    assert told >= {known.name for known in FORMATS}
    assert all("`test_" in row.split("|")[-2] for row in rows())
