"""A series source that seems to stand still: what is drawn from it is rebuilt at an even pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from console.core.sources import Axis, Columns, Point, SeriesSource


class Steady:
    """Another source, of which a newer version is told at most every `seconds`."""

    def __init__(self, source: SeriesSource, seconds: float, clock: Callable[[], float]) -> None:
        self._source, self._seconds, self._clock = source, seconds, clock
        self._version, self._told = 0, -seconds

    def version(self) -> int:
        now = self._clock()
        if now - self._told >= self._seconds:
            version = self._source.version()
            if version != self._version:
                self._version, self._told = version, now
        return self._version

    def names(self) -> Sequence[str]:
        return self._source.names()

    def extent(self, name: str, axis: Axis) -> tuple[float, float] | None:
        return self._source.extent(name, axis)

    def columns(self, name: str, axis: Axis, low: float, high: float, columns: int) -> Columns:
        return self._source.columns(name, axis, low, high, columns)

    def nearest(self, name: str, axis: Axis, x: float) -> tuple[float, float] | None:
        return self._source.nearest(name, axis, x)

    def point(self, name: str, axis: Axis, x: float) -> Point | None:
        return self._source.point(name, axis, x)
