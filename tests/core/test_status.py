"""One word and one sentence: histories of events, and what the run is then."""

from __future__ import annotations

import pytest

from console.core.protocol import (
    Answered,
    Bye,
    Event,
    Exited,
    Facts,
    Hello,
    Measured,
    Observed,
    Outcome,
    Phase,
    Phased,
    Printed,
    Sampled,
    Started,
    StopStage,
    Ticked,
)
from console.core.reduce import reduce
from console.core.state import RunState, Status

T = 1_700_000_000.0


def at(second: float) -> dict[str, float]:
    return {"t": T + second, "m": second}


def run(*events: Event) -> RunState:
    state = RunState()
    for event in events:
        reduce(state, event)
    return state


STARTED = Started(**at(0), pid=1)
HELLO = Hello(**at(1), pid=1, orders=("pause", "resume", "checkpoint", "stop"))


def step(second: float, number: int) -> Measured:
    return Measured(**at(second), step=number, values={"loss": 1.0})


HISTORIES: list[tuple[str, Status, str, list[Event]]] = [
    ("just started", Status.STARTING, "no step yet", [STARTED, Ticked(**at(5))]),
    ("a step", Status.TRAINING, "step 1", [STARTED, HELLO, step(2, 1)]),
    (
        "a hook that takes long to its first step",
        Status.STARTING,
        "no step yet",
        [STARTED, HELLO, Ticked(**at(500))],
    ),
    (
        "no first step within the limit",
        Status.STALLED,
        "within 600 s",
        [STARTED, HELLO, Ticked(**at(601))],
    ),
    (
        "no hook, prints, no steps",
        Status.TRAINING,
        "no step was recognised",
        [STARTED, Printed(**at(40), bytes=10, rows=1), Ticked(**at(41))],
    ),
    (
        "no hook, computes silently",
        Status.TRAINING,
        "no step was recognised",
        [STARTED, Sampled(**at(40), trainer_cpu=99.0), Ticked(**at(41))],
    ),
    (
        "no hook, steps, then silence",
        Status.STALLED,
        "no step for",
        [STARTED, step(2, 1), Ticked(**at(33))],
    ),
    ("paused", Status.PAUSED, "paused", [STARTED, HELLO, Phased(**at(3), phase=Phase.PAUSED)]),
    (
        "a long pause is no stall",
        Status.PAUSED,
        "paused",
        [STARTED, HELLO, step(2, 1), Phased(**at(3), phase=Phase.PAUSED), Ticked(**at(9999))],
    ),
    (
        "a long save is no stall",
        Status.SAVING,
        "saving",
        [STARTED, HELLO, step(2, 1), Phased(**at(3), phase=Phase.SAVING), Ticked(**at(500))],
    ),
    (
        "silence after a resume counts from the resume",
        Status.TRAINING,
        "step 1",
        [
            STARTED,
            HELLO,
            step(2, 1),
            Phased(**at(3), phase=Phase.PAUSED),
            Phased(**at(1000), phase=Phase.TRAINING),
            Ticked(**at(1029)),
        ],
    ),
    (
        "stalled with the hook although it prints",
        Status.STALLED,
        "no step for",
        [STARTED, HELLO, step(2, 1), Printed(**at(32), bytes=1, rows=1), Ticked(**at(33))],
    ),
    (
        "frozen",
        Status.FROZEN,
        "signal",
        [STARTED, HELLO, step(2, 1), Observed(**at(3), alive=True, stopped=True)],
    ),
    (
        "stopping",
        Status.STOPPING,
        "SIGTERM",
        [STARTED, HELLO, step(2, 1), StopStage(**at(3), stage="SIGTERM", deadline=10.0)],
    ),
    (
        "a stop that was refused",
        Status.TRAINING,
        "step 1",
        [
            STARTED,
            HELLO,
            step(2, 1),
            StopStage(**at(3), stage="order", deadline=60.0),
            StopStage(**at(4), stage=""),
        ],
    ),
    ("finished", Status.FINISHED, "exit code 0", [STARTED, Exited(**at(3), code=0)]),
    (
        "stopped on order, whatever the exit code",
        Status.STOPPED,
        "on order",
        [
            STARTED,
            HELLO,
            Answered(**at(2), id="a", cmd="stop", outcome=Outcome.DONE),
            Exited(**at(3), code=1),
        ],
    ),
    (
        "a traceback",
        Status.ERROR,
        "exit code 1: ValueError: x",
        [STARTED, Bye(**at(2), reason="exception", error="ValueError: x"), Exited(**at(3), code=1)],
    ),
    (
        "cannot be started",
        Status.ERROR,
        "/nonexistent",
        [STARTED, Exited(**at(1), code=127, error="cannot start /nonexistent: no such file")],
    ),
    (
        "all steps are made",
        Status.TRAINING,
        "all steps are made at step 5; the program goes on",
        [
            STARTED,
            HELLO,
            Facts(**at(1), values={"total_steps": 5}),
            *(step(1.0 + i, i) for i in range(1, 6)),
            Ticked(**at(600)),
        ],
    ),
    ("killed", Status.DEAD, "9 (SIGKILL)", [STARTED, Exited(**at(3), signal=9)]),
    ("crashed", Status.DEAD, "11 (SIGSEGV)", [STARTED, Exited(**at(3), signal=11)]),
    (
        "out of memory, with evidence",
        Status.DEAD,
        "kernel ran out of memory",
        [STARTED, Exited(**at(3), signal=9, oom_kill=True)],
    ),
    ("ended unwatched", Status.DEAD, "unwatched", [STARTED, Exited(**at(3), known=False)]),
    (
        "reboot",
        Status.DEAD,
        "ended by reboot",
        [STARTED, Exited(**at(3), known=False, why="ended by reboot")],
    ),
]


