"""YAML as it is read: traps, places, limits, and nothing but ConfigError."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.core.config import ConfigError, load
from console.core.config_problem import Problems
from console.core.config_yaml import parse


def read(text: bytes | str) -> object:
    found = Problems()
    document = parse(text, "f.yaml", found, is_text=lambda _: False)
    found.raise_any()
    return document.tree


def refused(text: bytes | str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4), ("1E4", 1e4), ("-.5", -0.5), ("1.", 1.0), ("+5", 5), ("0", 0), ("-0", 0),
        ("0x1F", 31), ("0o14", 12), ("01.5", 1.5), ("1_000", "1_000"), (".inf", float("inf")),
        ("on", "on"), ("yes", "yes"), ("No", "No"), ("off", "off"), ("y", "y"), ("true", True),
        ("FALSE", False), ("null", None), ("~", None), ("", None), ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"), ("1.2.3", "1.2.3"), ("0b11", "0b11"), ("=", "="),
        ('"1e-4"', "1e-4"), ("'012'", "012"), ("!!str 012", "012"), ("!!float 1", 1.0),
        ("!!int 7", 7), ("1e", "1e"), ("e1", "e1"), ("-", [None]), ("😀", "😀"),
    ],
)  # fmt: skip
def test_scalars_are_read_as_yaml_1_2(text: str, value: object) -> None:
    found = read(f"a: {text}" if value != [None] else "a:\n  -")
    assert found == {"a": value}
    assert type(found["a"]) is type(value)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: 012", "f.yaml:1:4: '012' can be read as decimal or as octal (write 12, "),
        ("a: [1, -007]", "f.yaml:1:8: '-007' can be read as decimal or as octal (write 7, "),
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1: 'a' is already set in line 1"),
        ("a:\n\tb: 1", "f.yaml:2:1: a tab stands where YAML wants spaces"),
        ("a:\tb", "f.yaml:1:3: a tab stands where YAML wants spaces"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: a second document begins here"),
        ("a: b: c", "f.yaml:1:5: a second ':' where none can stand"),
        ("a: !!python/object/apply:os.system [x]", "f.yaml:1:4: the tag !!python/object/apply"),
        ("a: !foo b", "f.yaml:1:4: the tag !foo is not allowed (remove the tag)"),
        ("a: !!set {x}", "f.yaml:1:4: the tag !!set is not allowed"),
        ("a: !!binary aGk=", "f.yaml:1:4: the tag !!binary is not allowed"),
        ("a: !!int x", "f.yaml:1:4: expected a whole number, found 'x'"),
        ("a: 1e999", "f.yaml:1:4: '1e999' is too large for a number"),
        ("a: " + "9" * 301, "f.yaml:1:4: a number of more than 300 digits"),
        ("a: *x", "f.yaml:1:4: an alias without an anchor"),
        ("a: &x [*x]", "f.yaml:1:8: *x stands inside of itself"),
        ("a: &x {b: {c: *x}}", "f.yaml:1:15: *x stands inside of itself"),
        ("a: {<<: 3}", "f.yaml:1:9: << takes a mapping or a list of them"),
        ("? [a]\n: 1", "f.yaml:1:3: a key must be text or a whole number"),
        ("true: 1", "f.yaml:1:1: a key must be text or a whole number (put it in quotes)"),
        ('a: "\\ud800"', "f.yaml:1:4: text cannot hold NUL or half a character"),
        ('a: "\\0"', "f.yaml:1:4: text cannot hold NUL"),
        ('a: "\\UFFFFFFFF"', "f.yaml:1:"),
        ("a: [1", "f.yaml:1:6: expected ',' or ']'"),
        ("%YAML 1." + "9" * 5000 + "\n--- a", "f.yaml:1:"),
        (b"a: 1\nb: caf\xe9\n", "f.yaml:2:7: byte 0xe9 is not UTF-8 (save the file as UTF-8)"),
        (b"a: 1\r\nb: \x00\r\n", "f.yaml:2:4: a configuration cannot hold the character U+0000"),
        ("a: 1".encode("utf-32"), "f.yaml:1:1: the file is UTF-32 (save it as UTF-8)"),
        ("a: 1".encode("utf-16"), "f.yaml:1:1: the file is UTF-16 (save it as UTF-8)"),
        (b"#" * (1 << 20) + b"\n", "f.yaml:1:1: the file is larger than 1 MiB"),
    ],
)  # fmt: skip
def test_fault_23_traps_are_refused_at_their_exact_place(text: bytes | str, error: str) -> None:
    (only,) = refused(text)
    assert only.startswith(error)


def test_a_byte_order_mark_moves_no_column() -> None:
    assert read("\ufeffa: 1".encode()) == {"a": 1}
    assert refused("\ufeffa: 012".encode())[0].startswith("f.yaml:1:4:")
    assert refused(b"\xef\xbb\xbfa: \xff")[0].startswith("f.yaml:1:4:")


def test_tabs_within_values_are_text() -> None:
    assert read('a: "x\ty"\nb: |\n x\ty\n') == {"a": "x\ty", "b": "x\ty\n"}


def test_aliases_are_copies_and_merges_keep_what_is_written() -> None:
    tree = read("a: &a {x: 1, y: {z: 2}}\nb: {<<: *a, x: 3}\nc: {<<: [{y: 0}, *a]}\nd: *a\n")
    assert tree["b"] == {"x": 3, "y": {"z": 2}}
    assert tree["c"] == {"y": 0, "x": 1}
    tree["d"]["y"]["z"] = 9
    assert tree["a"]["y"]["z"] == 2


def _laughs() -> str:
    rows = ['a: &a ["lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol", "lol"]']
    for below, name in zip("abcdefgh", "bcdefghi", strict=True):
        rows.append(f"{name}: &{name} [{', '.join(['*' + below] * 9)}]")
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (_laughs(), "more than 100,000 values"),
        ("a: &a {x: &b [1, 2]}\n" + "b: {<<: [" + "*a, " * 60_000 + "]}", "more than 100,000"),
        ("a: &a " + "x" * 100_000 + "\nb: [" + "*a, " * 1000 + "]", "more than 4 MiB of text"),
        ("a: " + "[" * 3000 + "]" * 3000, "nested deeper than 64"),
        ("[" * 1_000_000, "nested deeper than 64"),
        ("- " * 500_000, "nested deeper than 64"),
        ("{a: " * 200_000, "nested deeper than 64"),
        ("a0: &a0 [1]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 2000)),
         "nested deeper than 64"),
        ("a: &a [" + "[*a], " * 1000 + "]", "stands inside of itself"),
    ],
    ids=["laughs", "merges", "long text", "depth", "open", "dashes", "braces", "alias chain",
         "cycle"],
)  # fmt: skip
def test_fault_24_bombs_are_refused_at_once(text: str, says: str) -> None:
    started = time.process_time()
    (only,) = refused(text)
    assert says in only
    assert time.process_time() - started < 1.0


def test_sixty_four_levels_are_allowed_and_sixty_five_are_not() -> None:
    assert read("[" * 64 + "]" * 64)
    assert "nested deeper" in refused("[" * 65 + "]" * 65)[0]


_pieces = st.sampled_from(
    ["run:", " ", "  ", "\n", "\t", "- ", "? ", ": ", "{", "}", "[", "]", ",", "&a ", "*a",
     "!x", "|\n", ">", "'", '"', "\\", "#", "%", "@", "`", "---\n", "...\n", "<<: ", "command",
     "012", "!!int ", "1e-4", "\ufeff", "\x85", "\u2028", "é", "\\ud800", "%YAML 1.1\n", "!<a>",
     "~", "{python}"]
)  # fmt: skip


@given(st.binary(max_size=200) | st.lists(_pieces, max_size=40).map("".join).map(str.encode))
@settings(max_examples=1500, deadline=None)
@example(b"\xef\xbb\xbf")
@example(b"run: {command: [a], env: }")
@example(b"%TAG ! tag:a,b:\n--- !x y")
def test_any_bytes_load_or_raise_config_error(text: bytes) -> None:
    found = ()
    try:
        load(text, "f.yaml")
    except ConfigError as error:
        found = error.problems or ("an error without a reason\n",)
    assert all(str(problem).isprintable() for problem in found)
