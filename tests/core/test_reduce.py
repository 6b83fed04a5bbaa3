"""Histories of events and the state they make."""

from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from console.core.acceptance import accepted
from console.core.pace import at_risk
from console.core.protocol import (
    Answered,
    Evaluated,
    Event,
    Exited,
    Facts,
    Hello,
    Measured,
    Observed,
    Ordered,
    Outcome,
    Phase,
    Phased,
    Saved,
    Source,
    Started,
    Ticked,
)
from console.core.reduce import reduce
from console.core.state import RunState
from console.core.status_json import Surroundings, status_object
from console.core.summary import coverage, imbalance
from console.core.timeline import own_row

T = 1_700_000_000.0


def at(second: float) -> dict[str, float]:
    return {"t": T + second, "m": second}


def run(*events: Event) -> RunState:
    state = RunState()
    for event in events:
        reduce(state, event)
    return state


def steps(first: int, last: int, seconds: float = 1.0, **values: float) -> list[Event]:
    return [
        Measured(**at(number * seconds), step=number, values={"loss": 2.0, **values})
        for number in range(first, last + 1)
    ]


STARTED = Started(**at(0), pid=1)
HELLO = Hello(**at(0.5), pid=1, orders=("pause", "resume", "checkpoint", "validate", "stop"))


def test_best_loss_remembers_its_epoch() -> None:
    losses = [(1, 3.0), (1, 2.0), (2, 1.5), (3, 1.7)]
    state = run(
        *(
            Measured(**at(i), step=i, values={"loss": value}, epoch=float(epoch))
            for i, (epoch, value) in enumerate(losses, 1)
        )
    )
    assert (state.loss.best, state.loss.best_epoch, state.loss.best_step) == (1.5, 2.0, 3)


def test_delta_is_this_epochs_mean_minus_the_mean_of_the_one_before() -> None:
    losses = [(1, 3.0), (1, 2.0), (2, 1.5), (2, 1.3)]
    state = run(
        *(
            Measured(**at(i), step=i, values={"loss": value}, epoch=float(epoch))
            for i, (epoch, value) in enumerate(losses, 1)
        )
    )
    assert state.loss.delta is not None
    assert math.isclose(state.loss.delta, 1.4 - 2.5)


def test_the_smallest_of_thinned_values_counts_as_best() -> None:
    state = run(Measured(**at(1), step=1, values={"loss": 2.0}, mm={"loss": (0.5, 9.0)}, n=10))
    assert state.loss.best == 0.5


def test_nan_is_counted_and_spoils_nothing() -> None:
    state = run(*steps(1, 3), Measured(**at(4), step=4, values={"loss": math.nan}), *steps(5, 6))
    assert (state.loss.nonfinite, state.loss.nonfinite_step) == (1, 4)
    assert state.loss.best == 2.0
    assert state.loss.average == 2.0


def test_pace_leaves_out_pauses_saves_and_validations() -> None:
    events = [STARTED, HELLO, *steps(1, 20)]
    events += [Phased(**at(20.1), phase=Phase.PAUSED), Phased(**at(500), phase=Phase.TRAINING)]
    events += [Measured(**at(480 + n), step=n, values={"loss": 2.0}) for n in range(21, 40)]
    state = run(*events)
    assert state.timing.step_seconds == 1.0
    assert max(state.timing.recent) < 1.01


def test_fault_32_elapsed_does_not_count_pauses_and_never_goes_back() -> None:
    state = run(
        STARTED,
        HELLO,
        Phased(**at(10), phase=Phase.PAUSED),
        Ticked(**at(100)),
    )
    assert state.timing.elapsed == 10.0
    reduce(state, Phased(**at(110), phase=Phase.TRAINING))
    reduce(state, Ticked(t=T - 3600, m=115.0))
    assert state.timing.elapsed == 15.0


