"""AdamW, clipping and schedule."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from console.trainers.moe.model import Dimensions, Tensors, initialise
from console.trainers.moe.optimizer import FLOOR, AdamW, clip, schedule_factor

DIMS = Dimensions(8, 1, 2, 1, 2, 1, 4, 0.0, 1.0)


@pytest.mark.parametrize("schedule", ["cosine", "linear", "constant"])
def test_the_rate_rises_evenly_and_never_above_one(schedule: str) -> None:
    factors = [schedule_factor(schedule, step, 10, 100) for step in range(1, 101)]
    assert factors[:10] == pytest.approx([step / 10 for step in range(1, 11)])
    assert all(later <= earlier for earlier, later in pairwise(factors[9:]))
    assert factors[-1] == pytest.approx(1.0 if schedule == "constant" else FLOOR)


def test_the_cosine_is_half_way_down_in_the_middle() -> None:
    assert schedule_factor("cosine", 60, 20, 100) == pytest.approx((1 + FLOOR) / 2)


def test_clipping_keeps_the_direction_and_tells_the_norm() -> None:
    gradients = Tensors(DIMS)
    gradients.flat[:2] = (3, 4)
    assert clip(gradients, 1.0) == pytest.approx(5)
    assert gradients.flat[:2] == pytest.approx([0.6, 0.8])
    assert clip(gradients, 2.0) == pytest.approx(1)
    assert gradients.flat[:2] == pytest.approx([0.6, 0.8])


def test_a_step_is_the_textbook_step() -> None:
    weights, gradients = initialise(DIMS, 0, np.float64), Tensors(DIMS, np.float64)
    optimizer = AdamW(weights, (0.9, 0.99), 1e-8)
    mean = square = 0.0
    expected = float(weights["embedding"][3, 1])
    for step, gradient in enumerate((0.5, -2.0, 0.1), start=1):
        gradients["embedding"][3, 1] = gradient
        optimizer.step(gradients, 0.01, 0.1)
        mean, square = 0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2
        change = (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        expected -= 0.01 * (change + 0.1 * expected)
    assert weights["embedding"][3, 1] == pytest.approx(expected, rel=1e-12)


def test_gains_and_bias_do_not_decay() -> None:
    weights, gradients = initialise(DIMS, 0), Tensors(DIMS)
    before = {name: array.copy() for name, array in weights.items()}
    AdamW(weights, (0.9, 0.99), 1e-8).step(gradients, 0.1, 0.5)
    still = {name for name in weights if np.array_equal(weights[name], before[name])}
    assert still == {"0.attention_norm", "0.expert_norm", "0.router_bias", "final_norm"}
