"""The network: its gradients against finite differences, and what its parts promise."""

from __future__ import annotations

import numpy as np
import pytest

from console.trainers.moe.layers import attention, mixture, rms_norm, rotary_angles, rotate, softmax
from console.trainers.moe.model import Dimensions, Tensors, forward, initialise

DIMENSIONS = {
    "width": 16, "layers": 2, "query_heads": 4, "key_heads": 2, "experts": 4, "active_experts": 2,
    "expert_width": 6, "router_spread": 0.5,
}  # fmt: skip
LENGTH = 7


def dimensions(balance: float = 0.0) -> Dimensions:
    return Dimensions(**DIMENSIONS, balance=balance)


@pytest.mark.parametrize("balance", [0.0, 1.0])
@pytest.mark.parametrize("name", dimensions().shapes())
def test_gradients_equal_finite_differences(name: str, balance: float) -> None:
    dims, random = dimensions(balance), np.random.default_rng(5)
    weights, gradients = initialise(dims, 1, np.float64), Tensors(dims, np.float64)
    weights["embedding"][...] *= 20  # so that no gradient is tiny
    x, y = random.integers(0, 256, (2, 3, LENGTH))

    def objective() -> float:
        result = forward(weights, gradients, dims, x, y)
        return float(result.losses.mean()) + balance * result.balance

    forward(weights, gradients, dims, x, y).backward(1.0)
    values, analytic = weights[name].reshape(-1), gradients[name].reshape(-1).copy()
    largest = np.argsort(-np.abs(analytic))[:4]
    for index in {*largest, *random.integers(0, values.size, 3)}:
        before, step = values[index], 1e-5
        values[index] = before + step
        above = objective()
        values[index] = before - step
        below = objective()
        values[index] = before
        numeric = (above - below) / (2 * step)
        scale = max(abs(numeric), abs(analytic[index]), 1e-6)
        assert abs(numeric - analytic[index]) / scale < 1e-4, (name, index)


def test_the_balancing_loss_moves_the_router_towards_equal_loads() -> None:
    dims = dimensions(balance=1.0)
    weights, gradients = initialise(dims, 1, np.float64), Tensors(dims, np.float64)
    x = np.random.default_rng(1).normal(size=(60, 16))
    w, g = weights.layer(0), gradients.layer(0)
    _, backward, before = mixture(x, w, g, 2, 1.0)
    backward(np.zeros_like(x))
    assert g["router_bias"][0] > 0 > g["router_bias"][-1]  # the first is used most
    w["router_bias"][...] -= 2.0 * g["router_bias"]
    _, _, after = mixture(x, w, g, 2, 1.0)
    assert np.ptp(after.share) < np.ptp(before.share)
    assert 1 <= after.balance < before.balance


def test_tokens_go_to_their_likeliest_experts_with_normalised_gates() -> None:
    weights, gradients = (make(dimensions()) for make in (lambda d: initialise(d, 3), Tensors))
    w = weights.layer(0)
    x = np.random.default_rng(2).normal(size=(50, 16)).astype(np.float32)
    _, _, routing = mixture(x, w, gradients.layer(0), 2, 0.0)
    probabilities = softmax(x @ w["router"] + w["router_bias"])
    likeliest = np.sort(np.argsort(-probabilities, axis=1)[:, :2], axis=1)
    assert np.array_equal(np.sort(routing.chosen, axis=1), likeliest)
    assert routing.gates.sum(1) == pytest.approx(np.ones(50), abs=1e-6)
    assert routing.share.sum() == pytest.approx(1)


def test_a_mixture_is_the_weighted_sum_of_its_experts() -> None:
    weights = initialise(dimensions(), 3, np.float64)
    w = weights.layer(0)
    x = np.random.default_rng(2).normal(size=(9, 16))
    out, _, routing = mixture(x, w, w, 2, 0.0)
    for token in range(9):
        expected = np.zeros(16)
        for index, gate in zip(routing.chosen[token], routing.gates[token], strict=True):
            opened = x[token] @ w["gate"][index]
            hidden = opened / (1 + np.exp(-opened)) * (x[token] @ w["up"][index])
            expected += gate * (hidden @ w["down"][index])
        assert out[token] == pytest.approx(expected)


