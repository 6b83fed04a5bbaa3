"""A small decoder in the style of Qwen's mixture-of-experts models.

Bytes are embedded; each layer adds grouped-query attention with rotary positions and a mixture of
SwiGLU experts, both on RMS-normalised input; the embedding is also the output layer. The parts and
their gradients are in `layers`. Weights in float32 train, in float64 they are checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from console.trainers.moe.layers import (
    Array,
    Backward,
    Routing,
    attention,
    mixture,
    rms_norm,
    softmax,
)

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

VOCABULARY = 256


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The sizes of the network. `router_spread` makes the experts' first loads unequal."""

    width: int
    layers: int
    query_heads: int
    key_heads: int
    experts: int
    active_experts: int
    expert_width: int
    balance: float
    """Weight of the load-balancing loss."""
    router_spread: float

    @property
    def head_width(self) -> int:
        return self.width // self.query_heads

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name and shape of every parameter, in their order in the flat vector."""
        d, keys = self.width, self.key_heads * self.head_width
        layer = {
            "attention_norm": (d,),
            "query": (d, d),
            "key": (d, keys),
            "value": (d, keys),
            "output": (d, d),
            "expert_norm": (d,),
            "router": (d, self.experts),
            "router_bias": (self.experts,),
            "gate": (self.experts, d, self.expert_width),
            "up": (self.experts, d, self.expert_width),
            "down": (self.experts, self.expert_width, d),
        }
        layers = {f"{i}.{name}": layer[name] for i in range(self.layers) for name in layer}
        return {"embedding": (VOCABULARY, d), **layers, "final_norm": (d,)}


class Tensors(dict[str, Array]):
    """Named arrays that are views of one vector, `flat`."""

    def __init__(self, dimensions: Dimensions, dtype: DTypeLike = np.float32) -> None:
        shapes = dimensions.shapes()
        self.flat: Array = np.zeros(sum(map(prod, shapes.values())), dtype)
        start = 0
        for name, shape in shapes.items():
            self[name] = self.flat[start : start + prod(shape)].reshape(shape)
            start += prod(shape)

    def layer(self, index: int) -> dict[str, Array]:
        """The arrays of one layer by their names in it."""
        prefix = f"{index}."
        return {n.removeprefix(prefix): a for n, a in self.items() if n.startswith(prefix)}


def initialise(dimensions: Dimensions, seed: int, dtype: DTypeLike = np.float32) -> Tensors:
    """Random weights: normal with 1/√fan-in, 0.02 for the embedding; gains are 1.

    The router's bias falls evenly from +router_spread for the first expert to −router_spread for
    the last, so that training starts with unequal loads and the balancing can be watched.
    """
    weights, random = Tensors(dimensions, dtype), np.random.default_rng(seed)
    for name, array in weights.items():
        if name.endswith("norm"):
            array[...] = 1
        elif name.endswith("router_bias"):
            spread = dimensions.router_spread
            array[...] = np.linspace(spread, -spread, dimensions.experts)
        else:
            deviation = 0.02 if name == "embedding" else array.shape[-2] ** -0.5
            array[...] = random.normal(0.0, deviation, array.shape)
    return weights


@dataclass(frozen=True, slots=True)
class Pass:
    """What a batch gave. The objective is the mean of `losses` plus the weighted `balance`."""

    losses: Array
    """Cross-entropy of each token in nats: (N,)."""
    correct: int
    """Tokens whose next byte was the likeliest one."""
    balance: float
    """Mean over the layers."""
    routing: tuple[Routing, ...]
    backward: Callable[[float], None]
    """Adds the objective's gradient, times the factor, to the gradients."""


def forward(
    weights: Tensors, gradients: Tensors, dims: Dimensions, x: NDArray[np.integer],
    y: NDArray[np.integer],
) -> Pass:  # fmt: skip
    """One batch: `x` are bytes (sequences, length), `y` the bytes that follow them."""
    length, tokens, targets = x.shape[1], x.ravel(), y.ravel()
    embedding, rows = weights["embedding"], np.arange(x.size)
    hidden = embedding[tokens]
    backs: list[Backward] = []
    share = dims.balance / dims.layers
    routing: list[Routing] = []
    for index in range(dims.layers):
        w, g = weights.layer(index), gradients.layer(index)
        normed, attention_norm = rms_norm(hidden, w["attention_norm"], g["attention_norm"])
        added, attended = attention(normed, w, g, length, dims.key_heads, dims.head_width)
        hidden = hidden + added
        normed, expert_norm = rms_norm(hidden, w["expert_norm"], g["expert_norm"])
        added, mixed, routed = mixture(normed, w, g, dims.active_experts, share)
        hidden = hidden + added
        backs += [_residual(attended, attention_norm), _residual(mixed, expert_norm)]
        routing.append(routed)
    final, final_norm = rms_norm(hidden, weights["final_norm"], gradients["final_norm"])
    logits = final @ embedding.T
    probabilities = softmax(logits)
    losses = -np.log(np.maximum(probabilities[rows, targets], 1e-30))

    def backward(factor: float) -> None:
        d_logits = probabilities.copy()
        d_logits[rows, targets] -= 1
        d_logits *= factor / x.size
        gradients["embedding"][...] += d_logits.T @ final
        d_hidden = final_norm(d_logits @ embedding)
        for back in reversed(backs):
            d_hidden = back(d_hidden)
        np.add.at(gradients["embedding"], tokens, d_hidden)

    balance = sum(layer.balance for layer in routing) / dims.layers
    correct = int((logits.argmax(-1) == targets).sum())
    return Pass(losses, correct, balance, tuple(routing), backward)


def _residual(inner: Backward, norm: Backward) -> Backward:
    """Backward pass of x + inner(norm(x))."""
    return lambda dy: dy + norm(inner(dy))