@pytest.mark.parametrize(
    ("status", "cause", "events"), [row[1:] for row in HISTORIES], ids=[row[0] for row in HISTORIES]
)
def test_history(status: Status, cause: str, events: list[Event]) -> None:
    state = run(*events)
    assert state.status is status
    assert cause in state.life.cause


def test_fault_12_the_stall_threshold_follows_the_pace() -> None:
    slow = run(STARTED, HELLO, *(step(20.0 * i, i) for i in range(1, 12)), Ticked(**at(220 + 159)))
    assert slow.status is Status.TRAINING
    reduce(slow, Ticked(**at(220 + 161)))
    assert slow.status is Status.STALLED


def test_the_moment_of_the_last_change_of_status_is_kept() -> None:
    state = run(STARTED, HELLO, step(2, 1), step(3, 2), Phased(**at(4), phase=Phase.PAUSED))
    assert state.life.since == T + 4


BYE = Bye(**at(2), reason="finished", step=7)
GONE = Exited(**at(3), known=False)


@pytest.mark.parametrize(
    ("status", "cause", "events"),
    [
        (Status.FINISHED, "finished by its own word", [BYE, GONE]),
        (Status.FINISHED, "stopped by its own word", [Bye(**at(2), reason="stopped"), GONE]),
        (Status.ERROR, "an exception: KeyError: 3",
         [Bye(**at(2), reason="exception", error="KeyError: 3"), GONE]),
        (Status.DEAD, "vanished without a last word", [GONE]),
        (Status.DEAD, "ended by reboot",
         [BYE, Exited(**at(3), known=False, why="ended by reboot")]),
        (Status.STOPPED, "stopped on order",
         [StopStage(**at(2), stage="order"), Answered(**at(2), id="s", cmd="stop",
          outcome=Outcome.DONE), BYE, GONE]),
    ],
    ids=["finished", "stopped", "exception", "vanished", "reboot", "ordered"],
)  # fmt: skip
def test_of_a_trainer_nobody_of_ours_started_the_last_word_counts(
    status: Status, cause: str, events: list[Event]
) -> None:
    state = RunState()
    state.run.kind = "monitored"
    for event in (STARTED, HELLO, *events):
        reduce(state, event)
    assert state.status is status
    assert cause in state.life.cause


def test_of_a_trainer_of_ours_a_last_word_is_no_end() -> None:
    assert run(STARTED, HELLO, BYE, GONE).status is Status.DEAD