def test_remaining_is_a_range_around_the_pace() -> None:
    state = run(
        STARTED,
        HELLO,
        Facts(**at(0.6), values={"total_steps": 100}),
        *steps(1, 40),
        Ticked(**at(40)),
    )
    assert state.timing.remaining_low == 60.0
    assert state.timing.remaining_high == 60.0
    assert state.position.progress == 0.4


def test_remaining_is_unknown_without_a_total_or_with_too_few_steps() -> None:
    assert run(STARTED, *steps(1, 40), Ticked(**at(41))).timing.remaining_low is None
    few = run(STARTED, Facts(**at(0), values={"total_steps": 100}), *steps(1, 4), Ticked(**at(5)))
    assert few.timing.remaining_low is None


def test_throughput_keeps_a_value_a_second_for_four_minutes() -> None:
    state = run(
        *(Measured(**at(i / 4), step=i, values={"throughput": 100.0 + i}) for i in range(1, 2000))
    )
    window = state.throughput.window
    assert len({int(m) for m, _ in window}) == len(window)
    assert window[-1][0] - window[0][0] <= 240
    assert state.throughput.peak == 2099.0


def test_a_trainer_without_throughput_is_shown_in_steps_per_second() -> None:
    state = run(*steps(1, 10, seconds=0.5))
    assert (state.throughput.current, state.throughput.unit) == (2.0, "steps/s")


def test_an_order_lives_from_queued_to_done() -> None:
    state = run(
        STARTED, HELLO, Ordered(**at(1), id="x", cmd="pause", outcome=Outcome.QUEUED, by="ana")
    )
    assert state.control.open["x"].by == "ana"
    reduce(state, Answered(**at(2), id="x", cmd="pause", outcome=Outcome.RECEIVED, step=7))
    reduce(state, Answered(**at(3), id="x", cmd="pause", outcome=Outcome.DONE, step=8))
    assert not state.control.open
    last = state.control.last
    assert last is not None
    assert (last.outcome, last.step, last.by) == (Outcome.DONE, 8, "ana")


def test_an_answer_after_the_end_of_an_order_changes_nothing() -> None:
    state = run(
        STARTED,
        HELLO,
        Ordered(**at(1), id="x", cmd="pause", outcome=Outcome.QUEUED),
        Answered(**at(3), id="x", cmd="pause", outcome=Outcome.DONE, step=8),
    )
    first = state.control.last
    reduce(state, Ordered(**at(4), id="x", cmd="pause", outcome=Outcome.EXPIRED))
    assert first is not None
    assert first.outcome is Outcome.DONE


def test_a_late_or_duplicate_answer_does_not_open_an_order_again() -> None:
    state = run(
        STARTED,
        HELLO,
        Ordered(**at(1), id="x", cmd="pause", outcome=Outcome.QUEUED),
        Answered(**at(2), id="x", cmd="pause", outcome=Outcome.DONE, step=8),
        Answered(**at(3), id="x", cmd="pause", outcome=Outcome.RECEIVED, step=9),
        Answered(**at(4), id="y", cmd="pause", outcome=Outcome.DUPLICATE, step=9),
    )
    assert not state.control.open
    assert state.control.last is not None
    assert (state.control.last.id, state.control.last.step) == ("x", 8)


def test_open_orders_end_with_the_trainer() -> None:
    state = run(
        STARTED,
        HELLO,
        Ordered(**at(1), id="x", cmd="checkpoint", outcome=Outcome.QUEUED),
        Exited(**at(2), code=1),
    )
    assert not state.control.open
    assert state.control.last is not None
    assert state.control.last.outcome is Outcome.FAILED


def test_the_hook_wins_over_what_the_output_says() -> None:
    state = run(HELLO, Measured(**at(1), step=10, values={"loss": 1.0}))
    parsed = Measured(**at(2), step=3, values={"loss": 9.0, "extra": 4.0}, source=Source.PARSED)
    kept = accepted(state, parsed)
    assert isinstance(kept, Measured)
    assert (kept.values, kept.step) == ({"extra": 4.0}, 10)
    saved = Saved(**at(2), step=3, path="x", source=Source.PARSED)
    assert accepted(state, saved) is None
    assert accepted(RunState(), parsed) is parsed


