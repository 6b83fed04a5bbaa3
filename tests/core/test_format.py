"""Numbers, times and text as people read them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core import format as fmt

INF = math.inf


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (fmt.number(8452), "8,452"), (fmt.number(0.5, 2), "0.50"), (fmt.number(-0.001, 2), "0.00"),
        (fmt.number(-12.5, 1), "−12.5"), (fmt.number(1e15), "1.00e15"), (fmt.number(0), "0"),
        (fmt.number(999_999.7), "1,000,000"), (fmt.number(10**400), "∞"),
        (fmt.signed(0.0003), "+0.0003"), (fmt.signed(-0.0003), "−0.0003"),
        (fmt.signed(-0.00001), "0.0000"), (fmt.signed(0), "0.0000"), (fmt.signed(12, 0), "+12"),
        (fmt.scientific(1.2e-5), "1.20e-5"), (fmt.scientific(0.0001, 1), "1.0e-4"),
        (fmt.scientific(0), "0"), (fmt.scientific(-3e10, 0), "−3e10"),
        (fmt.scientific(9.999e-6), "1.00e-5"),
        (fmt.setting(1e-4), "1e-4"), (fmt.setting(0.1 + 0.2), "0.3"),
        (fmt.setting(0.999), "0.999"),
        (fmt.setting(2.5e-5), "2.5e-5"), (fmt.setting(0.001), "0.001"),
        (fmt.setting(2048), "2,048"),
        (fmt.setting(0), "0"), (fmt.setting(-0.0), "0"), (fmt.setting(1e-8), "1e-8"),
        (fmt.setting(123456789), "123,456,789"), (fmt.setting(0.01), "0.01"),
        (fmt.setting(10.5), "10.5"), (fmt.setting(-3), "−3"), (fmt.setting(1.2e-5), "1.2e-5"),
        (fmt.loss(0.0234), "0.0234"), (fmt.loss(5.5), "5.5000"), (fmt.loss(0), "0.0000"),
        (fmt.loss(1e-5), "1.00e-5"), (fmt.loss(3.4e8), "3.40e8"), (fmt.loss(-0.5), "−0.5000"),
        (fmt.percent(70.4), "70.4 %"), (fmt.percent(47, 0), "47 %"), (fmt.percent(-0.01), "0.0 %"),
        (fmt.rate(2847.3), "2,847 tok/s"), (fmt.rate(12.54, "it/s"), "12.5 it/s"),
        (fmt.rate(0.42), "0.42 tok/s"), (fmt.rate(0), "0.00 tok/s"), (fmt.rate(99.96), "100 tok/s"),
        (fmt.rate(0.001), "0.001 tok/s"), (fmt.rate(9.996), "10.0 tok/s"),
        (fmt.gigabytes(142.3e9), "142.3 GB"), (fmt.gigabytes(160e9, 0), "160 GB"),
        (fmt.size(512), "512 B"), (fmt.size(1.2e9), "1.2 GB"), (fmt.size(340e6), "340 MB"),
        (fmt.size(999_600), "1.0 MB"), (fmt.size(0), "0 B"), (fmt.size(12_300), "12 kB"),
        (fmt.si(847), "847"), (fmt.si(1234), "1.2 k"), (fmt.si(35e6), "35 M"), (fmt.si(0.5), "0.5"),
        (fmt.si(-1234), "−1.2 k"), (fmt.si(9_960), "10 k"), (fmt.si(0.04), "0.04"),
        (fmt.size(1.5e24), "1.50e9 PB"),
        (fmt.parameters(14e9), "14B"), (fmt.parameters(1_340_000), "1.3M"),
        (fmt.parameters(7e9), "7B"), (fmt.parameters(999), "999"),
    ],
)  # fmt: skip
def test_numbers(shown: str, expected: str) -> None:
    assert shown == expected


NUMBERS = (fmt.number, fmt.signed, fmt.scientific, fmt.setting, fmt.loss, fmt.percent, fmt.rate,
           fmt.gigabytes, fmt.size, fmt.si, fmt.parameters)  # fmt: skip


@pytest.mark.parametrize("form", [*NUMBERS, fmt.duration, fmt.ago])
def test_what_is_no_number_is_said_so(form) -> None:
    assert form(None) == "—"
    assert form(math.nan) == "NaN"
    assert form(INF) == "∞"
    assert form(-INF) in ("−∞", "—")


@given(st.sampled_from(NUMBERS), st.floats() | st.integers())
def test_no_number_is_ever_garbage(form, x: float) -> None:
    shown = form(x)
    assert len(shown) <= 32
    assert not re.match(r"[-−]0(\.0*)?(e|\D|$)(?!\d)", shown)
    assert not re.search(r"(?<![.\d])\d{4}|\.\d{9}|e[+-]?0\d|--|inf|nan", shown)


@pytest.mark.parametrize(
    ("x", "step", "label"),
    [
        (0.15, 0.05, "0.15"), (0.1, 0.05, "0.10"), (0, 0.05, "0"), (3000, 1000, "3k"),
        (1500, 500, "1.5k"), (150_000, 50_000, "150k"), (100_200, 200, "100.2k"),
        (1_000_001, 1, "1,000,001"), (2e6, 5e5, "2.0M"), (2e-5, 1e-5, "2e-5"), (25, 25, "25"),
        (-4, 1, "−4"), (160, 40, "160"), (0.30000000000000004, 0.1, "0.3"), (1.5, 0.5, "1.5"),
        (100, 0, "100"),
    ],
)  # fmt: skip
def test_tick_labels_have_the_digits_the_step_needs(x: float, step: float, label: str) -> None:
    assert fmt.tick(x, step) == label


@pytest.mark.parametrize(
    ("lo", "hi", "n", "ticks"),
    [
        (0, 0.15, 4, [0, 0.05, 0.1, 0.15]), (0, 3000, 4, [0, 1000, 2000, 3000]),
        (0, 533.3, 4, [0, 200, 400]), (-4, 0, 5, [-4, -3, -2, -1, 0]),
        (0.1, 0.7, 4, [0.2, 0.4, 0.6]), (5e8, 5e8 + 1e-6, 9, [5e8]),
        (5, 5, 4, [5]), (7, 3, 4, [7]), (0, 1, 1, [0]), (0, INF, 4, []), (0, math.nan, 4, []),
        (-1e308, 1e308, 4, []), (0, 5e-324, 4, [0]), (0, 1, 0, []), (0, 1e-5, 3, [0, 5e-6, 1e-5]),
    ],
)  # fmt: skip
def test_nice_ticks(lo: float, hi: float, n: int, ticks: list[float]) -> None:
    assert fmt.nice_ticks(lo, hi, n) == ticks


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(2, 20))
def test_ticks_are_round_few_and_within(lo: float, span: float, n: int) -> None:
    hi = lo + span
    ticks = fmt.nice_ticks(lo, hi, n)
    slack = 1e-6 * max(abs(lo), abs(hi), span)
    assert len(ticks) <= n
    assert all(lo - slack <= tick <= hi + slack for tick in ticks)
    assert ticks == sorted(set(ticks))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0.0 s"), (0.4, "0.4 s"), (4.12, "4.1 s"), (9.94, "9.9 s"), (9.96, "10 s"),
        (12, "12 s"),
        (59.4, "59 s"), (59.6, "1 m 00 s"), (245, "4 m 05 s"), (3599.4, "59 m 59 s"),
        (3599.6, "1 h 00 m"), (530_580, "147 h 23 m"), (-3, "0.0 s"), (1e13, "∞"),
        (4e6, "1,111 h 06 m"),
    ],
)  # fmt: skip
def test_durations(seconds: float, shown: str) -> None:
    assert fmt.duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.4, "0.4 s ago"), (12, "12 s ago"), (59.6, "1 m ago"), (125, "2 m ago"),
        (3599.9, "59 m ago"), (7300, "2 h ago"), (260_000, "3 d ago"), (-5, "0.0 s ago"),
    ],
)  # fmt: skip
def test_ages(seconds: float, shown: str) -> None:
    assert fmt.ago(seconds) == shown


NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC).timestamp()  # a Friday


@pytest.mark.parametrize(
    ("offset", "zone", "shown"),
    [
        (0, 0, "12:00"), (3 * 3600 + 2700, 3600, "16:45"), (-86400, 0, "Thu 12:00"),
        (4 * 86400, 0, "Tue 12:00"), (6 * 86400, 0, "Thu 12:00"), (7 * 86400, 0, "27 Nov 12:00"),
        (13 * 3600, 0, "Sat 01:00"), (11 * 3600, 3600, "Sat 00:00"), (50 * 86400, 0, "9 Jan 12:00"),
        (400 * 86400, 0, "25 Dec 2027"), (1e15, 0, "—"), (INF, 0, "—"), (0, 20_700, "17:45"),
        (0, 1e9, "—"),
    ],
)  # fmt: skip
def test_clock_names_the_day_when_it_is_not_today(offset: float, zone: int, shown: str) -> None:
    assert fmt.clock(NOW + offset, NOW, zone) == shown


def test_clock_with_seconds_and_iso() -> None:
    assert fmt.clock(NOW + 11, NOW, 0, with_seconds=True) == "12:00:11"
    assert fmt.clock(None, NOW, 0) == "—"
    assert fmt.iso(NOW, 5.5 * 3600) == "2026-11-20T17:30:00+05:30"
    assert fmt.iso(None, 0) is None


@pytest.mark.parametrize(
    ("line", "cells", "shown"),
    [
        ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("abcd", 1, "…"), ("abcd", 0, ""), ("", 4, ""),
        ("漢字漢字", 5, "漢字…"), ("漢字漢字", 6, "漢字…"), ("漢字", 4, "漢字"), ("a漢", 2, "a…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"), ("a\x1b[31mb", 99, "a\ufffd[31mb"),
        ("a\nb\tc", 9, "a b c"), ("x" * 10**6, 4, "xxx…"), ("👩\u200d💻ab", 3, "👩\u200d💻…"),
        ("a\u202eb", 9, "a\ufffdb"),
        ("\u0301ab", 9, "ab"),
    ],
)  # fmt: skip
def test_cut_counts_cells(line: str, cells: int, shown: str) -> None:
    assert fmt.cut(line, cells) == shown


_odd = st.text(
    st.sampled_from("a 漢\u0301\u200d\ufe0f❤👩💻\u0903क\u094dष🇩🇪\u1160가\u00ad1\u20e3🏽𑵅"),
    max_size=12,
)


@given(
    _odd | st.text(max_size=80), st.integers(0, 40), st.sampled_from(["left", "right", "center"])
)
def test_pad_fills_exactly(line: str, cells: int, align) -> None:
    shown = fmt.pad(line, cells, align)
    assert fmt.width(shown) == cells
    assert "\n" not in shown


def test_text_of_nothing_is_a_dash() -> None:
    assert [fmt.text(value) for value in (None, "", " ", 0, "a\x00b")] == [
        "—",
        "—",
        "—",
        "0",
        "a\ufffdb",
    ]
    assert [fmt.pad("ab", 5, align) for align in ("left", "right", "center")] == [
        "ab   ", "   ab", " ab  ",
    ]  # fmt: skip
