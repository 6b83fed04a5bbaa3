"""What a step of the optimizer adds up to, over the batches it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from console.trainers.moe.model import Pass


class Tally:
    """Sums over the parts of a step. The loss of an expert is the mean over its tokens."""

    def __init__(self, experts: int) -> None:
        self._losses: list[float] = []
        self._balances: list[float] = []
        self._sums = np.zeros(experts)
        self._counts = np.zeros(experts)

    def add(self, result: Pass) -> None:
        self._losses.append(float(result.losses.mean(dtype=np.float64)))
        self._balances.append(result.balance)
        for layer in result.routing:
            chosen = layer.chosen.ravel()
            losses = np.repeat(result.losses, layer.chosen.shape[1])
            self._sums += np.bincount(chosen, losses, self._sums.size)
            self._counts += np.bincount(chosen, minlength=self._sums.size)

    @property
    def loss(self) -> float:
        return sum(self._losses) / len(self._losses)

    @property
    def balance(self) -> float:
        return sum(self._balances) / len(self._balances)

    @property
    def experts(self) -> list[float]:
        """NaN for an expert that got no token."""
        known = self._counts > 0
        means = np.full(self._sums.size, np.nan)
        means[known] = self._sums[known] / self._counts[known]
        return [float(mean) for mean in means]

    @property
    def shares(self) -> list[float]:
        return [float(share) for share in self._counts / self._counts.sum()]
