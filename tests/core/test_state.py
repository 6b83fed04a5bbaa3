"""The state travels as JSON: whole, and group by group."""

from __future__ import annotations

import json
import math

import pytest

from console.core.protocol import KINDS, Gpu, Measured, Outcome, Sampled, event_of, record_of
from console.core.reduce import reduce
from console.core.state import GROUPS, OrderView, RunState, apply, from_json, to_json


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
