"""A large block of lines of one kind, read as columns.

Every value of a line counts whose name has no digit; of the others (experts) some dozens are read,
always with the last. Lines that are not alike, or say something else, are all read one by one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from console.core.formats import blueprint, keyvalue
from console.core.formats.found import Found, Measured, MeasuredBlock
from console.core.formats.names import meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from console.core.formats.memory import Memory

    Otherwise = Callable[[int, bytes], list[Found]]

Kind = tuple[tuple[str, ...], tuple[str, ...], int]

_FEWEST = 32
"""Lines of one kind that are worth columns."""

_SHAPES = 256
"""Whose columns are remembered."""

_STRIDE = 127
"""Lines from one sample to the next; no multiple of a trainer's rhythm."""

_DIGITS = frozenset(b"0123456789")
_PLACES = ("step", "epoch", "batch")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where lines of one shape have their numbers: of their place, and of their values."""

    places: dict[str, slice]
    values: dict[str, slice]
    totals: tuple[slice, ...]

    @property
    def kind(self) -> Kind:
        """What the lines name, and how many totals."""
        return tuple(sorted(self.places)), tuple(sorted(self.values)), len(self.totals)


def read_block(
    rows: Sequence[int], lines: list[bytes], memory: Memory, otherwise: Otherwise
) -> list[Found] | None:
    """What many lines say, or None: to be read line by line. Lines that are not read as columns
    are handed to `otherwise`, with the memory as it was at their place."""
    shapes = [keyvalue.shape(line) for line in lines]
    columns = _all_columns(shapes)
    at = [index for index, shape in enumerate(shapes) if shape in columns]
    before = memory.step
    block = (
        _block([rows[i] for i in at], [(lines[i], columns[shapes[i]]) for i in at], memory)
        if at
        else None
    )
    if block is None:
        return None
    samples = {*at[::_STRIDE], at[-1]}
    steps = dict(zip(at, block.steps, strict=True))
    found, step = list[Found]([block]), before
    for index, line in enumerate(lines):
        memory.step = step = steps.get(index, step)
        if index in samples:
            epoch, batch = memory.epoch, memory.batch  # as after the last of the block
            found += _refined(keyvalue.read_line(rows[index], line, memory), block)
            memory.epoch, memory.batch = epoch, batch
        elif index not in steps:
            found += otherwise(rows[index], line)
            step = memory.step
    memory.step = step
    return found


def _all_columns(shapes: list[bytes]) -> dict[bytes, _Columns]:
    """The columns of the shapes that most lines of this family have; none when these are few."""
    counted = Counter(shapes)
    known = {shape: columns for shape in counted if (columns := _columns(shape))}
    lines = Counter[Kind]()
    for shape, columns in known.items():
        lines[columns.kind] += counted[shape]
    kind, count = lines.most_common(1)[0] if lines else (None, 0)
    if kind is None or count < _FEWEST:
        return {}
    found = {shape: columns for shape, columns in known.items() if columns.kind == kind}
    if "step" not in kind[0]:
        # The step is worked out line by line: no other line may come between that names a place.
        named = sum(keyvalue.plan(shape.lower()) is not None for shape in counted)
        if named > len(found) or kind[2]:
            return {}
    return found


@lru_cache(_SHAPES)
def _columns(shape: bytes) -> _Columns | None:
    """The columns of lines of one shape; None when they have to be read one by one."""
    plan = keyvalue.plan(shape.lower())
    if plan is None or plan.split or shape.endswith(b"}") or blueprint.claims(shape):
        return None
    places: dict[str, slice] = {}
    values: dict[str, slice] = {}
    for name, text, *more in (*plan.positions, *plan.pairs):
        what = meaning(shape[name].lower())
        if not _DIGITS.isdisjoint(shape[name]) or what.expert:
            continue  # lines of this shape may differ in it
        if what.split or more == [True] or b"," in shape[text]:
            return None
        if what.position:
            places.setdefault(what.position, text)
        elif what.name:
            values.setdefault(what.name, text)
    are_whole = all(shape[text].isdigit() for text in places.values())
    has_place = "step" in places or {"epoch", "batch"} <= places.keys()
    if "loss" not in values or not has_place or not are_whole:
        return None
    return _Columns(places, values, tuple(total for _, _, total in plan.positions if total))


def _block(
    rows: list[int], lines: list[tuple[bytes, _Columns]], memory: Memory
) -> MeasuredBlock | None:
    """The values of these lines; None where one is no number, or a total changes among them."""
    first = lines[0][1]
    for number in range(len(first.totals)):
        if len({line[columns.totals[number]] for line, columns in lines}) > 1:
            return None
    places = {
        name: [int(line[columns.places[name]]) for line, columns in lines] for name in first.places
    }
    try:
        values = {
            name: [float(line[columns.values[name]]) for line, columns in lines]
            for name in first.values
        }
    except ValueError:
        return None
    epochs, batches = places.get("epoch"), places.get("batch")
    if (steps := places.get("step")) is not None:
        memory.step = steps[-1]
    else:
        steps = list(map(memory.step_at, epochs or (), batches or ()))
    return MeasuredBlock(rows, steps, epochs, batches, values)


def _refined(read: list[Found] | None, block: MeasuredBlock) -> list[Found]:
    """What a sample says that is not in the block."""
    found: list[Found] = []
    for item in read or ():
        if not isinstance(item, Measured):
            found.append(item)
            continue
        values = {name: v for name, v in item.values.items() if name not in block.values}
        if values or item.expert_loss or item.expert_share:
            found.append(replace(item, values=values))
    return found
