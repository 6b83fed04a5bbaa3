"""Processes of our own change no result, and none is left behind."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console.backend import ripgrep, rows_scan, search_workers
from console.backend.rows import ScreenRows
from console.core.sources import SearchPattern
from tests.backend.test_ripgrep import PIECES, rows_of, without
from tests.backend.test_rows import write
from tests.backend.test_search import MIXED, PATTERNS
from tests.product import children
from tests.waiting import wait_until


def longer(row: bytes) -> bytes:
    """The row nine times; the mark of a row of ours is only ever at its beginning."""
    return row + 8 * row.lstrip(b"\x1e")


ROWS = [row for row in rows_of(random.Random(8), 12_000) for row in (row, b"", longer(row))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rows")
    write(made, ROWS, (7000, 7001, 25_000))
    return made


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are asked for the smallest text, and for small parts of it."""
    monkeypatch.setattr(ripgrep, "patterns", lambda _pattern: None)
    monkeypatch.setattr(rows_scan, "NEAR_BLOCKS", 0)
    monkeypatch.setattr(rows_scan, "LEAST_FOR_WORKERS", 0)
    monkeypatch.setattr(rows_scan, "PART_BLOCKS", 3)
    monkeypatch.setattr(search_workers, "count", lambda: 2)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join), st.booleans(),
       st.sampled_from([0, 1, 7000, 30_000, len(ROWS) - 1]))  # fmt: skip
@example("34m", False, 0)
@example("a b", False, 6999)
@example("[^ς]", True, 0)
@example("a.*", True, 25_001)
def test_the_rows_are_those_found_without_them(
    folder: Path, at_once: None, text: str, regex: bool, start: int
) -> None:
    pattern = SearchPattern(text, regex)
    try:
        expected = [row for row in without(ROWS, pattern) if row >= start]
    except re.error:
        return
    rows = ScreenRows(folder)
    rows.tell(len(ROWS) - 1, ())
    found = [row for portion in rows.scan(pattern, start) for row in portion]
    rows.close()
    assert found == [row for row in expected if row < len(ROWS) - 1]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.text)
def test_a_training_log_is_searched_alike(
    pattern: SearchPattern, at_once: None, tmp_path: Path
) -> None:
    write(tmp_path, MIXED, (2500, 6000))
    assert ScreenRows(tmp_path).matches(pattern, len(MIXED)) == without(MIXED, pattern)


def test_a_search_nobody_wants_any_more_ends_its_processes(at_once: None, folder: Path) -> None:
    before = set(children(os.getpid()))
    search = ScreenRows(folder).scan(SearchPattern("a"))
    while not next(search):
        pass
    assert len(set(children(os.getpid())) - before) == 2, "they are at work"
    search.close()  # type: ignore[attr-defined]
    assert not set(children(os.getpid())) - before


@pytest.mark.parametrize("ending", ["exit 2", "kill -9 $$", "head -c 12 /dev/zero; exit 1"])
def test_where_one_fails_we_go_on(
    ending: str, at_once: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\n{ending}\n")
    fake.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(fake))
    write(tmp_path, [b"row"] * 50, (20,))
    assert ScreenRows(tmp_path).matches(SearchPattern("row"), 100) == list(range(50))


def test_one_that_dies_on_the_way_loses_no_row(at_once: None, folder: Path) -> None:
    rows, pattern = ScreenRows(folder), SearchPattern("a")
    before, found = set(children(os.getpid())), list[int]()
    for portion in rows.scan(pattern):
        if portion and not found:
            for pid in set(children(os.getpid())) - before:
                os.kill(pid, signal.SIGKILL)
        found += portion
    rows.close()
    assert found == without(ROWS, pattern)


DYING = """
import sys
from pathlib import Path
from console.backend import ripgrep, rows_scan, search_workers
from console.backend.rows import ScreenRows
from console.core.sources import SearchPattern
rows_scan.NEAR_BLOCKS = rows_scan.LEAST_FOR_WORKERS = 0
search_workers.count = lambda: 2
ripgrep.patterns = lambda _pattern: None
for _ in ScreenRows(Path(sys.argv[1])).scan(SearchPattern("(a+)+$", regex=True)):
    print("searching", flush=True)
"""


def test_none_outlives_the_screen_not_even_in_an_endless_expression(tmp_path: Path) -> None:
    write(tmp_path, [b"a" * 60 + b"!"] * 3000, ())
    command = [sys.executable, "-c", DYING, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as screen:
        assert screen.stdout is not None
        while len(workers := children(screen.pid)) < 2:
            assert screen.stdout.readline()
        screen.kill()
    wait_until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in workers))
