"""`formats:` in a configuration: patterns of one's own, what is wrong with them, what they find."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.config import Config, ConfigError, job_key, load, override, resolved_text
from console.core.formats import Evaluated, Found, Measured, Reader, Total
from console.core.formats.own import LINE_LIMIT, Own, TooSlow
from console.core.pattern import Pattern

RUN = "run: {command: [python, train.py]}\n"
MINE = r"{name: mine, pattern: 'it (?P<step>\d+) L=(?P<loss>\S+)'}"


def loaded(text: str, *arguments: str) -> Config:
    return override(load((RUN + text).encode(), "f.yaml"), arguments)


def reader(*patterns: str) -> Reader:
    made = [Pattern(f"own{i}", re.compile(text.encode())) for i, text in enumerate(patterns)]
    return Reader(Own(made))


def read(pattern: str, *lines: str) -> list[Found]:
    return reader(pattern).read("".join(line + "\n" for line in lines).encode(), 0)


def test_a_configuration_has_patterns_in_their_order() -> None:
    config = loaded(f"formats: [{MINE}, {{name: b, pattern: 'x{'  y ' * 60}(?P<any>.)'}}]")
    assert [one.name for one in config.formats] == ["mine", "b"]
    assert loaded("").formats == ()
    again = load(resolved_text(config), "f.yaml")
    assert again.formats == config.formats
    assert job_key(config, "/") == job_key(again, "/") != job_key(loaded(""), "/")


PROBLEMS = {
    f"formats: {MINE}": ("2:10", "expected a list of formats, found a mapping (write - {name:"),
    "formats: [5]": ("2:11", "expected name and pattern, found '5' (write {name: mine"),
    "formats: [{name: a}]": ("2:11", "pattern is missing (for example {name: mine"),
    "formats: [{pattern: 'x(?P<a>.)'}]": ("2:11", "name is missing"),
    "formats: [{name: a, patern: x}]": ("2:21", "unknown setting 'patern' of a format (did you"),
    "formats: [{name: a, pattern: 'a(?P<b>'}]": ("2:30", "formats.0.pattern: this is no regular "
        "expression: missing ), unterminated subpattern at position 1"),
    "formats: [{name: a, pattern: 'a(?<b>.)'}]": ("2:30", "a named group is (?P<loss>"),
    "formats: [{name: a, pattern: 'loss (.*)'}]": ("2:30", "no group has a name (name what"),
    "formats: [{name: a, pattern: '(?P<loss>\\d*)'}]": ("2:30", "this fits an empty line"),
    "formats: [{name: a, pattern: [x]}]": ("2:30", "expected text, found a list"),
    "formats: [{name: megatron, pattern: 'x(?P<a>.)'}]": ("2:18", "give yours another name"),
    "formats: [{name: 1 b, pattern: 'x(?P<a>.)'}]": ("2:18", "expected a name of at most 40"),
    f"formats: [{MINE}, {MINE}]": ("2:77", "two formats are called mine"),
    f"formats: [{{name: a, pattern: '{'x' * 1001}'}}]": ("2:30", "1001 characters, 1000 are"),
    f"formats: [{', '.join('5' * 21)}]": ("2:10", "21 formats, 20 are the most"),
    "format: []": ("2:1", "unknown section 'format' (did you mean formats?"),
}  # fmt: skip


@pytest.mark.parametrize("text", PROBLEMS)
def test_what_is_wrong_with_a_pattern_is_said_with_its_place(text: str) -> None:
    place, message = PROBLEMS[text]
    with pytest.raises(ConfigError) as caught:
        loaded(text)
    said = str(caught.value.problems[0])
    assert said.startswith(f"f.yaml:{place}: ")
    assert message in said


def test_groups_are_values_by_their_names() -> None:
    pattern = r"it (?P<step>\S+) L=(?P<loss>\S+) foo=(?P<foo>\S+)( v=(?P<val_loss>\S+))?"
    assert read(pattern, "it 1,500 L=5E-05 foo=nan", "it 2000 L=x foo=2 v=0.5") == [
        Measured(0, 1500, values={"loss": 5e-5, "foo": pytest.approx(float("nan"), nan_ok=True)}),
        Measured(1, 2000, values={"foo": 2.0}),
        Evaluated(1, "validation", {"loss": 0.5}, 2000),
    ]


def test_groups_may_be_positions_totals_and_experts() -> None:
    pattern = (
        r"e(?P<epoch>\d+) (?P<batch>\d+)/(?P<batches_per_epoch>\d+) of (?P<total_steps>\d+)"
        r" share (?P<expert_0_load>\S+) (?P<expert_2_load>\S+)"
    )
    assert read(pattern, "e2 3/10 of 100 share 0.25 0.75") == [
        Total(0, "total_steps", 100),
        Total(0, "batches_per_epoch", 10),
        Measured(0, 13, 2.0, 3, {}, expert_share=(0.25, None, 0.75)),
    ]


def test_where_a_pattern_finds_no_number_the_line_is_read_as_any_other() -> None:
    made = reader(r"(?P<what>step)=(?P<loss>[a-z]+)")
    assert made.read(b"step=x; step=5 loss=0.5\n", 0) == [Measured(0, 5, values={"loss": 0.5})]
    assert made.summary()["formats"] == ["keyvalue"]


def test_own_patterns_come_first_also_in_large_blocks() -> None:
    made = reader(r"^step=(?P<step>\d+) loss=(?P<mine>\S+)")
    rows = b"".join(b"step=%d loss=0.5\n" % step for step in range(1000))
    found = made.read(rows, 0)
    assert found == [Measured(step, step, values={"mine": 0.5}) for step in range(1000)]
    assert made.summary()["formats"] == ["own0"]


def test_a_long_line_is_not_looked_at() -> None:
    pattern = r"L=(?P<loss>\d)"
    assert read(pattern, "L=1".ljust(LINE_LIMIT))
    assert not read(pattern, "L=1".ljust(LINE_LIMIT + 1))


def test_a_pattern_that_is_too_slow_is_off_and_stays_off() -> None:
    def search(pattern: re.Pattern[bytes], line: bytes) -> re.Match[bytes] | None:
        if b"slow" in line and b"a" in pattern.pattern:
            raise TooSlow("it took a week")
        return pattern.search(line)

    patterns = [
        Pattern("a", re.compile(rb"a=(?P<loss>\S+)")),
        Pattern("b", re.compile(rb"=(?P<b>\d+)")),
    ]
    made = Reader(Own(patterns, search))
    found = made.read(b"a=1\na=2 slow\na=3\n", 0)
    assert [fact.values for fact in found] == [{"loss": 1.0}, {"b": 2.0}, {"b": 3.0}]
    assert made.own.notes() == ["FORMAT a is switched off: it took a week"]
    assert made.own.notes() == []
    assert made.summary()["off"] == {"a": "it took a week"}
    again = Reader.load(json.loads(json.dumps(made.save())), Own(patterns, search))
    assert again.own.notes() == []
    assert again.read(b"a=4\n", 3) == [Measured(3, values={"b": 4.0})]


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_whatever_is_captured_nothing_raises(line: bytes) -> None:
    made = reader(r"(?P<step>.)(?P<loss>.*)(?P<batch>.)(?P<epoch>.)", r"(?P<total_steps>.+)")
    made.read(line + b"\n", 0)
    json.dumps(made.save(), allow_nan=False)
