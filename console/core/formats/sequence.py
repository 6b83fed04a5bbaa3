"""Cleaned output → findings in the order of their rows: the one way output is read for metrics."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from console.core.formats.found import Evaluated, Fact, Found, Measured, MeasuredBlock, Saved, Total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.core.formats.reader import Reader
    from console.core.terminal import Cleaned

Single = Measured | Total | Fact | Saved | Evaluated


def read_cleaned(reader: Reader, cleaned: Cleaned, first: int) -> list[Found]:
    """What rows say, and before each row what earlier versions of it said: in any chunks the
    same order. `first` is the number of the first row."""
    if not cleaned.frames:
        return in_order(reader.read(cleaned.settled, first))
    lines, found, row = cleaned.settled.splitlines(keepends=True), list[Found](), 0
    frames = list(zip(cleaned.frame_rows, cleaned.frames, strict=True))
    for at in sorted({at for at, _ in frames if at < cleaned.count}):
        versions = [text for where, text in frames if where == at]
        found += in_order(reader.read(b"".join(lines[row:at]), first + row))
        found += reader.read(b"", first + at, versions, [0] * len(versions))
        row = at
    found += in_order(reader.read(b"".join(lines[row:]), first + row))
    live = [(at, text) for at, text in frames if at >= cleaned.count]
    return found + reader.read(b"", first, [text for _, text in live], [at for at, _ in live])


def in_order(found: list[Found]) -> list[Found]:
    """Findings in the order of their rows. A block is cut where another finding between its rows
    tells a loss, and comes after the findings about single lines in it, as it is about its last."""
    blocks = [item for item in found if isinstance(item, MeasuredBlock)]
    if not blocks:
        return found
    rest = deque(sorted(_single(found), key=lambda item: item.row))
    ordered: list[Found] = []
    for block in sorted(blocks, key=lambda block: block.rows[0]):
        begin, known = 0, set(block.rows)
        while rest and rest[0].row <= block.rows[-1]:
            item = rest.popleft()
            if isinstance(item, Measured) and item.row in known:
                item = replace(item, epoch=None)  # the block has the epoch of every row
            elif isinstance(item, Measured) and ("loss" in item.values or item.epoch is not None):
                end = bisect_left(block.rows, item.row)
                ordered += _part(block, begin, end)
                begin = end
            ordered.append(item)
        ordered += _part(block, begin, len(block.rows))
    return [*ordered, *rest]


def _single(found: list[Found]) -> Iterator[Single]:
    return (item for item in found if not isinstance(item, MeasuredBlock))


def _part(block: MeasuredBlock, begin: int, end: int) -> list[Found]:
    if begin == end:
        return []
    part = slice(begin, end)
    return [
        MeasuredBlock(
            block.rows[part],
            block.steps[part],
            block.epochs and block.epochs[part],
            block.batches and block.batches[part],
            {name: column[part] for name, column in block.values.items()},
        )
    ]
