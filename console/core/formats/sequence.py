"""The order of what was read: that of time for rows, that of rows for findings."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from console.core.formats.found import (
    Evaluated,
    Fact,
    Found,
    Measured,
    MeasuredBlock,
    Saved,
    Total,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.core.formats.reader import Reader
    from console.core.terminal import Cleaned

Single = Measured | Total | Fact | Saved | Evaluated


def read_cleaned(reader: Reader, cleaned: Cleaned, first: int) -> list[Found]:
    """What a reader finds in cleaned output whose first row has the number `first`."""
    return reader.take(cleaned, first)


def in_time(cleaned: Cleaned) -> Iterator[tuple[int, bytes, bool]]:
    """(number from the first row, text, whether these are settled rows) in the order in which a
    program said it, whatever the chunks were: versions of rows, and rows nobody has read yet."""
    if not (cleaned.versions or cleaned.told):
        yield 0, cleaned.settled, True
        return
    lines, told, row = cleaned.settled.splitlines(keepends=True), set(cleaned.told), 0
    for version in (*cleaned.versions, None):
        end = len(lines) if version is None else min(version.after, len(lines))
        while row < end:
            begin = row
            while row < end and row not in told:
                row += 1
            if row > begin:
                yield begin, b"".join(lines[begin:row]), True
            row += row < end
        if version is not None:
            yield version.row, version.text, False


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
