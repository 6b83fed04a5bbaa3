"""What is told of as it happens: histories of events, the words, what a storm leaves of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from console.core.notices import LINES_REST_SECONDS, NOTICES, Herald, Wanted
from console.core.protocol import (
    ConfigTouched,
    Evaluated,
    Event,
    Exited,
    Facts,
    Measured,
    Saved,
    Started,
)
from console.core.reduce import reduce
from console.core.state import RunState, from_json, to_json
from console.core.timeline import EPOCH_REST_SECONDS, MARKS
from console.widgets.timeline_line import SIGNS

T = 1_700_000_000.0


def at(second: float) -> dict[str, float]:
    return {"t": T + second, "m": second}


def run(*events: Event, **wanted: int) -> RunState:
    state = RunState()
    state.run.id, state.run.notices = "r", Wanted(**wanted)  # type: ignore[arg-type]
    state.configuration.filename = "moe.yaml"
    for event in (Started(**at(0), pid=1), *events):
        reduce(state, event)
    return state


def told(state: RunState, herald: Herald | None = None) -> list[str]:
    """The words of notices, and of nothing else."""
    herald = herald or Herald(LINES_REST_SECONDS, late=False)
    return [words for entry, words in herald.news(state) if entry.mark in NOTICES]


def epoch(second: float, number: float, loss: float = 0.5) -> Measured:
    return Measured(**at(second), step=int(second), values={"loss": loss}, epoch=number)


SAVED = Saved(**at(5), step=8000, path="/c", bytes=1_200_000_000, seconds=12.2)
TOUCHED = ConfigTouched(**at(5), modified=2.0, edited=True)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([SAVED], ["checkpoint saved at step 8,000 · 1.2 GB · 12 s"]),
        ([Saved(**at(5), step=None, path="/c")], ["checkpoint saved"]),
        ([replace(SAVED, ok=False, reason="no room")], []),  # a failure, told as one
        (
            [Evaluated(**at(5), step=1, split="validation", values={"accuracy": 0.9, "loss": 0.1})],
            ["validation done: 90.0 %, loss 0.1000"],
        ),
        ([Evaluated(**at(5), step=1, split="test", values={})], ["test done"]),
        ([TOUCHED], ["configuration moe.yaml edited; this run keeps what it began with"]),
        ([replace(TOUCHED, edited=False)], []),
        ([replace(TOUCHED, modified=None, missing=True)], ["configuration moe.yaml is gone"]),
        (
            [epoch(1, 9), epoch(20, 10, 0.25)],
            ["epoch 10 · loss 0.2500"],
        ),
        ([epoch(1, 9.5), epoch(20, 9.9)], []),
        ([epoch(1, 8), epoch(20, 23)], ["epoch 20 · loss 0.5000"]),
        ([epoch(20, 10)], []),  # whoever begins there has not come to it
        ([epoch(1, 11), epoch(20, 5)], []),
    ],
)
def test_what_is_a_notice_and_its_words(events: list[Event], expected: list[str]) -> None:
    assert told(run(*events)) == expected


def test_an_epoch_names_the_total_where_it_is_known() -> None:
    total = Facts(**at(0), values={"total_epochs": 50})
    assert told(run(total, epoch(1, 9), epoch(20, 10))) == ["epoch 10 of 50 · loss 0.5000"]


def test_every_edit_and_the_way_back_are_told() -> None:
    later = replace(TOUCHED, **at(60))
    state = run(
        TOUCHED, later, replace(later, modified=3.0), replace(later, modified=4.0, edited=False)
    )
    words = [entry.text for entry in state.timeline.entries if entry.mark == "config"]
    assert words == [
        "configuration moe.yaml edited; this run keeps what it began with",
        "configuration moe.yaml edited again; this run keeps what it began with",
        "configuration moe.yaml says again what this run began with",
    ]


@pytest.mark.parametrize(
    ("switch", "event"),
    [
        ("checkpoint", SAVED),
        ("validation", Evaluated(**at(5), step=1, split="validation", values={})),
        ("configuration", TOUCHED),
    ],
)
def test_each_can_be_switched_off_and_stays_in_the_timeline(switch: str, event: Event) -> None:
    state = run(event, **{switch: False})
    assert told(state) == []
    assert len(state.timeline.entries) == 2
    assert told(run(event)) != []


def test_epochs_are_counted_as_wished_or_not_at_all() -> None:
    history = [epoch(20.0 * number, number) for number in range(1, 13)]
    assert len(told(run(*history, epochs=4))) == 3
    assert told(run(*history, epochs=0)) == []


def test_epochs_in_a_hurry_do_not_fill_the_timeline() -> None:
    history = [epoch(number / 100, number) for number in range(1, 5000)]
    marks = [entry.t for entry in run(*history).timeline.entries if entry.mark == "epoch"]
    assert 2 <= len(marks) <= 6
    assert all(b - a >= EPOCH_REST_SECONDS for a, b in pairwise(marks))


def test_of_a_storm_only_some_are_told_and_how_many_more_there_were() -> None:
    state, herald = run(), Herald(10.0, late=False)
    said = []
    for second in range(1, 31):
        reduce(state, replace(SAVED, **at(second), step=second, bytes=None, seconds=None))
        reduce(state, replace(SAVED, **at(second), ok=False, reason="no room"))
        said += [words for _, words in herald.news(state)]
    saves = [words for words in said if "saved" in words]
    assert saves == [
        "checkpoint saved at step 1",
        "checkpoint saved at step 11 (9 more before it)",
        "checkpoint saved at step 21 (9 more before it)",
    ]
    assert len([words for words in said if "failed" in words]) == 30  # never held back


def test_each_is_told_once_also_when_the_state_comes_anew() -> None:
    state, herald = run(SAVED), Herald(10.0, late=False)
    assert len(told(state, herald)) == 1
    state = from_json(to_json(state))
    assert told(state, herald) == []
    assert state.run.notices == Wanted()


def test_whoever_comes_later_hears_of_no_notice_from_before_but_of_what_went_wrong() -> None:
    state, herald = run(SAVED, Exited(**at(6), code=1)), Herald(10.0, late=True)
    assert [words for _, words in herald.news(state)] == ["started", "ended with exit code 1"]
    reduce(state, replace(SAVED, **at(7)))
    assert len(told(state, herald)) == 1


def test_a_clock_set_back_holds_nothing_back_for_long() -> None:
    state, herald = run(), Herald(10.0, late=False)
    for second in (5000, 4000):
        reduce(state, replace(SAVED, **at(second)))
        assert len(told(state, herald)) == 1


def test_what_was_told_is_not_remembered_for_ever() -> None:
    state, herald = run(), Herald(10.0, late=False)
    for second in range(3000):
        reduce(state, replace(SAVED, **at(second)))
        told(state, herald)
    assert len(herald._seen) <= 1000


def test_every_mark_has_a_sign_and_every_notice_a_mark_and_a_switch() -> None:
    assert set(SIGNS) == set(MARKS)
    assert set(NOTICES) <= set(MARKS)
    assert {notice.switch for notice in NOTICES.values()} == set(Wanted.__slots__)
