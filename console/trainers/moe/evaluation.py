"""How good the network is on text it was not trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from console.trainers.moe.data import windows
from console.trainers.moe.model import Dimensions, Tensors, forward

if TYPE_CHECKING:
    from numpy.typing import NDArray

BATCH = 32
"""Samples at once; has no influence on what comes out but rounding."""


def evaluate(
    weights: Tensors, dimensions: Dimensions, text: NDArray[np.uint8], length: int
) -> dict[str, float]:
    """`loss`: mean cross-entropy in nats a byte; `accuracy`: share of bytes that were the likeliest
    (0 to 1)."""
    x, y = windows(text, length)
    unused = Tensors(dimensions)
    loss, correct = 0.0, 0
    for start in range(0, len(x), BATCH):
        rows = slice(start, start + BATCH)
        result = forward(weights, unused, dimensions, x[rows], y[rows])
        loss += float(result.losses.sum(dtype=np.float64))
        correct += result.correct
    return {"loss": loss / x.size, "accuracy": correct / x.size}
