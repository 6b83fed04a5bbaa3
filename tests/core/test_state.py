"""The state travels as JSON: whole, and group by group."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from console.core.protocol import KINDS, Gpu, Measured, Outcome, Sampled, event_of, record_of
from console.core.reduce import reduce
from console.core.state import GROUPS, OrderView, RunState, apply, from_json, to_json
from console.core.telemetry import shortened


def full_state() -> RunState:
    state = RunState()
    state.run.id = "20260101-120000-abcd"
    reduce(state, Measured(1.0, 1.0, 7, {"loss": math.nan}, expert_share=(0.25, 0.75)))
    reduce(state, Sampled(2.0, 2.0, cpu=3.5, gpus=(Gpu(0, "H200", temperature=55.0),)))
    state.control.open["a"] = OrderView("a", "pause", outcome=Outcome.RECEIVED)
    return state


def test_the_whole_state_survives_a_trip_through_strict_json() -> None:
    state = full_state()
    text = json.dumps(to_json(state), allow_nan=False)
    again = from_json(json.loads(text))
    assert math.isnan(again.metrics["loss"].value)
    assert to_json(again) == to_json(state)


def test_a_patch_replaces_its_groups_and_nothing_else() -> None:
    state, viewer = full_state(), RunState()
    names = apply(viewer, to_json(state, ["experts", "system"]))
    assert names == {"experts", "system"}
    assert viewer.experts == state.experts
    assert viewer.system == state.system
    assert viewer.run == RunState().run


def test_unknown_groups_and_fields_of_a_newer_writer_are_ignored() -> None:
    viewer = RunState()
    assert apply(viewer, {"novelty": {}, "output": {"rows": 3, "colour": "red"}}) == {"output"}
    assert viewer.output.rows == 3


def test_every_group_is_listed() -> None:
    assert "changed" not in GROUPS
    assert {"life", "timeline", "metrics"} <= set(GROUPS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_event_has_a_handler(kind: str) -> None:
    from console.core.reduce import HANDLERS

    assert KINDS[kind] in HANDLERS


def test_an_event_survives_its_record() -> None:
    event = Measured(
        1.5, 2.5, 3, {"loss": math.inf}, expert_loss=(1.0, math.nan), mm={"loss": (1.0, 2.0)}
    )
    again = event_of(json.loads(json.dumps(record_of(event), allow_nan=False)))
    assert isinstance(again, Measured)
    assert again.values == {"loss": math.inf}
    assert again.mm == {"loss": (1.0, 2.0)}
    assert math.isnan(again.expert_loss[1])


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"k": "nonsense"},
        {"k": "log", "t": 1, "m": 1, "step": 1.5, "values": {}},
        {"k": "log", "t": 1, "m": 1, "step": 1, "values": {"loss": "x"}},
        {"k": "log", "t": True, "m": 1, "step": 1, "values": {}},
        {"k": "phase", "t": 1, "m": 1, "phase": "dancing"},
        {"k": "answer", "t": 1, "m": 1, "id": 5, "cmd": "pause", "outcome": "done"},
        {"k": "log", "t": 1, "m": 1, "step": 1, "values": []},
    ],
)
def test_a_record_that_does_not_fit_its_kind_is_no_event(record: dict[str, object]) -> None:
    assert event_of(record) is None


FULL = Gpu(0, "H200", "GPU-1", temperature=55.0, temperature_limit=87.0, power_limit=700.0,
           memory_total=100, clock_max=1980.0, throttled="")  # fmt: skip


def test_a_sample_leaves_out_what_is_not_known_and_comes_back_whole() -> None:
    sampled = Sampled(2.0, 3.0, cpu=0.0, oom_kills=0, gpus=(FULL, Gpu(1, lost=True)))
    record = record_of(sampled)
    assert event_of(record) == sampled
    assert "swap_used" not in record
    assert record["gpus"][1] == {"id": 1, "lost": True}
    assert (record["cpu"], record["oom_kills"], record["gpus"][0]["throttled"]) == (0.0, 0, "")


def test_what_is_fixed_of_a_gpu_is_recorded_once_and_stays_in_the_picture() -> None:
    state = RunState()
    later = replace(FULL, temperature=60.0)
    (short,) = shortened([later], {0: FULL})
    record = record_of(Sampled(1.0, 1.0, gpus=(short,)))
    assert record["gpus"] == [{"id": 0, "temperature": 60.0, "throttled": "", "same": True}]
    for gpu in (FULL, short):
        reduce(state, Sampled(1.0, 1.0, gpus=(gpu,)))
    assert state.system.gpus == (later,)
    assert shortened([replace(later, power_limit=500.0)], {0: FULL})[0].power_limit == 500.0


def test_what_is_fixed_is_unknown_when_its_record_is_lost() -> None:
    state = RunState()
    reduce(state, Sampled(1.0, 1.0, gpus=shortened([FULL], {0: FULL})))
    assert state.system.gpus == (Gpu(0, temperature=55.0, throttled=""),)
