"""What charts without an axis of time show while another one has a cursor: what was recorded there.

A part of the state as it was at a point; what is not recorded of that moment is not known then,
and never what it is now.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from console.core import format as fmt
from console.core.sources import Axis
from console.core.state import Experts, System
from console.widgets.moment import offset_at

if TYPE_CHECKING:
    from console.core.sources import Point, SeriesSource
    from console.core.telemetry import Gpu

SAME_SECONDS = 60.0
"""A reading of the machine is of a moment when it is no further away; they come every 2 s."""

BEYOND = 0.02
"""A point may be so much of the whole before the first or after the last value."""

NOT_KEPT: dict[str, Any] = {
    "memory_trainer": None, "clock": None, "memory_clock": None, "throttled": None, "fan": None,
    "ecc_errors": None, "processes": None, "lost": False,
}  # fmt: skip
"""What no series keeps of a GPU."""


def place(point: Point) -> str:
    """`at step 508`; where the step is not known, the time."""
    if point.step is not None:
        return f"at step {fmt.number(point.step)}"
    return f"at {fmt.clock(point.t, point.t, offset_at(point.t), with_seconds=True)}"


def experts_at(source: SeriesSource, point: Point, count: int) -> Experts | None:
    """Share and loss of all `count` experts; None where the share of one is not recorded."""
    axis = Axis.TIME if point.step is None else Axis.STEP
    names = set(source.names())

    def values(kind: str) -> tuple[float, ...]:
        series = [f"{kind}/{number}" for number in range(count)]
        if not count or not names.issuperset(series) or not _covers(source, series[0], axis, point):
            return ()
        at = point.x(axis)
        found = [None if at is None else source.nearest(name, axis, at) for name in series]
        known = tuple(one[1] for one in found if one is not None)
        return known if len(known) == count else ()

    shares = values("expert_share")
    step = None if point.step is None else round(point.step)
    return Experts(loss=values("expert_loss"), share=shares, step=step) if shares else None


def _covers(source: SeriesSource, name: str, axis: Axis, point: Point) -> bool:
    """Whether a point is where a series has values."""
    at, extent = point.x(axis), source.extent(name, axis)
    if at is None or extent is None:
        return False
    spare = BEYOND * (extent[1] - extent[0])
    return extent[0] - spare <= at <= extent[1] + spare


def system_at(source: SeriesSource, point: Point, now: System) -> System | None:
    """The machine; what never changes is as it is now. None where nothing is recorded."""
    names = set(source.names())

    def value(name: str) -> float | None:
        found = source.nearest(name, Axis.TIME, point.t) if name in names else None
        near = found is not None and abs(found[0] - point.t) <= SAME_SECONDS
        return found[1] if found is not None and near else None

    def size(name: str) -> int | None:
        found = value(name)
        return None if found is None else round(found)

    def gpu(one: Gpu) -> Gpu:
        return replace(
            one,
            temperature=value(f"gpu{one.id}/temperature"),
            utilisation=value(f"gpu{one.id}/utilisation"),
            power=value(f"gpu{one.id}/power"),
            memory_used=size(f"gpu{one.id}/memory"),
            **NOT_KEPT,
        )

    found = System(
        t=point.t,
        cpu=value("cpu"),
        ram_used=size("memory/used"),
        ram_total=now.ram_total,
        swap_used=size("swap/used"),
        swap_total=now.swap_total,
        trainer_cpu=value("trainer/cpu"),
        trainer_memory=size("trainer/memory"),
        gpus=tuple(map(gpu, now.gpus)),
        gpu_note=now.gpu_note,
        gpu_source=now.gpu_source,
    )
    told = (found.cpu, found.ram_used, *(one.memory_used for one in found.gpus))
    return None if all(one is None for one in told) else found
