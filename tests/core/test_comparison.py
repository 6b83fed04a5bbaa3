"""Two runs side by side: what differs, what is known of one only, what is better."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from console.core.comparison import Comparison, Metric, Side, compared
from console.core.state import RunState, Value
from tests import states
from tests.sessions import ListSeries

Points = list[tuple[float, float]]


def side(state: RunState | None = None, tree: Any = None, **series: Points) -> Side:
    state = states.training() if state is None else state
    facts = {
        "git": {"commit": "0123456789abcdef", "dirty": True},
        "versions": {"python": "3.11.7"},
        "parent": {"run": "20260101-000000-0000"},
    }
    return Side(state.run.id or "x", state, ListSeries(series), facts, tree or {})


def metric(found: Comparison, name: str) -> Metric:
    return next(one for one in found.metrics if one.name == name)


def test_changed_keys_are_told_with_both_values_and_secrets_stay_hidden() -> None:
    a = side(tree={"optimization": {"lr": 1e-4, "betas": [0.9]}, "api_key": "hidden-a", "seed": 1})
    b = side(tree={"optimization": {"lr": 2e-4, "betas": [0.9]}, "api_key": "hidden-b", "extra": 2})
    found = {change.path: (change.old, change.new) for change in compared(a, b).changes}
    assert found["optimization.lr"] == (1e-4, 2e-4)
    assert found["extra"] == (None, 2)
    assert found["seed"] == (1, None)
    assert "optimization.betas" not in found
    assert "hidden" not in str(found)


def test_last_and_best_values_and_their_deltas() -> None:
    state = states.training()
    state.metrics = {"loss": Value(0.5, 9, 0.0), "accuracy": Value(0.8, 9, 0.0)}
    other = states.training()
    other.metrics = {"loss": Value(0.75, 9, 0.0), "accuracy": Value(0.9, 9, 0.0)}
    a = side(state, loss=[(1.0, 2.0), (2.0, 0.25), (3.0, 0.5)], accuracy=[(1.0, 0.8)])
    b = side(other, loss=[(1.0, 0.5), (2.0, 0.75)], accuracy=[(1.0, 0.9), (2.0, 0.7)])
    found = compared(a, b)
    loss, accuracy = metric(found, "loss"), metric(found, "accuracy")
    assert found.metrics[0] is loss
    assert (loss.delta, loss.best_a, loss.best_b, loss.best_delta) == (0.25, 0.25, 0.5, 0.25)
    assert loss.is_better_by(loss.best_delta) is False
    assert (accuracy.best_a, accuracy.best_b) == (0.8, 0.9)
    assert accuracy.is_better_by(accuracy.delta) is True


@pytest.mark.parametrize("delta", [None, 0.0, math.nan, math.inf])
def test_what_cannot_be_said_is_not_said(delta: float | None) -> None:
    assert Metric("loss", 1.0, 1.0).is_better_by(delta) is None


def test_a_rate_has_neither_a_best_value_nor_a_better_side() -> None:
    a = side(learning_rate=[(1.0, 1e-4)])
    found = metric(compared(a, a), "learning_rate")
    assert found.best_a is None
    assert found.is_better_by(1.0) is None


def test_a_metric_of_one_run_only_is_a_dash_on_the_other_side() -> None:
    empty = side(RunState())
    found = compared(side(loss=[(1.0, 0.5)]), empty)
    loss = metric(found, "loss")
    assert (loss.b, loss.delta, loss.best_b) == (None, None, None)
    assert next(one for one in found.facts if one.name == "step").b is None
    assert compared(empty, empty).metrics == ()


def test_not_a_number_is_no_best_value() -> None:
    a = side(loss=[(1.0, math.nan), (2.0, 0.5)])
    assert metric(compared(a, a), "loss").best_a == 0.5


def test_commit_environment_and_parent_are_told() -> None:
    a = side()
    b = replace(a, facts={"git": None, "versions": "nonsense", "parent": "nonsense"})
    facts = {one.name: (one.a, one.b) for one in compared(a, b).facts}
    assert facts["commit"] == ("0123456789ab, with changes", None)
    assert facts["python"] == ("3.11.7", None)
    assert facts["continues"] == ("20260101-000000-0000", None)
    assert facts["GPUs"] == ("2 × NVIDIA A100-SXM4-80GB",) * 2
