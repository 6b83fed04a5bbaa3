"""The timeline: what an order's end adds, what was changed, acknowledged alerts, what is chosen."""

from __future__ import annotations

from typing import Any

import pytest

from console.core.alarm import AlertBegan, AlertEnded, AlertSeen
from console.core.codec import decode, encode
from console.core.notices import Herald
from console.core.protocol import Answered, Event, Hello, Ordered, Outcome, event_of, record_of
from console.core.reduce import reduce
from console.core.state import Entry, RunState
from console.core.timeline import MARKS
from console.core.timeline_view import KINDS, VIEWS, alert_of, chosen, is_audit, view_of


def at(second: float) -> dict[str, float]:
    return {"t": 1000.0 + second, "m": second}


def run(*events: Event) -> RunState:
    state = RunState()
    state.run.id = "r"
    for event in events:
        reduce(state, event)
    return state


def given(name: str, cmd: str, by: str = "ana@box", **args: Any) -> Ordered:
    return Ordered(**at(1), id=name, cmd=cmd, outcome=Outcome.QUEUED, by=by, args=args)


def answered(name: str, cmd: str, outcome: Outcome = Outcome.DONE, **fields: Any) -> Answered:
    return Answered(**at(2), id=name, cmd=cmd, outcome=outcome, **fields)


def greeting() -> Hello:
    rate = {"type": "float", "value": 3e-4}
    return Hello(**at(0), pid=1, orders=("set",), settable={"learning_rate": rate})


def began(name: str = "gpu_hot/1", second: float = 1.0) -> AlertBegan:
    return AlertBegan(**at(second), id=name, rule="gpu_hot", text="GPU 1 is at 84 °C")


def test_a_change_tells_the_old_and_the_new_value_and_who() -> None:
    state = run(
        greeting(),
        given("a", "set", learning_rate=1e-4),
        answered("a", "set", step=7, values={"learning_rate": 1e-4}),
        given("b", "set", by="ben@box", learning_rate=5e-5),
        answered("b", "set", step=9, values={"learning_rate": 5e-5}),
    )
    first, second = state.timeline.entries
    assert (first.mark, first.text, first.by) == ("change", "learning_rate 3e-4 → 1e-4", "ana@box")
    assert (second.text, second.by) == ("learning_rate 1e-4 → 5e-5", "ben@box")
    assert second.changes == {"learning_rate": [1e-4, 5e-5]}
    assert (second.cmd, second.outcome, second.step) == ("set", "done", 9)


@pytest.mark.parametrize(
    ("value", "said"), [(True, "fused = true"), ("adam", "fused = adam"), (8, "fused = 8")]
)
def test_a_change_of_what_was_not_declared_tells_the_new_value_only(value: Any, said: str) -> None:
    state = run(given("a", "set"), answered("a", "set", values={"fused": value}))
    assert state.timeline.entries[-1].text == said
    assert state.timeline.entries[-1].changes == {"fused": [None, value]}


def test_a_refused_change_leaves_the_declared_value() -> None:
    refused = answered("a", "set", Outcome.REJECTED, detail="too large")
    state = run(greeting(), given("a", "set", learning_rate=9.0), refused)
    assert state.control.settable["learning_rate"]["value"] == 3e-4
    assert state.timeline.entries[-1].mark == "failure"


def test_every_order_has_one_end_in_the_audit_list() -> None:
    done = answered("a", "checkpoint", step=5, detail="saved")
    state = run(given("a", "checkpoint"), done, done, given("b", "pause"))
    (entry,) = state.timeline.entries
    assert (entry.mark, entry.cmd, entry.outcome, entry.by) == ("order", "checkpoint", "done",
                                                                "ana@box")  # fmt: skip
    assert is_audit(entry)
    assert chosen(state.timeline.entries) == []
    assert view_of(state.timeline.entries, "audit") == [entry]


def test_a_good_end_of_an_order_is_no_news() -> None:
    herald = Herald(0.0, late=False)
    state = run(given("a", "checkpoint"), answered("a", "checkpoint"))
    assert list(herald.news(state)) == []


def test_an_acknowledged_alert_stays_open_and_asks_for_nobody() -> None:
    state = run(began(), AlertSeen(**at(3), id="gpu_hot/1", by="ana@box"))
    alert = state.alerts.open["gpu_hot/1"]
    assert state.alerts.unseen == []
    assert (alert.seen, alert.seen_by) == (1003.0, "ana@box")
    reduce(state, AlertSeen(**at(4), id="gpu_hot/1", by="ben@box"))
    assert alert.seen_by == "ana@box"
    reduce(state, AlertSeen(**at(4), id="nothing", by="ben@box"))
    reduce(state, AlertEnded(**at(5), id="gpu_hot/1", text="cool again"))
    reduce(state, began(second=6))
    assert len(state.alerts.unseen) == 1


def test_an_entry_knows_its_alert_only_while_that_one_is_open() -> None:
    state = run(began(), AlertEnded(**at(5), id="gpu_hot/1", text="cool"), began(second=6))
    first, over, second = state.timeline.entries
    assert alert_of(state, first) is None
    assert alert_of(state, over) is None
    assert alert_of(state, second) is state.alerts.open["gpu_hot/1"]


def test_an_acknowledgement_is_a_record_of_the_journal() -> None:
    event = AlertSeen(**at(3), id="gpu_hot/1", by="ana@box")
    assert record_of(event)["k"] == "alert_seen"
    assert event_of(record_of(event)) == event


def test_an_entry_of_an_older_backend_can_be_read() -> None:
    old = {"id": "saved-1", "t": 1.0, "mark": "save", "text": "saved", "step": 3, "row": 1}
    assert decode(Entry, old) == Entry("saved-1", 1.0, "save", "saved", 3, 1)
    assert decode(Entry, encode(Entry("a", 1.0, "x", "y"))) == Entry("a", 1.0, "x", "y")


def test_every_mark_belongs_to_one_kind() -> None:
    belongs = [mark for marks in KINDS.values() for mark in marks]
    assert sorted(belongs) == sorted(set(MARKS) - {"order"})
    assert set(VIEWS) == {"all", *KINDS, "audit"}


ENTRIES = [
    Entry("1", 1.0, "save", "saved at step 10"),
    Entry("2", 2.0, "change", "learning_rate 1 → 2", by="ana@box", cmd="set", outcome="done"),
    Entry("3", 3.0, "failure", "stop rejected: no", by="ben@box", cmd="stop", outcome="rejected"),
    Entry("4", 4.0, "order", "pause done", by="ana@box", cmd="pause", outcome="done"),
    Entry("5", 5.0, "failure", "killed by signal 9"),
]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({}, "1235"),
        ({"audit": True}, "234"),
        ({"kinds": ("alerts",)}, "35"),
        ({"kinds": ("alerts", "checkpoints")}, "135"),
        ({"kinds": ("alerts",), "audit": True}, "3"),
        ({"words": "ANA rate"}, "2"),
        ({"words": "ana", "audit": True}, "24"),
        ({"words": "[bold"}, ""),
    ],
)
def test_what_is_chosen(options: Any, ids: str) -> None:
    assert "".join(entry.id for entry in chosen(ENTRIES, **options)) == ids
