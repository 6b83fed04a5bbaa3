"""Which samples a step takes: every epoch in an order of its own, made from the seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from console.trainers.moe import data

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from console.trainers.moe.settings import Settings
    from console.trainers.moe.telling import Position


class Sampler:
    """Windows over the training text; `batches` is the number of steps in an epoch."""

    def __init__(self, text: NDArray[np.uint8], settings: Settings) -> None:
        self._x, self._y = data.windows(text, settings.max_length)
        self._count = settings.samples_per_step
        self._seed = settings.seed
        self._order = (-1, np.zeros(0, np.intp))
        self.batches = len(self._x) // self._count

    def draw(self, position: Position) -> NDArray[np.intp]:
        """The numbers of the next samples, one for each of a step; moves `position` on. What does
        not fill a step at the end of an epoch is left out."""
        if position.consumed + self._count > len(self._x):
            position.epoch, position.consumed = position.epoch + 1, 0
        if self._order[0] != position.epoch:
            order = data.epoch_order(len(self._x), self._seed, position.epoch)
            self._order = (position.epoch, order)
        rows = self._order[1][position.consumed : position.consumed + self._count]
        position.consumed += self._count
        position.samples += self._count
        return rows

    def batch(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Inputs and targets of these samples, each (samples, length)."""
        return self._x[rows], self._y[rows]
