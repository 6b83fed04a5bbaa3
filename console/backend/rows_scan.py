"""A search over the clean rows from some row on: the near ones by us, a long rest by others.

Those are ripgrep, and where it is not there or does not understand, processes of our own. All give
the same rows. `scan` is a generator that works for SLICE_SECONDS at a time; closing it
ends what it started.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from console.backend import ripgrep, search_workers
from console.backend.search import Matcher, marks
from console.backend.search_worker import BLOCKS_AT_ONCE

if TYPE_CHECKING:
    from console.backend.rows_index import RowIndex
    from console.backend.search_tree import Superset
    from console.core.sources import SearchPattern

SLICE_SECONDS = 0.004
"""How long a search works before it hands over what it has."""

NEAR_BLOCKS = 32
"""So many blocks of the index are searched before another program is started for the rest."""

LEAST_REST = 8 << 20
"""Bytes for which starting ripgrep pays."""

LEAST_FOR_WORKERS = 64 << 20
"""Bytes for which starting processes of our own pays."""

PART_BLOCKS = 64
"""Blocks of the index that one of them is given at a time."""

_SAME = 16 << 20
"""From the beginning of a file ripgrep is so much faster that so many bytes may be read twice."""


class Scan:
    """One search. `total`: rows from there on are not looked at."""

    def __init__(
        self, index: RowIndex, pattern: SearchPattern, total: int, clock: Callable[[], float]
    ) -> None:
        """Raises `re.error` for a bad regular expression."""
        self._index, self._pattern, self._total = index, pattern, total
        self._matcher = Matcher(pattern)
        self._clock = clock

    def rows(self, start: int) -> Iterator[Sequence[int]]:
        """Matching rows from `start` on in order, in portions that may be empty."""
        number = self._index.block_of(start)
        near = number + NEAR_BLOCKS
        rest = self._rest(near)
        wanted = ripgrep.patterns(self._pattern) if rest >= LEAST_REST else None
        if wanted is None and rest < LEAST_FOR_WORKERS:
            yield from self._own(start, number, None)
            return
        yield from self._own(start, number, near)
        start = max(start, self._index.rows[near])
        yield from self._helped(start) if wanted is None else self._far(start, wanted)

    def _rest(self, number: int) -> int:
        """Bytes after entry `number` of the index; -1 when the search ends before it."""
        if self._reaches_end(number) or self._index.rows[number] >= self._total:
            return -1
        return self._index.text.size() - self._index.offsets[number]

    def _far(self, start: int, wanted: Superset) -> Iterator[Sequence[int]]:
        """By ripgrep, segment after segment; by us from where it failed."""
        number, following = self._index.block_of(start), start
        begin = self._index.offsets[number], self._index.rows[number]
        places = self._index.text.places(*begin, _SAME)
        before = takewhile(lambda place: place.row < self._total, places)
        far = ripgrep.search(self._matcher, wanted, before)
        try:
            for place, portion in far:
                following = max(following, place.row)  # the segments before are through
                found = self._within(portion or (), following)
                if found:
                    following = found[-1] + 1
                yield found
        except (ripgrep.Failed, OSError, ValueError):
            yield from self._own(following, self._index.block_of(following), None)
        finally:
            far.close()

    def _within(self, found: Sequence[int], start: int) -> Sequence[int]:
        """Those of ascending rows that are from `start` on and that the search is about."""
        if not found or (start <= found[0] and found[-1] < self._total):
            return found
        return found[bisect_left(found, start) : bisect_left(found, self._total)]

    def _helped(self, start: int) -> Iterator[Sequence[int]]:
        """By processes of our own; by us from where one failed."""
        number, following = self._index.block_of(start), start
        try:
            parts = self._parts(number)
            for portion in search_workers.search(self._index.text.folder, self._pattern, parts):
                found = self._within(portion or (), following)
                if found:
                    following = found[-1] + 1
                yield found
        except (search_workers.Failed, OSError):
            yield from self._own(following, self._index.block_of(following), None)

    def _parts(self, number: int) -> Iterator[array[int]]:
        """What to search from block `number` on: (byte, row) of blocks, and the end of the last."""
        index, is_last = self._index, False
        while not is_last and index.rows[number] < self._total:
            is_last = self._reaches_end(number + PART_BLOCKS)
            end = len(index) if is_last else number + PART_BLOCKS
            part = array("Q")
            for block in range(number, end):
                part.extend((index.offsets[block], index.rows[block]))
            part.append(index.text.size() if is_last else index.offsets[end])
            yield part
            number = end

    def _own(self, start: int, number: int, end: int | None) -> Iterator[Sequence[int]]:
        """By us, from a block on to entry `end` of the index."""
        index, rows = self._index, list[int]()
        is_known = False
        step = 1 if self._matcher.is_slow else BLOCKS_AT_ONCE
        until = self._clock() + SLICE_SECONDS
        while (end is None or number < end) and index.rows[number] < self._total:
            last = self._reaches_end(number + step)
            base = index.rows[number]
            known = marks(index.offsets, index.rows, number, min(number + step, len(index)))
            for hit in self._matcher.rows(index.block(number, step), known):
                if start <= base + hit < self._total:
                    rows.append(base + hit)
                if self._clock() > until:
                    yield rows
                    rows, until = [], self._clock() + SLICE_SECONDS
            if last:
                break
            number += step
            if self._clock() > until or (rows and not is_known):
                is_known = is_known or bool(rows)  # the first hit is not kept back
                yield rows
                rows, until = [], self._clock() + SLICE_SECONDS
        yield rows

    def _reaches_end(self, number: int) -> bool:
        """Sees to it that the index knows entry `number`; True when the text ends before it."""
        while len(self._index) <= number:
            if not self._index.grow():
                return True
        return False