def test_checkpoints_are_counted_and_failures_named() -> None:
    state = run(
        Saved(**at(1), step=10, path="a", bytes=5, best=True),
        Saved(**at(2), step=20, path="b", ok=False, reason="disk full"),
    )
    saves = state.checkpoints
    assert (saves.count, saves.failed, saves.last_failure) == (1, 1, "disk full")
    assert saves.best is not None
    assert saves.best.path == "a"


def test_best_accuracy_keeps_its_epoch_and_zero_is_a_value() -> None:
    state = run(
        Measured(**at(1), step=1, values={}, epoch=1.0),
        Evaluated(**at(2), step=1, split="validation", values={"loss": 0.0, "accuracy": 0.9}),
        Measured(**at(3), step=2, values={}, epoch=2.0),
        Evaluated(**at(4), step=2, split="validation", values={"loss": 0.5, "accuracy": 0.8}),
    )
    results = state.evaluation
    assert (results.best_accuracy, results.best_accuracy_epoch, results.best_loss) == (
        0.9,
        1.0,
        0.0,
    )
    assert results.validation_accuracy == 0.8


def test_coverage_is_share_times_experts_and_is_not_capped() -> None:
    assert coverage((0.5, 0.25, 0.25, 0.0)) == (200.0, 100.0, 100.0, 0.0)
    assert imbalance((0.25,) * 4) == 0.0
    assert imbalance(()) is None


def test_a_low_expert_is_remembered_since_when() -> None:
    state = run(
        Measured(**at(1), step=1, values={}, expert_share=(0.9, 0.1)),
        Measured(**at(2), step=2, values={}, expert_share=(0.95, 0.05)),
    )
    assert state.experts.low_since == {"1": 1}
    reduce(state, Measured(**at(3), step=3, values={}, expert_share=(0.5, 0.5)))
    assert state.experts.low_since == {}


def test_pause_and_resume_make_rows_of_ours_with_the_name_of_who_ordered() -> None:
    state = run(HELLO, Ordered(**at(1), id="x", cmd="pause", outcome=Outcome.QUEUED, by="ana"))
    paused = Phased(**at(2), phase=Phase.PAUSED, step=8450, order="x")
    assert own_row(paused, state) == "PAUSED at step 8,450 by ana"
    reduce(state, paused)
    assert state.timeline.entries[-1].mark == "pause"
    assert state.timeline.entries[-1].by == "ana"
    assert (
        own_row(Phased(**at(3), phase=Phase.TRAINING, step=8450), state) == "RESUMED at step 8,450"
    )


def test_what_a_handle_can_do_is_an_ability_and_the_notes_of_its_way_end_with_it() -> None:
    state = RunState()
    state.run.control_orders = ("checkpoint", "stop")
    reduce(state, STARTED)
    assert state.control.abilities == ("pause", "resume", "stop", "checkpoint")
    order = {"id": "x", "cmd": "checkpoint"}
    reduce(state, Ordered(**at(1), **order, outcome=Outcome.QUEUED, values={"sent": 1.0}))
    assert state.control.open["x"].values == {"sent": 1.0}
    reduce(state, Ordered(**at(2), **order, outcome=Outcome.DONE, step=9))
    assert state.control.last is not None
    assert (state.control.last.values, state.control.last.step) == ({}, 9)


def test_a_freeze_says_in_the_log_what_it_means() -> None:
    state = run(STARTED)
    frozen = Observed(**at(1), alive=True, stopped=True)
    assert own_row(frozen, state) == (
        "FROZEN: all processes are stopped by a signal; memory and GPUs stay held, nothing is saved"
    )
    state.run.command = ("torchrun", "train.py")
    assert "resume before that" in str(own_row(frozen, state))


