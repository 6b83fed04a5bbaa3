"""ripgrep changes no result: not by colours, other scripts, segments, dialects, or its end."""

from __future__ import annotations

import os
import random
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console.backend import ripgrep, rows_scan
from console.backend.colours import plain
from console.backend.rows import ScreenRows
from console.backend.search import Matcher
from console.core.sources import SearchPattern
from tests.backend.test_rows import write
from tests.backend.test_search import MIXED, PATTERNS
from tests.product import children

needs_rg = pytest.mark.skipif(shutil.which("rg") is None, reason="ripgrep is not installed")

PARTS = [
    "a", "b", "A", "k", "i", "ı", "İ", "K", "ß", "ẞ", "Σ", "ς", "67°", " ", "m", "34m", "[", "^",
    "$", "\x1b[31m", "\x1b[0m", "\x1b[1;38;5;4m", "²", "é", "\u0301", "_", "\u00a0", "日本",
]  # fmt: skip
PIECES = [
    "a", "b", "k", "i", "K", ".", r"\d", r"\w", r"\s", r"\S", r"\W", r"\b", "^", "$", "[ab]",
    "[^a]", "[^ς]", "[a-k]", "(?:a|b)", "(a)", "a*", "b+", ".*", "a{2,3}", "a??", "(?=a)", "(?!b)",
    r"(a)\1", "m", "34m", r"\[", "ß", "σ", "é", "日", r"\x41", "[!-_]", "[^@-_]", r"[\w-]", "²",
]  # fmt: skip


def rows_of(chance: random.Random, count: int) -> list[bytes]:
    made = ["".join(chance.choices(PARTS, k=chance.randrange(9))) for _ in range(count)]
    made = [f"\x1e{row}" if chance.random() < 0.1 else row for row in made]
    return [row.encode() for row in made]


ROWS = rows_of(random.Random(5), 3000)


def without(rows: list[bytes], pattern: SearchPattern) -> list[int]:
    """The slow truth: each row for itself. For ASCII text only the case of ASCII does not count."""
    if not pattern.regex and pattern.text.isascii():
        texts = [plain(row).lower() if pattern.ignore_case else plain(row) for row in rows]
        return [number for number, row in enumerate(texts) if pattern.text.encode() in row]
    search = re.compile(pattern.text if pattern.regex else re.escape(pattern.text)).search
    decoded = (plain(row).decode("utf-8", "replace") for row in rows)
    lowered = (text.lower() if pattern.ignore_case else text for text in decoded)
    return [number for number, text in enumerate(lowered) if search(text)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rows")
    write(made, ROWS, (700, 701, 2500))
    return made


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """ripgrep is asked for the smallest text."""
    monkeypatch.setattr(rows_scan, "NEAR_BLOCKS", 0)
    monkeypatch.setattr(rows_scan, "LEAST_REST", 0)


@needs_rg
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join), st.booleans(),
       st.sampled_from([0, 1, 699, 2999]))  # fmt: skip
@example("34m", False, 0)
@example("ab", False, 0)
@example("[^ς]", True, 0)
@example("ik", True, 0)
@example(r"\[\Sm", True, 0)
@example("^a", True, 0)
@example("b$", True, 0)
@example(r"\[$$", True, 0)
@example("(?:^)^a", True, 0)
@example(r"\d{1,9}", True, 0)
@example(r"[\w-][^a]", True, 0)
@example("[!-_]b", True, 0)
@example(r"\Sm", True, 0)
def test_the_rows_are_those_found_without_it(
    folder: Path, at_once: None, text: str, regex: bool, start: int
) -> None:
    pattern = SearchPattern(text, regex)
    try:
        expected = [row for row in without(ROWS, pattern) if row >= start]
    except re.error:
        return
    rows = ScreenRows(folder)
    found = [row for portion in rows.scan(pattern, start) for row in portion]
    rows.close()
    assert found == expected
    assert [*Matcher(pattern).rows(b"".join(row + b"\n" for row in ROWS))] == [
        *without(ROWS, pattern)
    ]


@needs_rg
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.text)
def test_a_training_log_is_searched_alike(
    pattern: SearchPattern, at_once: None, tmp_path: Path
) -> None:
    write(tmp_path, MIXED, (2500, 6000))
    rows = ScreenRows(tmp_path)
    rows.tell(len(MIXED) - 10, ())
    expected = [row for row in without(MIXED, pattern) if row < len(MIXED) - 10]
    assert rows.matches(pattern, len(MIXED)) == expected


