"""AdamW, gradient clipping and the learning-rate schedule."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.trainers.moe.model import Tensors

SCHEDULES = ("cosine", "linear", "constant")
FLOOR = 0.05
"""Part of the learning rate that is left at the end of a falling schedule."""


def schedule_factor(schedule: str, step: int, warmup: int, total: int) -> float:
    """The part of the learning rate used in `step` (from 1): rises evenly over `warmup` steps, then
    falls along half a cosine or a line to FLOOR at `total`, or stays."""
    if step <= warmup:
        return step / warmup
    if schedule == "constant":
        return 1.0
    done = min(1.0, (step - warmup) / max(1, total - warmup))
    fallen = (1 - math.cos(math.pi * done)) / 2 if schedule == "cosine" else done
    return 1 - (1 - FLOOR) * fallen


def clip(gradients: Tensors, limit: float) -> float:
    """Scales the gradients down to the norm `limit`; returns the norm they had (L2)."""
    norm = math.sqrt(float(np.dot(gradients.flat, gradients.flat)))
    if norm > limit:
        gradients.flat *= limit / norm
    return norm


class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019); no decay of gains and bias."""

    def __init__(self, weights: Tensors, betas: Sequence[float], epsilon: float) -> None:
        self.steps = 0
        self.mean = np.zeros_like(weights.flat)
        self.square = np.zeros_like(weights.flat)
        self._weights = weights
        self._betas = betas
        self._epsilon = epsilon
        decayed = [np.full(array.size, array.ndim > 1) for array in weights.values()]
        self._decays = np.concatenate(decayed).astype(weights.flat.dtype)

    def step(self, gradients: Tensors, learning_rate: float, weight_decay: float) -> None:
        """Changes the weights by one step."""
        self.steps += 1
        g, w, (first, second) = gradients.flat, self._weights.flat, self._betas
        self.mean *= first
        self.mean += (1 - first) * g
        self.square *= second
        self.square += (1 - second) * (g * g)
        change = self.mean / (1 - first**self.steps)
        change /= np.sqrt(self.square / (1 - second**self.steps)) + self._epsilon
        change += weight_decay * self._decays * w
        change *= learning_rate
        w -= change
