"""One expert: since when it is dead, its rank, its load, its lines."""

from __future__ import annotations

import re

import pytest

from console.core.expert import lines_of, load_of
from console.core.protocol import Measured
from console.core.reduce import reduce
from console.core.state import RunState
from console.core.summary import rank
from tests.sessions import ListSeries


def test_dead_since_the_first_step_without_interruption() -> None:
    state = RunState()
    for step, share in ((1, 0.0), (2, 0.2), (3, 0.0), (4, 0.001), (5, 0.002)):
        rest = (1 - share) / 2
        event = Measured(t=step, m=step, step=step, values={}, expert_share=(share, rest, rest))
        reduce(state, event)
    assert state.experts.dead_since == {"0": 3}
    assert state.experts.low_since == {"0": 3}


def test_rank_counts_those_that_get_more() -> None:
    share = (0.1, 0.4, 0.4, 0.1)
    assert [rank(share, number) for number in range(4)] == [3, 1, 1, 3]


def test_load_is_share_times_the_throughput_before_it() -> None:
    series = {"expert_share/3": [(1.0, 0.5), (2.0, 0.5), (3.0, 0.25)],
              "throughput": [(2.0, 100.0), (2.5, 200.0)]}  # fmt: skip
    found = load_of(ListSeries(series), 3, 100)
    assert (list(found.x), list(found.last)) == ([2.0, 3.0], [50.0, 50.0])
    assert len(load_of(ListSeries({"expert_share/3": series["expert_share/3"]}), 3, 100)) == 0
    assert len(load_of(ListSeries({}), 3, 100)) == 0


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Expert-4 load imbalance", True),
        ("E4:8%", True),
        ("expert 4 is low", True),
        ("Expert-42", False),
        ("lr 1e4", False),
        ("E40:1%", False),
    ],
)
def test_its_lines(line: str, found: bool) -> None:
    pattern = lines_of(4)
    assert pattern.ignore_case
    assert bool(re.search(pattern.text, line, re.IGNORECASE)) is found
