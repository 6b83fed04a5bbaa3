"""Rows are searched undecoded only where that finds the same, whatever bytes are in them."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.backend.search import Matcher
from console.backend.search_bytes import has_case, needles, undecoded
from console.core.sources import SearchPattern
from tests.backend.test_ripgrep import PARTS, PIECES, without

BYTES = [
    *(part.encode() for part in PARTS), b"\r", b"\0", b"\xff", b"\xe2\x82", b"\xc3", b"\xa9",
    "\ufffd".encode(), b"\x1c", b"\x1b", b"error", b"ERROR", b"fatal", b"7", "٣".encode(), b"\x85",
]  # fmt: skip
MORE = [
    "a|b", "error|fatal", "(?:error|fatal)b", "é+", "(é)+", "aé", "é|日", "[aé]", "[^é]", "é{2}",
    r"\xe9", "\ufffd", r"\r", r"\0", "[0-9]+", r"\d{2}", r"(?<!\d)7", r"(?<=é)a", r"\B", "(?!é)",
    "[a-f]{2}", r"\D", "[A-Z]", "°C?", "a.b", "^a", "b$", "K", "7", "67", r"\.", "i+",
]  # fmt: skip


def rows_of(chance: random.Random, count: int) -> list[bytes]:
    made = [b"".join(chance.choices(BYTES, k=chance.randrange(8))) for _ in range(count)]
    return [*made, b"x" * 900 + "é7".encode(), b"", b"\x1b[1m" * 500 + b"error" + b"y" * 300]


ROWS = rows_of(random.Random(11), 400)
BLOCK = b"".join(row + b"\n" for row in ROWS)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, *MORE]), min_size=1, max_size=4).map("".join),
       st.booleans())  # fmt: skip
@example("a|b", True)
@example("error|fatal", True)
@example("é+", True)
@example("^", True)
@example("$", True)
@example("x*", True)
@example("7", False)
@example("é7", False)
@example("\ufffd", True)
@example(r"[^\x1c]\s", True)
@example(r"\d\d", True)
@example("°", True)
@example("[é]", True)
@example("[]é]", True)
@example(r"[\]é]", True)
@example("[a-z]é7", True)
@example("[é]+|é", True)
def test_a_look_at_each_row_finds_the_same(text: str, regex: bool) -> None:
    pattern = SearchPattern(text, regex)
    if not regex and "\ufffd" in text:
        return  # a text is looked for as it is, and not where bytes are no text
    try:
        expected = without(ROWS, pattern)
    except re.error:
        return
    matcher = Matcher(pattern)
    assert [*matcher.rows(BLOCK)] == expected
    assert matcher.among(ROWS) == expected


@pytest.mark.parametrize(
    "text",
    ["hit [0-9]", "hit [0-9]|hat", "hit é", "^hit", "hit", "it", "34m", "[0-9]hit", "HIT|hit"],
)
def test_many_hits_and_few_are_the_same_hits(text: str) -> None:
    few = [b"nothing at all of what is looked for in the log"] * 50
    rows = [
        b"hit 1",
        b"hit x",
        b"a hit 2 and hit 3",
        b"\x1b[1mh\x1b[0mit 4",
        b"Hit",
        b"\x1b[34m7",
        "hit é".encode(),
    ]
    patterns = (SearchPattern(text, regex=True), SearchPattern(text))
    for mixed in (rows * 300, [*few, *rows] * 300):
        block = b"".join(row + b"\n" for row in mixed)
        for pattern in patterns:
            assert [*Matcher(pattern).rows(block)] == without(mixed, pattern)


def test_one_of_these_is_in_every_hit() -> None:
    assert needles("error|fatal|exception", fold=True) == ("error", "fatal", "except")
    assert needles(r"RROR|ATAL|\(most recent", fold=False) == ("RROR", "ATAL", "(most recent")
    assert needles("(?:warn|bad)ing of", fold=False) == ("ing of",)
    assert needles("a(?:error|fatal)", fold=False) == ("error", "fatal")
    assert needles("(?:error|fatal)?", fold=False) == ()
    assert needles(r"error|\d+", fold=False) == ()
    assert needles("(error)+ a", fold=False) == ("error",)


def test_bytes_are_searched_where_they_mean_the_same() -> None:
    always = [undecoded(source, fold=False) for source in ("a[0-9]+", "67°C/6[0-9]", "^a|b$")]
    assert [found is not None and found[1] for found in always] == [True] * 3
    ascii_only = [undecoded(source, fold=False) for source in ("a.", r"\d", r"\bé", "[^a]", "[éa]")]
    assert [found is not None and found[1] for found in ascii_only] == [False] * 5
    assert [undecoded(s, fold=False) for s in (r"\s", "é*", r"\xe9", "(?i)a", "\ufffd")] == [
        None
    ] * 5


def test_case_matters_only_where_there_is_some() -> None:
    assert not any(map(has_case, (r"\d+%", "12/100", r"(?<!\d)7$", r"[0-9\s]")))
    assert all(map(has_case, ("a", "é", ".", r"\w", "[^0]", r"\b7", "[!-_]", "(7)\\1", "(")))
