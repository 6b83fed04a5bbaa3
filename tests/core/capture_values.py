"""Captured logs of trainers and the values they logged themselves at the same moments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from console.cli.formats import Recognised, recognised
from console.core.formats import Reader

LOGS = Path(__file__).parent.parent / "logs"

Record = dict[str, Any]
Points = list[tuple[int | None, float]]


@cache
def records() -> list[Record]:
    """What one run of 150 steps logged; its values were printed by many programs' formats."""
    found: list[Record] = json.loads((LOGS / "synth_blueprint.json").read_text())["records"]
    return found


def capture(name: str) -> bytes:
    """Every byte that was printed."""
    return (LOGS / f"{name}.raw").read_bytes()


def read(data: bytes, cuts: Iterable[int] = ()) -> Recognised:
    """What is recognised in bytes that come in pieces cut at these places."""
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    return recognised(Reader(), pieces(data, places))


def pieces(data: bytes, places: list[int]) -> Iterator[bytes]:
    """The parts between places, in the small pieces that logs are read in."""
    for start, end in pairwise(places):
        for at in range(start, end, 1024):
            yield data[at : min(at + 1024, end)]


def points(key: str, spec: str, scale: float = 1.0, *, shift: int = 0, first: int = 0) -> Points:
    """(step, value) of each record with `key`: the true value × `scale` as printed by a format
    specification, × 10**`shift`. `first` is added to the step."""
    return [
        (one["step"] + first, float(f"{one[key] * scale:{spec}}e{shift}"))
        if spec[-1] in "fd"
        else (one["step"] + first, float(f"{one[key] * scale:{spec}}") * 10.0**shift)
        for one in records()
        if key in one
    ]


def computed(value: Callable[[Record], float], spec: str, *, first: int = 0) -> Points:
    """(step, value as printed) of something computed from each record."""
    return [(one["step"] + first, float(f"{value(one):{spec}}")) for one in records()]


def without_step(told: Points) -> Points:
    """The same values of a trainer that names no step."""
    return [(None, value) for _, value in told]
