"""Families of metrics as a picture: a row a member, a column a stretch of steps, a value a cell.

A family is `prefix/<member>` or `prefix/<member>/suffix` with members of one kind, such as the
layers of `lora/<layer>/A` or the experts of `expert_share/<n>`. One scale fits all of it, so names
that bring different quantities together (`validation/loss`, `trainer/cpu`) are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import TYPE_CHECKING

from console.core.sources import Axis

if TYPE_CHECKING:
    from console.core.sources import Columns, SeriesSource
    from console.core.state import RunState

NEEDED = "no family of metrics: lora/<layer>/A, expert_share/<n> …"

ONE_KIND = ("lora", "expert_share", "expert_loss")
"""Prefixes whose members are of one kind whatever they are called; others have to be numbered. They
come first, in this order."""
MIXED = re.compile(r"train|trainer|val|valid|validation|eval|test|memory|swap|network|gpu\d*")
"""Prefixes whose members are different quantities."""

HELD = 10.0
"""A value stands until the next one, for at most so many usual distances."""

_DIGITS = re.compile(r"([0-9]{1,18})")
Key = tuple[str, str]
Cells = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One row: the name of its series, and what tells it from the others of its family."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics of one kind, at least two; `title` has a `*` in the place of their labels."""

    title: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A family over its whole length: for each member a value (None: not known) a bucket.

    `low` and `high` are the first and the last step, `least` and `greatest` the range of all
    values; None when there are none.
    """

    family: Family
    low: float | None = None
    high: float | None = None
    rows: tuple[Cells, ...] = ()
    least: float | None = None
    greatest: float | None = None


def recorded(state: RunState) -> Iterator[str]:
    """Names of series a run has, as far as its state tells of them."""
    yield from (f"expert_share/{number}" for number in range(len(state.experts.share)))
    yield from state.metrics


def has_family(names: Iterable[str]) -> bool:
    """Whether there is a family among these; looks no further than to the first."""
    seen: set[Key] = set()
    for name in names:
        key, member = _place(name)
        if not (key[0] in ONE_KIND or _DIGITS.search(member)):
            continue
        if key in seen:
            return True
        if key[0]:
            seen.add(key)
    return False


def families(names: Iterable[str]) -> tuple[Family, ...]:
    """All families among these, ONE_KIND first; members in the order of their numbers."""
    found: dict[Key, list[tuple[str, str]]] = {}
    for name in dict.fromkeys(names):
        key, member = _place(name)
        if key[0]:
            found.setdefault(key, []).append((member, name))
    keys = sorted(found, key=lambda key: (_rank(key[0]), key))
    return tuple(_family(*key, found[key]) for key in keys if _is_one(key, found[key]))


def _rank(prefix: str) -> int:
    return ONE_KIND.index(prefix) if prefix in ONE_KIND else len(ONE_KIND)


def _place(name: str) -> tuple[Key, str]:
    """((prefix, suffix), member); an empty prefix where the name can be in no family."""
    prefix, _, rest = name.partition("/")
    member, _, suffix = rest.partition("/")
    if not (prefix and member) or MIXED.fullmatch(prefix):
        return ("", ""), ""
    return (prefix, suffix), member


def _is_one(key: Key, members: Sequence[tuple[str, str]]) -> bool:
    counted = members if key[0] in ONE_KIND else [m for m, _ in members if _DIGITS.search(m)]
    return len(counted) >= 2


def _family(prefix: str, suffix: str, members: list[tuple[str, str]]) -> Family:
    members.sort(key=lambda item: _order(item[0]))
    parts = [member.split(".") for member, _ in members]
    head = _shared(parts)
    tail = _shared([item[head:][::-1] for item in parts])
    labels = [".".join(item[head : len(item) - tail]) for item in parts]
    middle = ".".join([*parts[0][:head], "*", *parts[0][len(parts[0]) - tail :]])
    title = "/".join(filter(None, (prefix, middle, suffix)))
    named = zip(members, labels, strict=True)
    return Family(title, tuple(Member(name, label) for (_, name), label in named))


def _shared(parts: Sequence[Sequence[str]]) -> int:
    """How many components all begin with, so that each keeps one at least."""
    count = 0
    for components in zip(*(item[:-1] for item in parts), strict=False):
        if len(set(components)) > 1:
            break
        count += 1
    return count


def _order(member: str) -> list[tuple[int, int, str]]:
    """`layers.2` before `layers.10`."""
    pieces = _DIGITS.split(member)
    return [
        (0, int(piece), "") if _DIGITS.fullmatch(piece) else (1, 0, piece)
        for piece in pieces
        if piece
    ]


def shortened(label: str, cells: int) -> str:
    """A dotted name in fewer cells: its numbers and its last component stay longest."""
    parts = label.split(".")
    if len(label) <= cells or len(parts) < 3:
        return label
    numbers = [part for part in parts[:-1] if _DIGITS.fullmatch(part)]
    head = ".".join(numbers) if numbers else parts[0]
    return f"{head}…{parts[-1]}"


def pictures(source: SeriesSource, family: Family, cells: int) -> Iterator[Picture | None]:
    """Reads a family in small pieces: None after each of them, and the picture at the end.

    No series is read as a whole: `cells` columns of each, at most.
    """
    ends = []
    for member in family.members:
        ends.append(source.extent(member.name, Axis.STEP))
        yield None
    known = [item for item in ends if item is not None]
    if not known or cells < 1:
        yield Picture(family)
        return
    low, high = min(first for first, _ in known), max(last for _, last in known)
    found = []
    for member in family.members:
        found.append(source.columns(member.name, Axis.STEP, low, high, cells))
        yield None
    count = buckets(found, low, high, cells)
    rows = []
    for columns in found:
        rows.append(bucketed(columns, low, high, count))
        yield None
    values = [value for row in rows for value in row if value is not None]
    least, greatest = (min(values), max(values)) if values else (None, None)
    yield Picture(family, low, high, tuple(rows), least, greatest)


def buckets(found: Sequence[Columns], low: float, high: float, cells: int) -> int:
    """How many buckets to draw: no more than there are places with values, at most `cells`."""
    densest = max(found, key=lambda columns: len(columns.x) + len(columns.gaps))
    xs = sorted({*densest.x, *densest.gaps})
    distance = _usual(xs)
    if distance <= 0:
        return 1
    return max(1, min(cells, round((high - low) / distance) + 1))


def bucketed(columns: Columns, low: float, high: float, count: int) -> Cells:
    """The last value in each of `count` equal parts of low … high; None where none is known.

    An empty part has the value before it, as long as values went on coming at their usual
    distances; after a value that is not finite nothing is known until the next one.
    """
    width = (high - low) / count

    def place(x: float) -> int:
        return min(count - 1, max(0, int((x - low) / width))) if width > 0 else 0

    known: dict[int, float | None] = {place(x): None for x in columns.gaps}
    finite = zip(columns.x, columns.last, strict=True)
    known.update((place(x), value) for x, value in finite if isfinite(value))
    places = sorted(known)
    row: list[float | None] = [None] * count
    usual = _usual(places) or 1
    for first, after in pairwise([*places, count]):
        end = first + 1 if after == count or after - first > HELD * usual else after
        row[first:end] = [known[first]] * (end - first)
    return tuple(row)


def _usual(xs: Sequence[float]) -> float:
    """The median distance of neighbours; 0 for fewer than two."""
    distances = sorted(after - before for before, after in pairwise(xs))
    return distances[len(distances) // 2] if distances else 0.0


def share(value: float, least: float, greatest: float) -> float:
    """Where a value stands from `least` (0) to `greatest` (1); the middle when all are alike."""
    span = greatest - least
    if not isfinite(span):  # the range of a float is wider than a float
        return share(value / 4, least / 4, greatest / 4)
    return (value - least) / span if span > 0 else 0.5
