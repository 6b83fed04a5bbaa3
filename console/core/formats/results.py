"""Names and numbers of one line → measured and evaluated values."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from console.core.formats.found import Evaluated, Found, Measured, by_expert
from console.core.formats.names import RESULTS, meaning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.core.formats.memory import Memory

# (printed name, value); None is no number.
Pairs = list[tuple[bytes, float | None]]

_STEP_LIMIT = 1e15
_VALUES_LIMIT = 64


def found_in(
    row: int,
    pairs: Pairs,
    memory: Memory,
    split: str = "",
    totals: Mapping[str, int] = MappingProxyType({}),
    *,
    needs_position: bool = False,
    is_result: bool = False,
) -> list[Found] | None:
    """What a line with these pairs says; None when there is no result among them, unless the
    caller knows that it `is_result`. `split` is what the line as a whole speaks of when it is not
    training; `totals` what its positions go up to."""
    position: dict[str, float] = {}
    values: dict[str, dict[str, float]] = {"": {}}
    experts: dict[str, list[tuple[int, float | None]]] = {"loss": [], "share": []}
    for printed, value in pairs[:_VALUES_LIMIT]:
        what = meaning(printed)
        if value is None:
            continue
        if what.position:
            if 0 <= value < _STEP_LIMIT:
                position.setdefault(what.position, value)
        elif what.expert:
            experts[what.expert[1]].append((what.expert[0], value))
        elif what.name:
            values.setdefault(what.split or split, {}).setdefault(what.name, value)
    if needs_position and not position:
        return None
    if not is_result and not any(name in RESULTS for part in values.values() for name in part):
        return None
    measured = values.pop("")
    found = _totals(row, totals, memory)
    if RESULTS & measured.keys() or (is_result and measured):
        step, epoch, batch = _place(position, memory)
        loss, share = by_expert(experts["loss"]), by_expert(experts["share"])
        found.append(Measured(row, step, epoch, batch, measured, loss, share))
    step = int(position["step"]) if "step" in position else memory.step
    found += [Evaluated(row, name, part, step) for name, part in values.items()]
    return found


def _totals(row: int, totals: Mapping[str, int], memory: Memory) -> list[Found]:
    """`step 3/100` names a total; beside an epoch it may count either way and is left."""
    names = {"epoch": "total_epochs", "batch": "batches_per_epoch"}
    if "epoch" not in totals:
        names["step"] = "total_steps"
    return [
        fact
        for position, name in names.items()
        if position in totals
        for fact in memory.total(row, name, totals[position])
    ]


def _place(
    position: dict[str, float], memory: Memory
) -> tuple[int | None, float | None, int | None]:
    """(step, epoch, batch) of a line; the step is derived from a batch where there is none."""
    step = int(position["step"]) if "step" in position else None
    batch = int(position["batch"]) if "batch" in position else None
    epoch = position.get("epoch")
    if step is None and batch is not None:
        step = memory.step_at(memory.epoch if epoch is None else int(epoch), batch)
    if step is not None:
        memory.step = step
    return step, epoch, batch
