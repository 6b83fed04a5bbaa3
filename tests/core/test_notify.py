"""What reaches a person: which events are notices, which go which way, how many, in which words."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from console.core import notify_form as form
from console.core.alarm import AlertBegan, AlertEnded
from console.core.delivery import GIVEN_UP, RETRYING, SENT, Notified
from console.core.notify import EVENTS, Notice, is_wanted, pending
from console.core.notify_line import (
    FIRST_PAUSE_SECONDS,
    GIVE_UP_SECONDS,
    LAST_PAUSE_SECONDS,
    MOST_WAITING,
    Line,
    Parcel,
    summed,
)
from console.core.protocol import (
    Bye,
    ConfigTouched,
    Evaluated,
    Event,
    Exited,
    Measured,
    Observed,
    Ordered,
    Outcome,
    Phase,
    Phased,
    Saved,
    Started,
    StopStage,
)
from console.core.reduce import reduce
from console.core.state import RunState, from_json, to_json

T = 1_700_000_000.0


def at(second: float) -> dict[str, float]:
    return {"t": T + second, "m": second}


def run(*events: Event) -> RunState:
    state = RunState()
    state.run.id, state.run.name, state.run.host = "r", "moe", "box"
    for event in (Started(**at(0), pid=1), *events):
        reduce(state, event)
    return state


def told(state: RunState, *words: str) -> list[tuple[str, str]]:
    return [(one.event, one.severity) for one in pending(state, 1, words or ("all",))]


HOT = AlertBegan(**at(2), id="gpu_hot/1", rule="gpu_hot", text="GPU 1 is at 90 °C", advice="Cool.")
LOST = AlertBegan(**at(3), id="gpu_lost/0", rule="gpu_lost", text="lost", severity="critical")
COOL = AlertEnded(**at(4), id="gpu_hot/1", text="GPU 1 is at 70 °C again")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([HOT], [("alert", "warning")]),
        ([LOST], [("alert", "critical")]),
        ([HOT, COOL], [("alert", "warning"), ("alert_end", "info")]),
        ([Saved(**at(5), path="/c", step=8)], [("checkpoint", "info")]),
        ([Saved(**at(5), path="/c", ok=False, reason="full", step=8)],
         [("checkpoint_failed", "critical")]),
        ([Evaluated(**at(5), step=1, split="validation", values={})], [("validation", "info")]),
        ([Measured(**at(1), step=1, values={}, epoch=9.0),
          Measured(**at(5), step=2, values={}, epoch=10.0)], [("epoch", "info")]),
        ([Ordered(**at(5), id="a", cmd="pause", outcome=Outcome.REJECTED)], [("order", "warning")]),
        ([Phased(**at(5), phase=Phase.PAUSED)], [("paused", "info")]),
        ([Phased(**at(5), phase=Phase.PAUSED), Phased(**at(6), phase=Phase.TRAINING)],
         [("paused", "info"), ("resumed", "info")]),
        ([Phased(**at(5), phase=Phase.ERROR, error="boom")], [("failed", "critical")]),
        ([Observed(**at(5), alive=True, stopped=True)], [("paused", "info")]),
        ([StopStage(**at(5), stage="order")], []),
        ([StopStage(**at(5), stage="ask")], [("order", "warning")]),
        ([ConfigTouched(**at(5), modified=2.0, edited=True)], [("configuration", "info")]),
        ([Exited(**at(9), code=0)], [("finished", "info")]),
        ([StopStage(**at(5), stage="order"), Exited(**at(9), code=0)], [("stopped", "info")]),
        ([Bye(**at(8), reason="error", error="boom"), Exited(**at(9), code=1)],
         [("failed", "critical")]),
        ([Exited(**at(9), code=None, signal=9)], [("dead", "critical")]),
        ([Notified(**at(9), way="x", notice="n", upto=1, outcome=RETRYING, detail="d")], []),
    ],
)  # fmt: skip
def test_what_happens_is_a_notice_by_its_word(
    events: list[Event], expected: list[tuple[str, str]]
) -> None:
    found = told(run(*events))
    assert found == expected
    assert {event for event, _ in found} <= set(EVENTS)


def test_the_start_is_told_and_the_end_says_how_far_it_came() -> None:
    state = run(Measured(**at(1), step=8450, values={"loss": 2.5}), Exited(**at(9), code=0))
    first, last = pending(state, 0, ("all",))
    assert (first.event, first.number, first.id) == ("started", 1, "r/started-1")
    assert (last.title, last.text) == (
        "moe: finished", "ended with exit code 0, step 8,450, loss 2.5000",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "count"),
    [(("all",), 4), (("alert",), 2), (("alert.gpu_hot",), 1), (("alert_end.gpu_hot",), 1),
     (("alert_end.gpu_lost",), 0), (("critical",), 1), (("warning",), 1), ((), 0),
     (("critical", "finished"), 2), (("dead",), 0)],
)  # fmt: skip
def test_a_way_tells_what_its_words_say(words: tuple[str, ...], count: int) -> None:
    state = run(HOT, LOST, COOL)
    state.alerts.open.clear()
    # the alerts are found among those that are over, too
    state = run(HOT, LOST, COOL, Exited(**at(9), code=0))
    assert len(pending(state, 1, words)) == count


def test_two_alerts_that_end_at_once_are_told_apart_by_their_words() -> None:
    second = AlertBegan(**at(2), id="memory", rule="memory", text="memory is 95 % full")
    over = [COOL, AlertEnded(**at(4), id="memory", text="memory is at 80 %")]
    for order in (over, over[::-1]):
        state = run(HOT, second, *order)
        (found,) = pending(state, 1, ("alert_end.memory",))
        assert found.text == "memory is at 80 %"


def test_nothing_foreign_gets_through_and_secrets_do_not() -> None:
    evil = "a\x1b]0;t\x07\nb\u202e api_key=abcdef123456 " + "x" * 10_000
    (found,) = pending(run(Saved(**at(5), path="/c", ok=False, reason=evil, step=8)), 1, ("all",))
    assert "\x1b" not in found.text
    assert "\n" not in found.text
    assert "abcdef123456" not in found.text
    assert len(found.text) <= 600


def notice(number: int, event: str = "checkpoint", severity: str = "info") -> Notice:
    return Notice(f"r/x-{number}", number, event, severity, "r", "moe", f"n {number}", T)


def filled(per_minute: int, count: int) -> Line:
    line = Line(per_minute)
    for number in range(1, count + 1):
        line.add(notice(number, *(("failed", "critical") if number == 9 else ())))
    return line


def drained(line: Line, m: float) -> list[Parcel]:
    found = []
    while (parcel := line.next(m)) is not None:
        found.append(parcel)
        line.sent(m)
    return found


def test_a_way_gets_so_many_a_minute_and_the_last_stands_for_the_rest() -> None:
    line = filled(6, 18)
    sent = drained(line, 0.0)
    assert [one.notice.number for one in sent] == [1, 2, 3, 4, 5, 9]
    assert sent[-1].more == "and 12 more: 12 checkpoint"
    assert (sent[-1].count, sent[-1].upto, line.is_empty) == (13, 18, True)
    line.add(notice(19))
    assert drained(line, 59.9) == []
    assert [one.notice.number for one in drained(line, 60.0)] == [19]


def test_one_a_minute_is_one_a_minute() -> None:
    line = Line(1)
    sent = []
    for second in range(600):
        line.add(notice(second + 1))
        sent += drained(line, float(second))
    assert len(sent) == 10
    assert sum(one.count for one in sent) + len(line.waiting) == 600


def test_more_than_can_wait_is_counted() -> None:
    line = filled(1, MOST_WAITING + 100)
    (sent,) = drained(line, 0.0)
    assert sent.count == MOST_WAITING + 100


def test_the_end_of_the_run_goes_out_also_when_the_minute_is_full() -> None:
    line = filled(1, 1)
    drained(line, 0.0)
    line.add(notice(2))
    assert line.next(1.0) is None
    last = line.next(1.0, last=True)
    assert last is not None
    assert last.notice.number == 2


def test_it_is_tried_again_later_each_time_and_given_up_after_an_hour() -> None:
    line, m, pauses = filled(6, 2), 0.0, []
    parcel = line.next(m)
    assert parcel is not None
    while line.failed(parcel, m):
        before = m
        while line.next(m) is None:
            m += 1.0
        assert line.next(m) is parcel  # the same one first: the order is kept
        pauses.append(m - before)
    assert pauses[:4] == [FIRST_PAUSE_SECONDS, 4.0, 8.0, 16.0]
    assert max(pauses) == LAST_PAUSE_SECONDS
    assert GIVE_UP_SECONDS <= m <= GIVE_UP_SECONDS + LAST_PAUSE_SECONDS
    following = line.next(m + LAST_PAUSE_SECONDS)
    assert following is not None
    assert following.notice.number == 2


def test_what_the_receiver_asks_for_is_waited_but_not_for_ever() -> None:
    for wait, expected in ((30.0, 30.0), (1e9, LAST_PAUSE_SECONDS), (-5.0, 2.0), (math.nan, 2.0)):
        line = filled(6, 1)
        parcel = line.next(0.0)
        assert parcel is not None
        line.failed(parcel, 0.0, wait=wait)
        assert line.next(expected - 0.1) is None
        assert line.next(expected) is parcel


def test_the_state_counts_and_the_timeline_tells_a_trouble_once_and_its_end() -> None:
    state = run()
    base = Notified(**at(1), way="phone", notice="r/x-1", upto=1)
    down = {"outcome": RETRYING, "detail": "HTTP 500"}
    history = [
        base,
        replace(base, upto=2, **down),
        replace(base, upto=2, **{**down, "detail": "HTTP 502"}),
        replace(base, upto=4, outcome=GIVEN_UP, count=3, detail="HTTP 404"),
        replace(base, upto=5),
    ]
    for event in history:
        reduce(state, event)
    way = from_json(json.loads(json.dumps(to_json(state)))).delivery.ways["phone"]
    assert (way.upto, way.sent, way.given_up, way.trouble, way.since) == (5, 2, 3, "", None)
    assert [entry.text for entry in state.timeline.entries[1:]] == [
        "a notice by phone did not go out, tried again: HTTP 500",
        "notices by phone go out again",
    ]
    assert history[0].outcome == SENT


def test_each_way_gets_its_form() -> None:
    parcel = summed([replace(notice(1, "alert", "critical"), text="<loss> & NaN"), notice(2)], 0)
    assert json.loads(form.slack(parcel, ""))["text"] == (
        "moe: alert\n&lt;loss&gt; &amp; NaN\nand 1 more: 1 checkpoint"
    )
    ntfy = json.loads(form.ntfy(parcel, "topic"))
    assert (ntfy["topic"], ntfy["priority"], ntfy["title"]) == ("topic", 5, "moe: alert")
    hook = json.loads(form.webhook(parcel, ""))
    assert (hook["id"], hook["event"], hook["count"]) == ("r/x-1", "alert", 2)
    env = form.environment(parcel)
    assert env["GLADIUS_NOTICE_EVENT"] == "alert"
    assert env["GLADIUS_NOTICE_STEP"] == ""


@pytest.mark.parametrize("inside_tmux", [False, True])
def test_a_terminal_gets_sequences_nothing_foreign_can_end(inside_tmux: bool) -> None:
    said = form.terminal(
        "mo;e\x1b\\", "a\x07b\x9c;c", bell=True, osc9=True, osc777=True, passthrough=inside_tmux
    )
    plain = said.replace("\x1b\x1b", "\x1b").replace("\x1bPtmux;", "").replace("\x1b\\", "")
    assert plain.count("\x1b") == 2
    assert plain.count("\x07") == 3
    assert "\x9c" not in said
    assert "]777;notify;mo,e" in said
    assert said.count("\x1bPtmux;") == (2 if inside_tmux else 0)
    assert form.terminal("a", "b", bell=False, osc9=False, osc777=False, passthrough=False) == ""


def test_the_words_of_a_notice_are_those_a_way_may_choose() -> None:
    assert is_wanted(notice(1, "alert_end", "critical"), ("all",))
    assert not is_wanted(notice(1, "alert_end", "critical"), ("critical",))
