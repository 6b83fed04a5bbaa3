"""A series of a metric, read as a chart of any width over any part of it.

Values lie in chunks with levels above them (`levels.py`), so that a chart reads a few thousand
entries at most. On the step axis a step back replaces everything recorded at or after that step;
the time axis shows all of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from math import inf, isfinite

from console.core.levels import BLOCK, CHUNK, FACTOR, Entries, Stretch, spread
from console.core.sources import EMPTY, Axis, Columns

ENTRIES_PER_COLUMN = 48
"""A chart takes the finest level with at most so many entries a column, so never fewer than 3."""


class Series:
    """One series to read: whole chunks through `block(level, number)`, and the tail after them."""

    def __init__(
        self,
        block: Callable[[int, int], Entries],
        chunks: int,
        tail: Entries,
        stretches: Sequence[Stretch],
    ) -> None:
        self._block = block
        self._chunks = chunks
        self._tail = tail
        self._stretches = stretches
        self.count = chunks * CHUNK + len(tail)

    def extent(self, axis: Axis) -> tuple[float, float] | None:
        """The first and the last x; None when there is no value."""
        parts = self._parts(axis, -inf, inf)
        if not parts:
            return None
        return self._x(axis, parts[0][0]), self._x(axis, parts[-1][1] - 1)

    def columns(self, axis: Axis, low: float, high: float, columns: int) -> Columns:
        """The part with low ≤ x ≤ high; see `sources.SeriesSource.columns`."""
        parts = self._parts(axis, low, high)
        if not parts or columns < 1:
            return EMPTY
        low = self._x(axis, parts[0][0]) if low == -inf else low
        high = self._x(axis, parts[-1][1] - 1) if high == inf else high
        total, level = sum(end - first for first, end in parts), 0
        while total > ENTRIES_PER_COLUMN * columns * FACTOR**level:
            level += 1
        found = Entries()
        for first, end in parts:
            for entries, start, stop in self._cover(level, first, end):
                found.extend(entries, start, stop)
        return _columns(found, axis, low, high, columns)

    def nearest(self, axis: Axis, x: float) -> tuple[float, float] | None:
        """The recorded (x, value) nearest to `x`, the newest of several at the same x."""
        found = self._nearest(axis, x)
        if found is None:
            return None
        entries, index = self._at(found)
        return self._x(axis, found), entries.last[index]

    def point(self, axis: Axis, x: float) -> tuple[int, float, float] | None:
        """The same value as (step, time, value)."""
        found = self._nearest(axis, x)
        if found is None:
            return None
        entries, index = self._at(found)
        return entries.steps[index], entries.times[index], entries.last[index]

    def _nearest(self, axis: Axis, x: float) -> int | None:
        best: tuple[float, int] | None = None
        for first, end in self._parts(axis, -inf, inf):
            after = bisect_right(range(end), x, first, key=lambda i: self._x(axis, i))
            near = [after - 1] if after > first else []
            if after < end:
                there = self._x(axis, after)
                near.append(
                    bisect_right(range(end), there, after, key=lambda i: self._x(axis, i)) - 1
                )
            for index in near:
                distance = abs(self._x(axis, index) - x)
                if best is None or distance <= best[0]:
                    best = distance, index
        return None if best is None else best[1]

    def points(self, *, newest: bool = True) -> Iterator[tuple[int, float, float]]:
        """(step, time, value) of every value recorded, or of the newest one for each step."""
        parts = self._parts(Axis.STEP, -inf, inf) if newest else [(0, self.count)]
        held: tuple[int, float, float] | None = None
        for first, end in parts:
            for entries, start, stop in self._cover(0, first, end):
                for index in range(start, stop):
                    point = entries.steps[index], entries.times[index], entries.last[index]
                    if held is not None and not (newest and point[0] == held[0]):
                        yield held
                    held = point
        if held is not None:
            yield held

    def _parts(self, axis: Axis, low: float, high: float) -> list[tuple[int, int]]:
        """Index ranges (first, end) of the visible values with low ≤ x ≤ high, none empty."""
        if axis is Axis.TIME:
            pieces = [(0, self.count, inf)] if self.count else []
        else:
            limits = [*(following.step for following in self._stretches[1:]), inf]
            pieces = [
                (piece.start, piece.end, limit)
                for piece, limit in zip(self._stretches, limits, strict=False)
                if piece.step <= high and limit > low
            ]
        found = []
        for first, end, limit in pieces:
            indices = range(end)
            if self._x(axis, first) < low:
                first = bisect_left(indices, low, first, key=lambda i: self._x(axis, i))
            if self._x(axis, end - 1) >= limit:
                end = bisect_left(indices, limit, first, end, key=lambda i: self._x(axis, i))
            if end > first and self._x(axis, end - 1) > high:
                end = bisect_right(indices, high, first, end, key=lambda i: self._x(axis, i))
            if end > first:
                found.append((first, end))
        return found

    def _at(self, index: int) -> tuple[Entries, int]:
        chunk, inside = divmod(index, CHUNK)
        if chunk < self._chunks:
            return self._block(0, chunk), inside
        return self._tail, index - self._chunks * CHUNK

    def _x(self, axis: Axis, index: int) -> float:
        entries, inside = self._at(index)
        return entries.times[inside] if axis is Axis.TIME else entries.steps[inside]

    def _cover(self, level: int, first: int, end: int) -> Iterator[tuple[Entries, int, int]]:
        """Parts (entries, start, stop) that hold the values first … end-1 exactly and in order, of
        `level` where its blocks are complete and fit, finer where not."""
        if level == 0:
            yield from self._values(first, end)
            return
        size = FACTOR**level
        ready = self._chunks // FACTOR ** (level - 1) * BLOCK
        begin, stop = -(-first // size), min(end // size, ready)
        if begin >= stop:
            yield from self._cover(level - 1, first, end)
            return
        yield from self._cover(level - 1, first, begin * size)
        for block in range(begin // BLOCK, -(-stop // BLOCK)):
            base = block * BLOCK
            yield self._block(level, block), max(begin - base, 0), min(stop - base, BLOCK)
        yield from self._cover(level - 1, stop * size, end)

    def _values(self, first: int, end: int) -> Iterator[tuple[Entries, int, int]]:
        while first < end:
            entries, inside = self._at(first)
            length = min(end - first, len(entries) - inside)
            yield entries, inside, inside + length
            first += length


def _columns(entries: Entries, axis: Axis, low: float, high: float, count: int) -> Columns:
    """Entries in ascending x to at most `count` columns of equal width."""
    xs: Sequence[float] = entries.times if axis is Axis.TIME else entries.steps
    width, column, index = (high - low) / count, -1, 0
    clean = not any(entries.odd)
    x: list[float] = []
    lows, highs, lasts, gaps = list[float](), list[float](), list[float](), list[float]()
    while index < len(xs):
        there = int((xs[index] - low) / width) if width > 0 else count
        column = max(column + 1, there)
        end = len(xs)
        if column < count - 1:
            end = max(bisect_left(xs, low + (column + 1) * width, index),
                      bisect_right(xs, xs[index], index))  # fmt: skip
        if clean:
            found = min(entries.low[index:end]), max(entries.high[index:end]), entries.last[end - 1]
        else:
            found = spread(entries, index, end)
            gaps += [xs[i] for i in range(index, end) if entries.odd[i]][:1]
        if isfinite(found[0]):
            x.append(xs[index])
            lows.append(found[0])
            highs.append(found[1])
            lasts.append(found[2])
        index = end
    return Columns(x, lows, highs, lasts, gaps)


class Scale:
    """Steps to epochs and back: a line through known marks, straight on beyond the ends."""

    def __init__(self, marks: Sequence[tuple[float, float]]) -> None:
        """`marks`: (step, epoch); those that do not grow in both are left out."""
        self._steps: list[float] = []
        self._epochs: list[float] = []
        for step, epoch in marks:
            if not self._steps or (step > self._steps[-1] and epoch > self._epochs[-1]):
                self._steps.append(step)
                self._epochs.append(epoch)
        self.is_known = len(self._steps) >= 2
        if not self.is_known:  # steps stand for epochs as long as epochs are not known
            self._steps, self._epochs = [0.0, 1.0], [0.0, 1.0]

    def epoch(self, step: float) -> float:
        """The epoch at a step."""
        return _between(self._steps, self._epochs, step)

    def step(self, epoch: float) -> float:
        """The step at an epoch."""
        return _between(self._epochs, self._steps, epoch)


def _between(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    at = min(max(bisect_right(xs, x), 1), len(xs) - 1)
    slope = (ys[at] - ys[at - 1]) / (xs[at] - xs[at - 1])
    return ys[at - 1] + (x - xs[at - 1]) * slope
