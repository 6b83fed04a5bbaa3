"""How fast a counter grows."""

from __future__ import annotations


class Rate:
    """Per second, since the reading before; None for the first, and when the counter began anew."""

    def __init__(self) -> None:
        self._total: float | None = None
        self._at = 0.0

    def __call__(self, total: float | None, now: float) -> float | None:
        """`total` of the counter at `now`, in seconds of any clock that never jumps."""
        before, at = self._total, self._at
        self._total, self._at = total, now
        if total is None or before is None or total < before or now <= at:
            return None
        return (total - before) / (now - at)