def test_a_save_in_a_pause_is_no_second_pause_and_nothing_is_at_risk_after_it() -> None:
    state = run(
        STARTED,
        HELLO,
        *steps(1, 20),
        Phased(**at(20.5), phase=Phase.PAUSED, step=20),
        Phased(**at(30), phase=Phase.SAVING, step=20),
        Saved(**at(31), step=20, path="p"),
    )
    paused = Phased(**at(31), phase=Phase.PAUSED, step=20)
    assert own_row(paused, state) is None
    reduce(state, paused)
    reduce(state, Ticked(**at(500)))
    assert [entry.mark for entry in state.timeline.entries].count("pause") == 1
    assert at_risk(state) == 0.0
    assert own_row(Phased(**at(501), phase=Phase.TRAINING, step=20), state) is not None


def test_the_timeline_is_bounded_and_counts_all() -> None:
    state = run(*(Saved(**at(i), step=i, path="p") for i in range(500)))
    assert len(state.timeline.entries) == 200
    assert state.timeline.count == 500
    assert len({entry.id for entry in state.timeline.entries}) == 200


def test_the_status_object_is_strict_json_with_the_blueprints_names() -> None:
    state = run(STARTED, HELLO, *steps(1, 3, gradient_norm=math.inf))
    body = status_object(state, Surroundings(now=T + 10))
    json.dumps(body, allow_nan=False)
    assert set(body["metrics"]) == {
        "loss", "experts", "expertLoad", "throughput", "learningRate", "gradientNorm",
    }  # fmt: skip
    assert body["nonfinite"] == ["metrics.gradientNorm"]
    assert body["metrics"]["gradientNorm"] is None
    assert set(body["epoch"]) == {"current", "total", "progress"}
    assert body["sources"]["loss"] == "hook"
    assert "does not report" in body["sources"]["learning_rate"]


NAMES = ["loss", "throughput", "samples", "x"]
numbers = st.floats(allow_nan=True, allow_infinity=True)


@given(
    st.lists(
        st.builds(
            Measured,
            t=st.floats(0, 1e9),
            m=st.floats(0, 1e9),
            step=st.none() | st.integers(0, 10**9),
            values=st.dictionaries(
                st.sampled_from(["loss", "throughput", "samples", "x"]), numbers
            ),
            epoch=st.none() | st.floats(0, 1e6),
            batch=st.none() | st.integers(0, 10**6),
            expert_share=st.lists(numbers, max_size=4).map(tuple),
        ),
        max_size=12,
    )
)
def test_fault_36_no_measurement_breaks_the_state(events: list[Event]) -> None:
    state = run(STARTED, Facts(**at(0), values={"total_steps": 10**6}), *events)
    body = status_object(state, Surroundings(now=T))
    json.dumps(body, allow_nan=False)
    assert state.timing.elapsed >= 0
    assert all(seconds > 0 for seconds in state.timing.recent)


def test_the_remaining_time_is_never_negative_when_the_clock_jumps() -> None:
    told = Facts(**at(0.5), values={"total_steps": 100})
    state = run(STARTED, HELLO, told, *steps(1, 40))
    for jumped in (Ticked(t=T - 1e6, m=41.0), Ticked(t=T + 1e6, m=42.0), Ticked(t=T, m=1.0)):
        reduce(state, jumped)
        low, high = state.timing.remaining_low, state.timing.remaining_high
        assert low is not None
        assert high is not None
        assert 0 <= low <= high
        assert low == 60.0


def test_a_hold_is_no_part_of_the_pace() -> None:
    told = Facts(**at(0.5), values={"total_steps": 100})
    held = Phased(**at(21), phase=Phase.ERROR, step=21, error="MemoryError")
    going = Phased(**at(521), phase=Phase.TRAINING, step=21)
    state = run(STARTED, HELLO, told, *steps(1, 20), held, going)
    reduce(state, Measured(**at(522), step=21, values={"loss": 2.0}))
    reduce(state, Measured(**at(523), step=22, values={"loss": 2.0}))
    reduce(state, Ticked(**at(523)))
    assert state.timing.remaining_high == 78.0
    assert state.timing.elapsed == 23.0
