"""The parts of the network, each with its backward pass by hand.

Every part returns its output and the function for its backward pass, which takes the gradient of
the output, adds to the gradients `g` of the weights `w`, and returns the gradient of the input.

N is the number of tokens in a batch (sequences × length), D the width, E the experts, K those
active per token. Arithmetic is in the type of the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[np.floating]
Weights = Mapping[str, Array]
Backward = Callable[[Array], Array]

EPSILON = 1e-6
ROTARY_BASE = 10_000.0


def softmax(logits: Array) -> Array:
    """Over the last axis."""
    powers: Array = np.exp(logits - logits.max(-1, keepdims=True))
    powers /= powers.sum(-1, keepdims=True)
    return powers


def softmax_backward(probabilities: Array, gradient: Array) -> Array:
    through: Array = gradient - (gradient * probabilities).sum(-1, keepdims=True)
    through *= probabilities
    return through


def rms_norm(x: Array, gain: Array, gain_gradient: Array) -> tuple[Array, Backward]:
    """x divided by its root mean square, times the gain (Zhang and Sennrich 2019)."""
    scale = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON)
    unit = x * scale

    def backward(dy: Array) -> Array:
        gain_gradient[...] += (dy * unit).sum(0)
        d_unit: Array = dy * gain
        d_unit -= unit * (d_unit * unit).mean(-1, keepdims=True)
        d_unit *= scale
        return d_unit

    return unit * gain, backward


def rotary_angles(length: int, head_width: int, dtype: DTypeLike) -> tuple[Array, Array]:
    """Cosine and sine of the angle of each position and pair: (length, head_width / 2)."""
    speeds = ROTARY_BASE ** -(np.arange(0, head_width, 2) / head_width)
    angles = np.arange(length)[:, None] * speeds
    return np.cos(angles).astype(dtype), np.sin(angles).astype(dtype)


def rotate(x: Array, cosine: Array, sine: Array) -> Array:
    """Turns the pairs (i, i + half) of the last axis; with −sine it turns them back."""
    left, right = np.split(x, 2, axis=-1)
    return np.concatenate([left * cosine - right * sine, right * cosine + left * sine], axis=-1)


def attention(
    x: Array, w: Weights, g: Weights, length: int, key_heads: int, width: int
) -> tuple[Array, Backward]:
    """Causal attention of (N, D); each key and value head serves a group of query heads.

    The group is folded into the time axis, (batch, key heads, group × length, head width): the
    products with keys and values then need no copies of them.
    """
    n, groups = x.shape[0], x.shape[1] // width // key_heads
    cosine, sine = rotary_angles(length, width, x.dtype)
    future = np.triu(np.ones((length, length), bool), 1)
    mask = np.tile(np.where(future, -1e9, 0).astype(x.dtype), (groups, 1))

    def split(y: Array) -> Array:
        return y.reshape(-1, length, y.shape[-1] // width, width).swapaxes(1, 2)

    def merge(y: Array) -> Array:
        return y.swapaxes(1, 2).reshape(n, -1)

    def fold(y: Array) -> Array:
        return y.reshape(y.shape[0], key_heads, -1, width)

    def unfold(y: Array) -> Array:
        return y.reshape(y.shape[0], groups * key_heads, length, width)

    query = fold(rotate(split(x @ w["query"]), cosine, sine))
    key = rotate(split(x @ w["key"]), cosine, sine)
    value = split(x @ w["value"])
    scale = width**-0.5
    weights = softmax(query @ key.swapaxes(-1, -2) * scale + mask)
    mixed = merge(unfold(weights @ value))

    def backward(dy: Array) -> Array:
        g["output"][...] += mixed.T @ dy
        d_mixed = fold(split(dy @ w["output"].T))
        d_value = weights.swapaxes(-1, -2) @ d_mixed
        d_scores = softmax_backward(weights, d_mixed @ value.swapaxes(-1, -2)) * scale
        d_query = rotate(unfold(d_scores @ key), cosine, -sine)
        d_key = rotate(d_scores.swapaxes(-1, -2) @ query, cosine, -sine)
        dx = np.zeros_like(x)
        for name, gradient in (("query", d_query), ("key", d_key), ("value", d_value)):
            flat = merge(gradient)
            g[name][...] += x.T @ flat
            dx += flat @ w[name].T
        return dx

    return mixed @ w["output"], backward


def expert(x: Array, w: Weights, g: Weights, index: int) -> tuple[Array, Backward]:
    """SwiGLU (Shazeer 2020): (silu(x·gate) ∘ x·up)·down, for the tokens of one expert."""
    gate, up, down = w["gate"][index], w["up"][index], w["down"][index]
    opened = x @ gate
    sigmoid = (1 + np.tanh(opened / 2)) / 2
    silu, raised = opened * sigmoid, x @ up
    hidden = silu * raised

    def backward(dy: Array) -> Array:
        g["down"][index] += hidden.T @ dy
        d_hidden = dy @ down.T
        d_gate = d_hidden * raised * (sigmoid + silu * (1 - sigmoid))
        d_up = d_hidden * silu
        g["gate"][index] += x.T @ d_gate
        g["up"][index] += x.T @ d_up
        dx: Array = d_gate @ gate.T
        dx += d_up @ up.T
        return dx

    return hidden @ down, backward


@dataclass(frozen=True, slots=True)
class Routing:
    """Where a layer sent its tokens. `chosen` is (N, K); gates are normalised over K."""

    chosen: NDArray[np.intp]
    gates: Array
    share: Array
    """Part of all token-slots each expert got: (E,), adds up to 1."""
    balance: float
    """E · Σ share · mean probability: 1 when even (Fedus et al. 2021)."""


def mixture(
    x: Array, w: Weights, g: Weights, active: int, balance_weight: float
) -> tuple[Array, Backward, Routing]:
    """Each token of (N, D) goes through its K likeliest experts, weighted by their gates."""
    n, k, experts = x.shape[0], active, w["router"].shape[1]
    probabilities = softmax(x @ w["router"] + w["router_bias"])
    chosen = np.argpartition(-probabilities, k - 1, axis=-1)[:, :k]
    picked = np.take_along_axis(probabilities, chosen, 1)
    total = picked.sum(1, keepdims=True)
    gates = picked / total
    order = np.argsort(chosen, axis=None, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(n * k)
    counts = np.bincount(chosen.ravel(), minlength=experts)
    ends = np.cumsum(counts)
    slices = [slice(end - count, end) for end, count in zip(ends, counts, strict=True)]
    token = order // k
    gate = gates.ravel()[order][:, None]
    parts = [expert(x[token[rows]], w, g, index) for index, rows in enumerate(slices)]
    out = np.concatenate([part for part, _ in parts])
    share = (counts / (n * k)).astype(x.dtype)
    balance = experts * float((share * probabilities.mean(0)).sum())

    def gather(rows: Array) -> Array:
        return rows[place].reshape(n, k, -1)

    def backward(dy: Array) -> Array:
        d_rows = dy[token]
        d_out = d_rows * gate
        dx: Array = gather(
            np.concatenate([back(d_out[s]) for (_, back), s in zip(parts, slices, strict=True)])
        ).sum(1)
        d_gates = gather((d_rows * out).sum(1))[:, :, 0]
        d_picked = (d_gates - (d_gates * gates).sum(1, keepdims=True)) / total
        d_probabilities = np.tile(share * (balance_weight * experts / n), (n, 1))
        np.put_along_axis(
            d_probabilities, chosen, np.take_along_axis(d_probabilities, chosen, 1) + d_picked, 1
        )
        d_logits = softmax_backward(probabilities, d_probabilities)
        g["router"][...] += x.T @ d_logits
        g["router_bias"][...] += d_logits.sum(0)
        dx += d_logits @ w["router"].T
        return dx

    return gather(out * gate).sum(1), backward, Routing(chosen, gates, share, balance)
