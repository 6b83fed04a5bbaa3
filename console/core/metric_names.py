"""The metrics of a run as a list to choose from: many alike are one line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FIRST = ("loss", "validation/loss", "learning_rate", "gradient_norm", "throughput")
"""What people look at most stands at the top."""

FEW = 6
"""So many alike are listed one by one as long as nothing is typed."""
MOST = 400
"""Lines a list has at most."""

_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Line:
    """A metric, or (`count` > 0) so many that are alike, of which `name` is what they share."""

    name: str
    count: int = 0


def listed(names: Iterable[str], typed: str = "") -> tuple[list[Line], int]:
    """The lines of a list, and how many metrics fit that do not stand in it.

    With words typed: the metrics that have all of them, numbers in their order.
    """
    words = typed.lower().split()
    fitting = [name for name in dict.fromkeys(names) if all(w in name.lower() for w in words)]
    groups: dict[str, list[str]] = {}
    for name in fitting:
        groups.setdefault(shape(name), []).append(name)
    lines: list[Line] = []
    for key in sorted(groups, key=lambda key: (_rank(groups[key]), key)):
        alike = sorted(groups[key], key=_order)
        if len(alike) > FEW and not words:
            lines.append(Line(key, len(alike)))
        else:
            lines += map(Line, alike)
    return lines[:MOST], sum(max(1, line.count) for line in lines[MOST:])


def shape(name: str) -> str:
    """What metrics that are alike share: `lora/*/A` of `lora/layers.0.q/A`, `gpu*/power`."""
    parts = name.split("/")
    if len(parts) > 2 or (len(parts) == 2 and parts[0] in ("lora", "expert_share", "expert_loss")):
        parts[1] = "*"
    return _NUMBER.sub("*", "/".join(parts))


def words_of(key: str) -> str:
    """What to type to see the metrics of a shape."""
    return " ".join(part for part in key.split("*") if part.strip("/_.-"))


def _rank(alike: Sequence[str]) -> int:
    return min((FIRST.index(name) for name in alike if name in FIRST), default=len(FIRST))


def _order(name: str) -> list[tuple[int, str]]:
    """Numbers by their value: `expert_share/9` before `expert_share/10`."""
    return [
        (int(part[:18]), "") if part.isdigit() and part.isascii() else (-1, part)
        for part in re.split(r"([0-9]+)", name)
    ]
