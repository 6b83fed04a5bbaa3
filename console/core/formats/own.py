"""Patterns of one's own, from `formats:` in a configuration: named groups are names of values.

A group that is called like a position (`step`, `epoch`, `batch`), a total (`total_steps`,
`total_epochs`, `batches_per_epoch`) or an expert's value (`expert_3_load`) is one; every other is a
value by its name, of the validation with `val_` in front. Whatever is captured and is no number
counts for nothing. A pattern that takes too long is switched off for the rest of the run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.found import Evaluated, Found, Measured, by_expert
from console.core.formats.names import meaning
from console.core.formats.numbers import NUMBER, number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from console.core.formats.memory import Memory
    from console.core.pattern import Pattern

    Search = Callable[[re.Pattern[bytes], bytes], re.Match[bytes] | None]

LINE_LIMIT = 2000
"""Bytes of the longest line that is looked at."""

TOTALS = ("total_steps", "total_epochs", "batches_per_epoch", "total_samples")
_NUMBER = re.compile(NUMBER)
_LIMIT = 1e15


class TooSlow(Exception):
    """A search took longer than it may; the text says how long."""


class Own:
    """The patterns of one run, and which of them are off."""

    def __init__(self, patterns: Sequence[Pattern], search: Search | None = None) -> None:
        """`search` finds a pattern in a line and raises TooSlow; None = however long it takes."""
        self.active = tuple(patterns)
        """Those that are on."""
        self._search = search or _search
        self.off: dict[str, str] = {}
        """Name → why it is off."""
        self._told: set[str] = set()

    def read_line(self, row: int, line: bytes, memory: Memory) -> tuple[str, list[Found]] | None:
        """The name of the first pattern that finds a number, and what it says; else None."""
        if len(line) > LINE_LIMIT:
            return None
        for one in self.active:
            match = self._match(one, line)
            found = None if match is None else _found(row, match, memory)
            if found is not None:
                return one.name, found
        return None

    def notes(self) -> list[str]:
        """What has to be said about patterns that were switched off, each once."""
        news = {name: why for name, why in self.off.items() if name not in self._told}
        self._told |= news.keys()
        return [f"FORMAT {name} is switched off: {why}" for name, why in news.items()]

    def restore(self, off: dict[str, str]) -> None:
        """These were switched off, and it was said."""
        self.off, self._told = dict(off), set(off)
        self._switch()

    def _match(self, one: Pattern, line: bytes) -> re.Match[bytes] | None:
        try:
            return self._search(one.search, line)
        except TooSlow as error:
            self.off[one.name] = str(error)
            self._switch()
            return None

    def _switch(self) -> None:
        self.active = tuple(one for one in self.active if one.name not in self.off)


def _search(pattern: re.Pattern[bytes], line: bytes) -> re.Match[bytes] | None:
    return pattern.search(line)


def _found(row: int, match: re.Match[bytes], memory: Memory) -> list[Found] | None:
    captured = {
        name: value
        for name, text in match.groupdict().items()
        if text is not None and _NUMBER.fullmatch(text) and (value := number(text)) is not None
    }
    if not captured:
        return None
    found = [
        fact
        for name in TOTALS
        if 0 < (total := captured.pop(name, 0.0)) < _LIMIT
        for fact in memory.total(row, name, int(total))
    ]
    position: dict[str, float] = {}
    values: dict[str, dict[str, float]] = {"": {}}
    experts: dict[str, list[tuple[int, float | None]]] = {"loss": [], "share": []}
    for name, value in captured.items():
        what = meaning(name.encode())
        if what.position:
            position.setdefault(what.position, value)
        elif what.expert:
            experts[what.expert[1]].append((what.expert[0], value))
        else:
            values.setdefault(what.split, {}).setdefault(what.name or name, value)
    return [*found, *_told(row, position, values, experts, memory)]


def _told(
    row: int,
    position: dict[str, float],
    values: dict[str, dict[str, float]],
    experts: dict[str, list[tuple[int, float | None]]],
    memory: Memory,
) -> list[Found]:
    step, batch = (_whole(position.get(name)) for name in ("step", "batch"))
    epoch = position.get("epoch")
    if step is None and batch is not None:
        step = memory.step_at(memory.epoch if epoch is None else int(epoch), batch)
    elif step is not None:
        memory.step = step
    measured = values.pop("")
    loss, share = by_expert(experts["loss"]), by_expert(experts["share"])
    found: list[Found] = []
    if measured or loss or share or not values:
        found.append(Measured(row, step, epoch, batch, measured, loss, share))
    at = memory.step if step is None else step
    return [*found, *(Evaluated(row, split, told, at) for split, told in values.items())]


def _whole(value: float | None) -> int | None:
    return int(value) if value is not None and 0 <= value < _LIMIT else None
