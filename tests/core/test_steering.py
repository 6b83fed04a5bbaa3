"""What a change, a declaration, a difference and a template come to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.core import changes
from console.core.config import load
from console.core.config_diff import Change as Differs
from console.core.declared import fitted, parsed, plain
from console.core.protocol import Answered, Hello, Measured, Ordered, Outcome, event_of
from console.core.reduce import reduce
from console.core.reloading import When, judged, to_set
from console.core.state import RunState, from_json, to_json
from console.core.template import template, veiled

RATE = {"type": "float", "min": 0.0, "max": 1.0, "value": 0.1, "applies": "now"}


def told(*events: Any) -> RunState:
    state = RunState()
    hello = Hello(1.0, 1.0, 7, ("set", "checkpoint"), {"learning_rate": RATE})
    for event in (hello, *events):
        reduce(state, event)
    return state


def ordered(order: str, value: float, **args: Any) -> Ordered:
    given = {"set": {"learning_rate": value}, **args}
    return Ordered(2.0, 2.0, order, "set", Outcome.QUEUED, "ana", given)


@pytest.mark.parametrize("word", ["set", "checkpoint", "undo"])
def test_a_hook_older_than_the_console_is_told_of_as_that(word: str) -> None:
    """As it answered before values came in `set`: it took the words for names of settings."""
    record = {
        "k": "answer", "t": 3.0, "m": 3.0, "id": "o", "cmd": "set", "outcome": "rejected",
        "step": 5, "detail": f"{word} is no setting of this trainer",
    }  # fmt: skip
    answer = event_of(record)
    assert isinstance(answer, Answered)
    state = told(ordered("o", 0.2, checkpoint=True), answer)
    assert state.control.last is not None
    said = str(state.control.last.detail)
    assert "older than this console" in said
    assert "upgrade gladius-console where it trains" in said
    assert "older than this console" in state.timeline.entries[-1].text


def test_what_a_hook_says_of_a_setting_stays() -> None:
    said = "dropout is no setting of this trainer"
    record = {"k": "answer", "t": 3.0, "m": 3.0, "id": "o", "cmd": "set", "outcome": "rejected"}
    answer = event_of({**record, "detail": said})
    assert isinstance(answer, Answered)
    assert answer.detail == said
    odd = event_of({**record, "detail": ["a", "list"], "cmd": "set"})
    assert odd is None or isinstance(odd, Answered)


def done(order: str, new: float, old: float, t: float = 3.0) -> Answered:
    values, before = {"learning_rate": new}, {"learning_rate": old}
    return Answered(t, t, order, "set", Outcome.DONE, 5, None, values, before)


def test_a_change_is_remembered_and_undone() -> None:
    state = told(ordered("a", 0.2), done("a", 0.2, 0.1))
    [change] = state.control.changes
    assert (change.by, change.step, change.stands) == ("ana", 5, True)
    assert state.control.settable["learning_rate"]["value"] == 0.2
    assert state.timeline.entries[-1].text == "learning_rate 0.1 → 0.2"
    assert state.timeline.entries[-1].by == "ana"
    assert changes.put_back(change) == {"set": {"learning_rate": 0.1}, "undo": "a"}
    reduce(state, ordered("b", 0.1, undo="a"))
    reduce(state, done("b", 0.1, 0.2))
    assert changes.undoable(state) is None
    assert state.timeline.entries[-1].text == "undone: learning_rate 0.2 → 0.1"
    assert from_json(to_json(state)).control == state.control


@pytest.mark.parametrize("old", [{}, {"learning_rate": None}])
def test_what_nobody_knows_the_old_value_of_is_not_offered_for_undo(old: dict[str, Any]) -> None:
    answer = Answered(3.0, 3.0, "a", "set", Outcome.DONE, 5, None, {"learning_rate": 0.2}, old)
    state = told(ordered("a", 0.2), answer)
    assert changes.undoable(state) is None
    assert "did not say" in changes.why_nothing(state)


@pytest.mark.parametrize("strange", ["abc", [1], 5, None, True])
@pytest.mark.parametrize("cmd", ["set", "recover"])
def test_an_order_somebody_wrote_by_hand_breaks_nothing(cmd: str, strange: Any) -> None:
    order = Ordered(2.0, 2.0, "a", cmd, Outcome.QUEUED, "ana", {"set": strange})
    state = told(order, replace(order, outcome=Outcome.REJECTED, detail="no"))
    assert not state.control.open
    assert changes.undoable(state) is None
    assert from_json(to_json(state)).control == state.control
    state = told(order, Answered(3.0, 3.0, "a", cmd, Outcome.DONE, 5))
    assert not state.control.open


def test_what_was_refused_is_in_the_list_and_cannot_be_undone() -> None:
    refused = Answered(3.0, 3.0, "a", "set", Outcome.REJECTED, 5, "no space")
    state = told(ordered("a", 0.2), refused)
    assert [(one.outcome, one.new) for one in state.control.changes] == [
        (Outcome.REJECTED, {"learning_rate": 0.2})
    ]
    assert changes.undoable(state) is None
    assert state.control.settable["learning_rate"]["value"] == 0.1


def test_a_trainer_that_begins_anew_has_nothing_to_undo() -> None:
    state = told(ordered("a", 0.2), done("a", 0.2, 0.1))
    reduce(state, Hello(9.0, 9.0, 8, ("set",), {"learning_rate": RATE}, gen=1))
    assert changes.undoable(state) is None
    assert "began anew" in changes.why_nothing(state)


def test_a_trainer_that_does_not_tell_the_old_value_has_nothing_to_undo() -> None:
    state = told(ordered("a", 0.2), Answered(3.0, 3.0, "a", "set", Outcome.DONE, 5, None,
                                             {"learning_rate": 0.2}))  # fmt: skip
    assert changes.undoable(state) is None
    assert state.timeline.entries[-1].text == "learning_rate 0.1 → 0.2"


def test_the_value_in_force_is_the_latest_word() -> None:
    state = told(Measured(2.0, 2.0, 4, {"learning_rate": 0.09}))
    assert changes.in_force(state, "learning_rate") == 0.09
    reduce(state, ordered("a", 0.2))
    reduce(state, done("a", 0.2, 0.09))
    assert changes.in_force(state, "learning_rate") == 0.2
    reduce(state, Measured(4.0, 4.0, 6, {"learning_rate": 0.19}))
    assert changes.in_force(state, "learning_rate") == 0.19


def test_only_so_many_changes_are_kept() -> None:
    state = told()
    for number in range(changes.MOST + 5):
        reduce(state, ordered(f"o{number}", 0.2))
        reduce(state, done(f"o{number}", 0.2, 0.1))
    assert len(state.control.changes) == changes.MOST
    assert state.control.changes[-1].id == f"o{changes.MOST + 4}"


@pytest.mark.parametrize(
    ("spec", "value", "said"),
    [
        ({"type": "int"}, 2.5, "a whole number"),
        ({"type": "int"}, True, "a whole number"),
        ({"type": "bool"}, 1, "true or false"),
        ({"type": "float"}, "1", "a number"),
        ({"type": "float"}, float("nan"), "finite"),
        ({"type": "float"}, 10**400, "finite"),
        ({"type": "str"}, "a\x1bb", "control characters"),
        ({"type": "str", "choices": ["a", "b"]}, "c", "one of a, b"),
        (RATE, 2, "at most 1"),
    ],
)
def test_what_does_not_fit_a_declaration(spec: dict[str, Any], value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fitted(spec, value)


@pytest.mark.parametrize("value", [True, False, 7, 1e-5, 12345.678, "word", 0.1 + 0.2])
def test_what_is_shown_in_a_field_is_what_it_was(value: Any) -> None:
    kind = {bool: "bool", int: "int", float: "float", str: "str"}[type(value)]
    assert parsed({"type": kind}, plain(value)) == pytest.approx(value, rel=1e-5)


def test_a_difference_is_judged_by_what_the_trainer_declares() -> None:
    state = told()
    state.control.settable |= {
        "checkpoint_interval_seconds": {"type": "float", "value": 60.0, "applies": "now"},
        "seed": {"type": "int", "value": 1, "applies": "now"},
        "width": {"type": "int", "value": 1, "applies": "restart"},
        "api_key": {"type": "str", "value": "", "applies": "now"},
    }
    given = {
        "optimization.learning_rate": (0.1, 0.5, When.NOW),
        "checkpointing.interval_minutes": (1, 2, When.NOW),
        "program.data.seed": (1, 2, When.RESTART),
        "training.seed": (1, 2, When.NOW),
        "training.epochs": (1, 2, When.RESTART),
        "program.width": (1, 2, When.RESTART),
        "program.api_key": ("***", "***", When.RESTART),
        "optimization.weight_decay": (0.1, None, When.RESTART),
    }
    found = judged([Differs(path, *one[:2]) for path, one in given.items()], state)
    assert {one.path: one.when for one in found} == {n: one[2] for n, one in given.items()}
    assert to_set(found) == {"learning_rate": 0.5, "checkpoint_interval_seconds": 120, "seed": 2}


def test_where_nothing_can_be_set_everything_needs_a_restart() -> None:
    found = judged([Differs("optimization.learning_rate", 0.1, 0.5)], RunState())
    assert [one.when for one in found] == [When.RESTART]


SOURCE = """\
# what this is
run:
  command: [python, train.py]   # the program
  env:
    HF_TOKEN: hf_abcdefghijklmnopqrstuvwxyz
