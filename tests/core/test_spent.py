"""Where the time goes: shares from the hook's facts, whatever they are."""

from __future__ import annotations

import math
from typing import Any

import pytest

from console.core.spent import Spent, in_words, spent, spent_object
from console.core.state import RunState


def told(**facts: Any) -> RunState:
    state = RunState()
    state.configuration.facts = facts
    return state


def test_shares_are_told_largest_first_with_the_advice() -> None:
    state = told(
        time_data=0.41, time_compute=0.5501, time_save=0.0399, time_validate=0.0,
        time_advice="41% of the time waits for data: load data in more processes",
    )  # fmt: skip
    found = spent(state)
    assert found is not None
    assert list(found.shares) == ["compute", "data", "save"]
    assert in_words(found) == "compute 55 %  data 41 %  save 4 %"
    assert spent_object(state) == {
        "compute": pytest.approx(55.01), "data": pytest.approx(41.0),
        "save": pytest.approx(3.99), "advice": found.advice,
    }  # fmt: skip
    assert found.advice.endswith("more processes")


@pytest.mark.parametrize("share", [None, "much", True, math.nan, math.inf, -0.1, 0, 1.5])
def test_what_is_no_share_is_not_told(share: Any) -> None:
    assert spent(told(time_data=share, time_advice="x")) is None
    assert spent_object(told(time_data=share)) is None


def test_advice_is_foreign_text() -> None:
    found = spent(told(time_data=1.0, time_advice="a\x1b[2Jb\nc"))
    assert found == Spent({"data": 100.0}, "a\ufffd[2Jb c")