def test_an_expert_without_tokens_is_no_obstacle() -> None:
    dims = dimensions(0.1)
    weights, gradients = initialise(dims, 1), Tensors(dims)
    for layer in range(dims.layers):
        weights[f"{layer}.router_bias"][...] = [50, 50, -50, -50]
    x = np.zeros((2, LENGTH), int)
    result = forward(weights, gradients, dims, x, x)
    result.backward(1.0)
    assert result.routing[0].share.tolist() == [0.5, 0.5, 0, 0]
    assert np.isfinite(gradients.flat).all()
    assert not gradients["0.gate"][2:].any()


def test_key_heads_are_shared_by_groups_of_query_heads() -> None:
    weights = initialise(dimensions(), 4, np.float64)
    w, random = weights.layer(1), np.random.default_rng(0)
    x = random.normal(size=(2 * LENGTH, 16))
    out, _ = attention(x, w, w, LENGTH, 2, 4)
    cosine, sine = rotary_angles(LENGTH, 4, np.float64)
    assert w["key"].shape == w["value"].shape == (16, 8)
    for row in range(2):
        tokens = x[row * LENGTH : (row + 1) * LENGTH]
        heads = []
        for head in range(4):
            own, shared = slice(4 * head, 4 * head + 4), slice(4 * (head // 2), 4 * (head // 2) + 4)
            query = rotate(tokens @ w["query"][:, own], cosine, sine)
            key = rotate(tokens @ w["key"][:, shared], cosine, sine)
            scores = query @ key.T / 2
            scores[np.triu_indices(LENGTH, 1)] = -np.inf
            heads.append(softmax(scores) @ (tokens @ w["value"][:, shared]))
        expected = np.concatenate(heads, axis=1) @ w["output"]
        assert out[row * LENGTH : (row + 1) * LENGTH] == pytest.approx(expected)


def test_a_token_does_not_see_what_follows() -> None:
    dims = dimensions()
    weights, gradients = initialise(dims, 1), Tensors(dims)
    x = np.arange(LENGTH)[None]
    changed = x.copy()
    changed[0, -1] = 99
    first, second = (forward(weights, gradients, dims, one, x).losses for one in (x, changed))
    assert np.array_equal(first[:-1], second[:-1])
    assert first[-1] != second[-1]


def test_rotary_positions_count_distances_only() -> None:
    cosine, sine = rotary_angles(20, 8, np.float64)
    query, key = np.random.default_rng(0).normal(size=(2, 8))
    rotated_query, rotated_key = (rotate(np.tile(v, (20, 1)), cosine, sine) for v in (query, key))
    products = rotated_query @ rotated_key.T
    assert products[3, 1] == pytest.approx(products[17, 15])
    assert products[3, 1] != pytest.approx(products[3, 2])
    assert rotate(rotated_query, cosine, -sine) == pytest.approx(np.tile(query, (20, 1)))


def test_rms_norm_has_a_mean_square_of_one() -> None:
    x = np.random.default_rng(0).normal(3, 5, (6, 16))
    normed, _ = rms_norm(x, np.ones(16), np.zeros(16))
    assert (normed**2).mean(1) == pytest.approx(np.ones(6), abs=1e-6)


def test_training_arithmetic_is_float32() -> None:
    dims = dimensions(0.1)
    weights, gradients = initialise(dims, 1), Tensors(dims)
    x = np.zeros((1, LENGTH), int)
    result = forward(weights, gradients, dims, x, x)
    assert result.losses.dtype == np.float32
    assert gradients.flat.dtype == np.float32
    assert np.log(256) == pytest.approx(float(result.losses.mean()), abs=0.2)