optimization:
  learning_rate: 6e-4           # after the warm-up
program:
  api_key: "quoted # not a comment"
  plain: word
"""


def test_a_template_keeps_the_comments_and_no_secret() -> None:
    text, has_comments = template(SOURCE.encode(), load(SOURCE.encode(), "a.yaml"), ["From run x."])
    assert has_comments
    assert text.startswith("# From run x.\n# what this is\n")
    assert "learning_rate: 6e-4           # after the warm-up" in text
    assert "hf_abc" not in text
    assert "quoted" not in text
    assert load(text.encode(), "t.yaml").program == {"api_key": "***", "plain": "word"}


def test_a_template_says_what_the_run_began_with() -> None:
    frozen = load(SOURCE.replace("6e-4", "3e-4").encode(), "a.yaml")
    text, has_comments = template(SOURCE.encode(), frozen, [])
    assert has_comments
    assert "  learning_rate: 0.0003           # after the warm-up\n" in text
    other = load(SOURCE.replace("plain: word", "other: [1, 2]").encode(), "a.yaml")
    text, has_comments = template(SOURCE.encode(), other, ["head"])
    assert not has_comments
    assert load(text.encode(), "t.yaml").program == {"api_key": "***", "other": [1, 2]}


@pytest.mark.parametrize("source", [None, b"\xff\xfe", b"run: [", b"run:\n  nonsense: 1\n"])
def test_without_its_source_a_template_is_the_values(source: bytes | None) -> None:
    text, has_comments = template(source, load(SOURCE.encode(), "a.yaml"), ["head"])
    assert not has_comments
    assert "hf_abc" not in text


def test_a_secret_over_several_lines_is_not_shown() -> None:
    source = "run:\n  command: [x]\nprogram:\n  api_key: |\n    first line\n    second line\n"
    shown = veiled(source, load(source.encode(), "a.yaml"))
    assert "second line" not in shown
    assert "api_key" in shown