@needs_rg
@pytest.mark.parametrize("text", [r"b[a-k]", "k[!-_]", r"\bk", r"a\w", r"a\S", "abki", "[ab]{9,}$"])
def test_what_it_found_is_judged_where_it_means_something_else(
    text: str, at_once: None, tmp_path: Path
) -> None:
    shown = [row for row in ROWS if b"\x1b" not in row]
    mixed = [b"k_ aK kk", b"abKI", b"a\xc2\xb2", b"a\xe2\x84\xaa", *shown, b"ab" * 9, b"ab" * 4]
    write(tmp_path, mixed, (2, len(mixed) - 5))
    for pattern in (SearchPattern(text, regex=True), SearchPattern(text)):
        assert ScreenRows(tmp_path).matches(pattern, 1 << 20) == without(mixed, pattern)


@needs_rg
def test_very_many_hits_keep_their_order_over_the_segments(at_once: None, tmp_path: Path) -> None:
    rows = [b"\x1b[1mh\x1b[0mit" if number % 1000 == 7 else b"hit" for number in range(120_000)]
    write(tmp_path, [*rows, b"none"], (9, 10, 70_000))
    assert ScreenRows(tmp_path).matches(SearchPattern("hit"), 1 << 20) == [*range(120_000)]


@needs_rg
def test_every_letter_is_found_by_its_lower_case(at_once: None, tmp_path: Path) -> None:
    capitals = [chr(code) for code in range(0x110000) if chr(code).lower() != chr(code)]
    write(tmp_path, [char.encode() for char in capitals], ())
    rows = ScreenRows(tmp_path)
    for number in range(0, len(capitals), 40):
        lowered = re.escape(capitals[number].lower())
        assert number in rows.matches(SearchPattern(f"(?:{lowered})", regex=True), 1 << 20)


@needs_rg
def test_a_search_nobody_wants_any_more_ends_its_process(at_once: None, tmp_path: Path) -> None:
    write(tmp_path, [b"the same row again and again" * 30] * 60_000, ())
    rows = ScreenRows(tmp_path)
    search = rows.scan(SearchPattern("again"))
    before = set(children(os.getpid()))
    while not next(search):
        pass
    assert set(children(os.getpid())) - before, "its process is at work"
    search.close()  # type: ignore[attr-defined]
    assert not set(children(os.getpid())) - before


@needs_rg
def test_two_segments_are_read_at_once_below_a_trainer_and_both_are_ended(
    at_once: None, tmp_path: Path
) -> None:
    write(tmp_path, [b"the same row again and again" * 30] * 90_000, (30_000, 60_000))
    rows = ScreenRows(tmp_path)
    search = rows.scan(SearchPattern("again"))
    before = set(children(os.getpid()))
    while not next(search):
        pass
    started = set(children(os.getpid())) - before
    assert len(started) == ripgrep.AT_ONCE
    nice = {os.getpriority(os.PRIO_PROCESS, pid) for pid in started}
    assert nice == {os.getpriority(os.PRIO_PROCESS, 0) + 1}
    search.close()  # type: ignore[attr-defined]
    assert not set(children(os.getpid())) - before
    assert rows.matches(SearchPattern("again"), 1 << 20) == [*range(90_000)]


@pytest.mark.parametrize("ending", ["exit 2", "kill -9 $$", "echo 1:row; echo 2:row; exit 2"])
def test_where_it_fails_we_go_on(
    ending: str, at_once: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bin" / "rg"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{ending}\n")
    fake.chmod(0o700)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    write(tmp_path, [b"row"] * 50, (20,))
    assert ScreenRows(tmp_path).matches(SearchPattern("row"), 100) == list(range(50))


@needs_rg
def test_where_it_fails_in_a_later_segment_we_go_on(
    at_once: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, fake = shutil.which("rg"), tmp_path / "bin" / "rg"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\ncase "$*" in *00040.log*) exit 2;; esac\nexec {real} "$@"\n')
    fake.chmod(0o700)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    write(tmp_path, [b"row"] * 50, (20, 40, 45))
    assert ScreenRows(tmp_path).matches(SearchPattern("row"), 100) == list(range(50))


def test_it_is_not_asked_for_what_it_would_not_understand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: "/usr/bin/rg")
    for text in (r"(a)\1", "(?i)a", "a*", "(?x) a"):
        assert ripgrep.patterns(SearchPattern(text, regex=True)) is None
    assert ripgrep.patterns(SearchPattern("(a)\\1")) is not None
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert ripgrep.patterns(SearchPattern("a")) is None
