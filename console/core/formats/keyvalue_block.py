"""A large block of lines of one kind, read as columns.

Every value of a line counts whose name has no digit; of the others (experts) some dozens are read,
always with the last of each shape. Lines that are not alike, or say something else, are all read
one by one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from console.core.formats import blueprint, families, keyvalue, prefix
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
    block = _block(rows, at, [(lines[i], columns[shapes[i]]) for i in at]) if at else None
    if block is None:
        return None
    steps = _Steps(block, memory)
    places = dict(zip(at, range(len(at)), strict=True))
    last = dict(zip(shapes, range(len(shapes)), strict=True))
    samples = {*at[::_STRIDE], *(last[shape] for shape in last if shape in columns)}
    found = list[Found]([block])
    for index, line in enumerate(lines):
        place = places.get(index)
        if place is None:
            found += otherwise(rows[index], line)
            continue
        if index in samples:
            text = prefix.strip(line)[1]
            found += _refined(keyvalue.read_line(rows[index], text, memory), block)
        steps.take(place)
    return found


class _Steps:
    """Fills in the steps of a block, line by line: without a step of its own one is worked out from
    epoch and batch, and from what came before."""

    def __init__(self, block: MeasuredBlock, memory: Memory) -> None:
        self._block, self._memory = block, memory
        self._known = bool(block.steps)

    def take(self, place: int) -> None:
        """The line at this place of the block has its turn."""
        block, memory = self._block, self._memory
        if self._known:
            memory.step = block.steps[place]
        elif block.epochs is not None and block.batches is not None:
            block.steps.append(memory.step_at(block.epochs[place], block.batches[place]))


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
    return {shape: columns for shape, columns in known.items() if columns.kind == kind}


@lru_cache(_SHAPES)
def _columns(shape: bytes) -> _Columns | None:
    """The columns of lines of one shape; None when they have to be read one by one."""
    rank, rest = prefix.strip(shape)
    plan = keyvalue.plan(rest.lower()) if rank is None else None
    if plan is None or plan.split or shape.endswith(b"}") or blueprint.claims(rest):
        return None
    if families.claims(rest):
        return None
    columns = _named(rest, plan)
    return _shifted(columns, len(shape) - len(rest)) if columns else None


def _shifted(columns: _Columns, by: int) -> _Columns:
    """The same in lines with so many bytes before them."""
    move = partial(_moved, by=by)
    return _Columns(
        {name: move(text) for name, text in columns.places.items()},
        {name: move(text) for name, text in columns.values.items()},
        tuple(map(move, columns.totals)),
    )


def _moved(text: slice, by: int) -> slice:
    return slice(text.start + by, text.stop + by)


def _named(shape: bytes, plan: keyvalue.Plan) -> _Columns | None:
    """The columns a plan names."""
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
    rows: Sequence[int], at: Sequence[int], lines: list[tuple[bytes, _Columns]]
) -> MeasuredBlock | None:
    """The values of these lines, the steps as far as they name them; None where one is no number,
    or a total changes among them."""
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
    return MeasuredBlock(
        [rows[index] for index in at],
        places.get("step", []),
        places.get("epoch"),
        places.get("batch"),
        values,
    )


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
