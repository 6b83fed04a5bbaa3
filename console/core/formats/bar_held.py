"""Bars that hang values on, each state held until it is known to be true.

A bar is drawn again when its values change, and before that with the new position and the old
values: the last state of a position is the true one (measured: 240 of 240; the first: 4 of 240).
So a state counts once its values are not those of the position before, or the next one comes.

The step is (epochs before × batches of one) + position. Epochs count from 0 where one is 0 or the
trainer is known to. Without an epoch in its title, a bar that begins anew goes on where the last
one ended. Values of a validation or of an epoch hang on long after they were new: they are told
when they change, and after each validation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.core.formats.bar_memory import Held, Texts
from console.core.formats.names import RESULTS, meaning
from console.core.formats.results import Pairs, found_in

if TYPE_CHECKING:
    from console.core.formats.bar import Bar
    from console.core.formats.found import Found
    from console.core.formats.memory import Memory

_OF_AN_EPOCH = "_epoch"
_PAIRS_LIMIT = 64


def has_result(pairs: Pairs) -> bool:
    """Whether a result of training or validation is among them."""
    names = [meaning(name.lower()) for name, value in pairs if value is not None]
    return any(what.name in RESULTS or what.name == "loss_epoch" for what in names)


def take(
    row: int, shown: Bar, pairs: Pairs, memory: Memory, *, is_table: bool = False
) -> list[Found]:
    """What is known to be true with this state: of the position before, or already of this one."""
    bars, hung = memory.bars, texts(pairs)
    held = bars.held
    if held and (held.n, held.total, held.epoch) == (shown.n, shown.total, shown.epoch):
        held.row = row
        return add(hung, memory)
    found = _moved_on(memory)
    if held is not None:
        bars.before.update(held.pairs)
        if held.total is None or shown.epoch is None:
            _begin(held, shown, memory)
    bars.from_zero = bars.from_zero or shown.epoch == 0
    bars.held = Held(row, shown.n, shown.total, shown.epoch, shown.epochs, hung, is_table)
    bars.here = {}
    return found


def add(hung: Texts, memory: Memory) -> list[Found]:
    """More of the state that is held, or the same position once more."""
    bars = memory.bars
    if bars.held is None:
        return []
    bars.held.pairs.update(hung)
    return _said(bars.held, memory) if _is_new(bars.held, memory) else []


def finish(memory: Memory) -> list[Found]:
    """The output has ended: the last state counts, unless its values are still the old ones."""
    bars = memory.bars
    held, bars.held = bars.held, None
    return [] if held is None or not _is_new(held, memory) else _said(held, memory)


def _is_new(held: Held, memory: Memory) -> bool:
    """Whether a value is another than at the position before."""
    return any(memory.bars.before.get(name) != text for name, text in held.pairs.items())


def _moved_on(memory: Memory) -> list[Found]:
    """The last state of a position; drawn by the clock, it may be one with the old values."""
    held = memory.bars.held
    if held is None or (held.is_table and not _is_new(held, memory)):
        return []
    return _said(held, memory)


def _begin(held: Held, shown: Bar, memory: Memory) -> None:
    """Counts what is done when this is another bar than the one before."""
    if shown.n < held.n or shown.epoch != held.epoch:
        memory.bars.done += held.n if held.total is None else held.total


def _step(held: Held, memory: Memory) -> int:
    if held.epoch is None or held.total is None:
        return memory.bars.done + held.n
    return (held.epoch - (not memory.bars.from_zero)) * held.total + held.n


def _said(held: Held, memory: Memory) -> list[Found]:
    """What the held state says that was not told of it yet."""
    step = _step(held, memory)
    if held.n <= 0 or step <= 0:
        return []  # the values are those of the epoch before
    pairs = _news(held, memory)
    if not pairs:
        return []
    if held.epoch is not None:
        pairs.append((b"epoch", float(held.epoch)))
    found = _totals(held, memory)
    pairs += [(b"step", float(step)), (b"batch", float(held.n))]
    return found + (found_in(held.row, pairs, memory, is_result=True) or [])


def _totals(held: Held, memory: Memory) -> list[Found]:
    """What a state says of how much there is; of epochs only where they count from 1."""
    if held.epoch is None or held.total is None:
        return []
    totals = {"batches_per_epoch": held.total}
    if held.epochs is not None:
        totals["total_steps"] = held.epochs * held.total
    if held.epochs is not None and not memory.bars.from_zero:
        totals["total_epochs"] = held.epochs
    return [fact for name, n in totals.items() for fact in memory.total(held.row, name, n)]


def _news(held: Held, memory: Memory) -> Pairs:
    """The pairs that say something of this step."""
    bars, news = memory.bars, Pairs()
    for name, text in held.pairs.items():
        if bars.here.get(name) == text:
            continue
        bars.here[name] = text
        what = meaning(name.lower().encode("latin-1"))
        if what.split or name.endswith(_OF_AN_EPOCH):
            if bars.told.get(name) == text and not (bars.is_validated and what.split):
                continue
            bars.told[name] = text
            bars.is_validated = bars.is_validated and not what.split
        if what.name:
            news.append((name.encode("latin-1"), float(text)))
    return news


def texts(pairs: Pairs) -> Texts:
    """Pairs as they are held."""
    named = [(name, value) for name, value in pairs if value is not None]
    return {name.decode("latin-1"): repr(value) for name, value in named[:_PAIRS_LIMIT]}
