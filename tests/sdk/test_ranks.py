"""How often several ranks look for orders; how they agree is tested with torch (tests/hf)."""

from __future__ import annotations

import pytest

from console.sdk import Link
from console.sdk.ranks import COST_SHARE, LONGEST_SECONDS, Pace, initialised


def paced(cost: float, step: float, looks: int = 40) -> Pace:
    """The pace after looks that cost so much, between steps that last so long."""
    pace, now = Pace(), 0.0
    for _ in range(looks):
        every = pace.every
        pace.looked(now, now + cost, every, cost, calm=True)
        now += cost + every * step
    return pace


@pytest.mark.parametrize(("cost", "step"), [(0.001, 0.005), (0.0005, 0.02), (0.003, 0.05)])
def test_looking_costs_no_more_than_its_share(cost: float, step: float) -> None:
    every = paced(cost, step).every
    assert cost <= 1.05 * COST_SHARE * every * step
    assert (every - 1) * step * COST_SHARE < cost


def test_slow_steps_are_all_looked_at() -> None:
    assert paced(0.001, 1.0).every == 1


def test_an_order_waits_two_seconds_at_most_whatever_looking_costs() -> None:
    assert paced(0.5, 0.01).every * 0.01 <= LONGEST_SECONDS


def test_the_interval_grows_twofold_at_most() -> None:
    pace, now = Pace(), 0.0
    for _ in range(20):
        before = pace.every
        pace.looked(now, now + 0.1, before, 0.1, calm=True)
        now += 0.11
        assert pace.every <= 2 * before


def test_what_was_obeyed_is_not_taken_for_a_step() -> None:
    pace = Pace()
    pace.looked(0.0, 0.001, 1, 0.001, calm=False)
    pace.looked(600.0, 600.001, 1, 0.001, calm=True)  # a save of ten minutes was ordered
    pace.looked(600.01, 600.011, 1, 0.001, calm=True)
    assert pace.every == 2


def test_without_torch_nothing_is_distributed() -> None:
    assert initialised() is None
    link = Link(distributed=True)
    assert link.boundary(1) is False
    assert link.errors == 0
