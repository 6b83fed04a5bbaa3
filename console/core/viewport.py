"""How a person looks at a chart: the part in sight, the scale, the steps of a cursor. Pure.

A `ChartView` is a value; every function gives the next one. `whole` is the first and the last x
there is on the view's axis; it grows while a run goes on. A part in sight stays where it is,
unless it ends at the newest value: then it goes along with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from console.core.sources import Axis

Span = tuple[float, float]

ZOOM = 0.5
"""How much of what was in sight is left after one step of zooming in."""
PAN = 0.25
"""How much of what is in sight one step of panning moves by."""

FINEST = 1e-6
"""The smallest part of the whole that can be looked at."""
FEWEST: dict[Axis, float] = {Axis.STEP: 4.0, Axis.EPOCH: 1e-4, Axis.TIME: 1.0}
"""The smallest width that can be looked at: steps, epochs, seconds."""

SMOOTHINGS = (0.0, 0.6, 0.9, 0.99)
"""Weights of the past in the moving average, in the order of the key."""

SNAP = 0.04
"""A part that ends so near to the newest value, as a share of it, ends there."""

AXES = (Axis.STEP, Axis.EPOCH, Axis.TIME)


@dataclass(frozen=True, slots=True)
class ChartView:
    """`span` is what is in sight on the axis, None for the usual part; with `follows` it moves
    with the newest value. `axis` is the one chosen, None for the usual one. The cursor is not in
    it: there is one for all charts."""

    span: Span | None = None
    follows: bool = False
    axis: Axis | None = None
    smoothing: float = 0.0
    is_log: bool = False
    is_robust: bool = False
    marks: bool = True

    @property
    def is_zoomed(self) -> bool:
        return self.span is not None


def seen(view: ChartView, whole: Span) -> Span:
    """What is in sight now."""
    if view.span is None:
        return whole
    left, right = view.span
    if view.follows:
        left, right = whole[1] - (right - left), whole[1]
    return (left, right) if right > left else whole


def zoomed(view: ChartView, whole: Span, usual: Span, axis: Axis, factor: float,
           around: float | None = None) -> ChartView:  # fmt: skip
    """Closer by a factor below 1, further away by one above; `around` stays where it is in sight,
    without it the newest value if that is in sight, else the middle. All of it is the usual part.
    """
    left, right = seen(view, usual if view.span is None else whole)
    if around is None or not left <= around <= right:
        around = right if _at_end(right, whole) else (left + right) / 2
    least = max(FEWEST[axis], FINEST * (whole[1] - whole[0]))
    width = max(least, (right - left) * factor)
    if factor > 1 and width >= whole[1] - whole[0]:
        return replace(view, span=None if usual == whole else whole, follows=usual != whole)
    if factor < 1 and width >= right - left:
        return view
    share = (around - left) / (right - left) if right > left else 1.0
    left = around - share * width
    return placed(view, whole, (left, left + width))


def panned(view: ChartView, whole: Span, usual: Span, share: float) -> ChartView:
    """Moved by a share of what is in sight, to the left when it is below zero. What shows
    everything cannot move."""
    left, right = seen(view, usual if view.span is None else whole)
    if (left, right) == whole:
        return view
    by = share * (right - left)
    return placed(view, whole, (left + by, right + by))


def placed(view: ChartView, whole: Span, span: Span) -> ChartView:
    """With this part in sight, moved inside the whole; at its end it follows."""
    left, right = span
    width = min(right - left, whole[1] - whole[0])
    left = min(max(left, whole[0]), whole[1] - width)
    if left + width > whole[1] - SNAP * width:
        left = whole[1] - width
    return replace(view, span=(left, left + width), follows=_at_end(left + width, whole))


def reset(view: ChartView) -> ChartView:
    """The usual part."""
    return replace(view, span=None, follows=False)


def _at_end(x: float, whole: Span) -> bool:
    return x >= whole[1] - 1e-9 * max(1.0, abs(whole[1]))


def next_smoothing(view: ChartView) -> ChartView:
    """The next strength of the moving average; after the last none."""
    at = SMOOTHINGS.index(view.smoothing) if view.smoothing in SMOOTHINGS else 0
    return replace(view, smoothing=SMOOTHINGS[(at + 1) % len(SMOOTHINGS)])


def next_axis(view: ChartView, now: Axis, known: Sequence[Axis],
              moved: Callable[[float, Axis], float | None]) -> ChartView:  # fmt: skip
    """The axis after `now`, of those known. `moved` gives the place of an x of now on another; a
    part in sight that has none there is given up."""
    if not known:
        return view
    order = [axis for axis in AXES if axis in known]
    axis = order[(order.index(now) + 1) % len(order)] if now in order else order[0]
    if view.span is None:
        return replace(view, axis=axis)
    left, right = (moved(x, axis) for x in view.span)
    if left is None or right is None or not right > left:
        return replace(view, axis=axis, span=None, follows=False)
    return replace(view, axis=axis, span=(left, right))


def stepped(xs: Sequence[float], at: float | None, by: int) -> float | None:
    """The x of the neighbour `by` places away among drawn xs; without a cursor the newest one.

    None where there are none.
    """
    if not xs:
        return None
    if at is None:
        return xs[-1]
    before = [x for x in xs if x < at - 1e-12 * abs(at)]
    after = [x for x in xs if x > at + 1e-12 * abs(at)]
    if by < 0:
        return before[max(-len(before), by)] if before else xs[0]
    return after[min(len(after), by) - 1] if after else xs[-1]
